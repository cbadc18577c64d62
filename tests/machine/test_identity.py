# SPDX-License-Identifier: Apache-2.0
"""Who the person is: the real user, by the canonical name of the uid, whatever sudoers and the user database do."""

import pytest

from lib import people
from lib.grants import Grant

POLICY = """
[role.root]
run_as = ["root", "bob", "carol"]
services = ["sudo", "su"]
max_duration = "8h"
"""


@pytest.fixture
def host(host):
    host.write("/etc/jit/policy.toml", POLICY)
    host.jitctl("reload")
    return host


def told(records: list[dict]) -> list[tuple]:
    return [(r["JIT_EVENT"], r["JIT_USER"], r.get("JIT_TARGET", ""), r.get("JIT_CODE")) for r in records
            if r["JIT_EVENT"].startswith(("check", "session.opened"))]


def test_s25_whose_password_it_is_changes_nothing(host):
    """targetpw, rootpw and runaspw make PAM_USER somebody else; the person asked about is the one who typed sudo."""
    host.accepted(Grant("alice"))
    passwords = {"targetpw": "carol", "rootpw": "root", "runaspw": "root"}
    for option, whose in passwords.items():
        host.write("/etc/sudoers.d/whose", f"Defaults {option}\n", 0o440)
        before = len(host.events())
        command = f"echo {whose}-password | sudo -S -p '' -u carol id -un"
        assert host.user("alice").run(command).out == "carol\n", option
        refused = host.user("bob").run(command)
        assert refused.code == 1 and not refused.out and "no grant lets bob use sudo" in refused.err, option
        assert told(host.settled().events()[before:]) == [("check.allowed", "alice", "", "GRANT"),
                                                ("session.opened", "alice", "carol", "GRANT"),
                                                ("check.denied", "bob", "", "NO_GRANT")], option


def test_s25_su_both_ways(host):
    """alice becomes bob under her grant; bob does not become alice by it; the record names the person."""
    host.accepted(Grant("alice"))
    before = len(host.events())
    assert host.user("alice").run("echo bob-password | su bob -c 'id -un'").out == "bob\n"
    assert "[NO_GRANT]" in host.user("bob").run("echo alice-password | su alice -c id").err
    inner = "echo bob-password | su bob -c 'echo bob-password | sudo -S -p \"\" id'"
    assert "no grant lets bob use sudo" in host.user("alice").run(inner).err
    assert told(host.settled().events()[before:]) == [
        ("check.allowed", "alice", "bob", "GRANT"), ("session.opened", "alice", "bob", "GRANT"),
        ("check.denied", "bob", "alice", "NO_GRANT"),
        ("check.allowed", "alice", "bob", "GRANT"), ("session.opened", "alice", "bob", "GRANT"),
        ("check.denied", "bob", "", "NO_GRANT")]


def test_s25_a_target_that_is_no_account(host):
    """With runas_allow_unknown_id sudo asks about the person, and never about a target without an account."""
    host.nopasswd("alice", "bob")
    refused = host.user("alice").run("sudo -n -u '#4242' id -u")
    assert refused.code == 1 and "unknown user" in refused.err
    host.write("/etc/sudoers.d/unknown", "Defaults runas_allow_unknown_id\n", 0o440)
    assert "[NO_GRANT]" in host.user("bob").run("sudo -n -u '#4242' id -u").err
    assert "[NO_GRANT]" in host.user("alice").run("sudo -n -u '#4242' id -u").err
    host.accepted(Grant("alice"))
    by_grant = host.user("alice").run("sudo -n -u '#4242' sh -c 'id -u; cat /proc/self/cgroup'").out
    assert by_grant.startswith("4242\n") and "/jit.slice/" not in by_grant  # the limit that pam_jit(8) names
    assert "[TARGET]" in host.user("alice").run(f"sudo -n -u '#{host.uid('olivia')}' id").err
    for uid in ("#-1", "#4294967295"):
        assert host.user("alice").run(f"sudo -n -u '{uid}' id").code == 1


def test_s17_uids_beyond_int(host):
    """Accounts with uid 2147483648 and 4294967294 get what uid 1001 gets: refused without a grant, root with one."""
    uids = {"middle": 2147483648, "last": 4294967294}
    for name, uid in uids.items():
        people.add_accounts(host, name, options=f"--uid {uid}")
    host.nopasswd(*uids)
    for name in uids:
        assert f"no grant lets {name} use sudo" in host.user(name).run("sudo -n id").err
    host.accepted(*(Grant(name) for name in uids))
    for name, uid in uids.items():
        assert host.user(name).run("sudo -n id -u").out == "0\n"
        opened = host.events("session.opened", user=name, uid=uid, loginuid=uid)
        assert len(opened) == 1
        assert [grant["uid"] for grant in host.json(f"list grants --user {name}")["grants"]] == [uid]
        host.jitctl(f"revoke --user {name} --reason over")
        assert "[REVOKED]" in host.user(name).run("sudo -n id").err


def test_s20_two_names_for_one_uid(host):
    """The person is the canonical name of the uid, whichever name they logged in by: a grant to the other is none."""
    people.add_entry(host, "alice2", host.uid("alice"), "/home/alice")
    host.nopasswd("alice", "alice2")
    host.accepted(Grant("alice2"))
    for name in ("alice", "alice2"):
        assert "no grant lets alice use sudo" in host.user(name).run("sudo -n id").err
    host.accepted(Grant("alice"))
    before = len(host.events())
    for name in ("alice", "alice2"):
        assert host.user(name).run("sudo -n id -un").out == "root\n"
    assert {who for _, who, *_ in told(host.events()[before:])} == {"alice"}


def test_s21_a_name_of_digits(host):
    """An account named 1000 never is uid 1000, neither as person nor as target, and cannot be granted anything."""
    people.add_accounts(host, "1000", options="--uid 1777")
    assert host.uid("alice") == 1000
    host.nopasswd("alice", "bob", "1000")
    host.write("/etc/jit/policy.toml", POLICY.replace('"carol"', '"alice"'))
    host.accepted(Grant("alice"), Grant("bob"))
    assert "no grant lets 1000 use sudo" in host.user("1000").run("sudo -n id").err
    assert host.user("bob").run("sudo -n -u '#1000' id -un").out == "alice\n"
    assert "does not reach sudo to 1000" in host.user("bob").run("sudo -n -u 1000 id").err
    assert host.user("alice").run("sudo -n id -un").out == "root\n"
    assert host.jitctl("grant 1000 --for 1h --reason INC-1", check=False).code != 0
    host.deliver(Grant("1000"))
    assert "user" in host.wait_event("file.refused", code="FIELD")["MESSAGE"]


def test_s22_s23_an_account_that_changed(host):
    """A grant is for the account it was made for: not for another with its uid, nor for its name with another uid."""
    people.add_accounts(host, "mover", "sailor", "goer")
    uid = {name: host.uid(name) for name in ("mover", "sailor", "goer")}
    host.nopasswd("mover", "sailor", "goer", "heir", "marine")
    host.accepted(*(Grant(name) for name in uid))
    for name in uid:
        assert host.user(name).run("sudo -n id -un").out == "root\n"
    people.renumber(host, "mover", 3001)
    host.root("chown -R 3001 /home/mover")
    people.add_entry(host, "heir", uid["mover"], "/home/heir")
    host.root("cp -a /home/mover /home/heir; chown -R heir /home/heir")
    people.rename(host, "sailor", "marine")
    refused = host.user("mover").run("sudo -n id")
    assert refused.code == 1 and "mover (uid 3001) is not the account that was granted" in refused.err
    assert "[IDENTITY]" in refused.err and host.settled().events("check.denied", user="mover", uid=3001, code="IDENTITY")
    assert "no grant lets heir use sudo" in host.user("heir").run("sudo -n id").err
    assert "no grant lets marine use sudo" in host.user("marine").run("sudo -n id").err
    # Across a restart of jitd and a delivery of the same grants the account stays pinned.
    host.root("systemctl restart jitd")
    assert "[IDENTITY]" in host.user("mover").run("sudo -n id").err
    people.renumber(host, "mover", uid["mover"])
    people.remove(host, "heir")
    host.root(f"chown -R {uid['mover']} /home/mover")
    assert host.user("mover").run("sudo -n id -un").out == "root\n"


def test_s05_an_account_removed_while_logged_in(host):
    """A person whose account is gone is nobody: sudo and su refuse, and no record names another one."""
    people.add_accounts(host, "goer")
    host.nopasswd("goer")
    host.accepted(Grant("goer"))
    terminal = host.user("goer").tty()
    assert "uid=0" in terminal.type("sudo -n id")
    people.remove(host, "goer")
    before = len(host.events())
    for command in ("sudo -n id", "su -c id", "su root -c id </dev/null"):
        terminal.sendline(f"{command}; echo code=$?")
        if terminal.expect(["code=(\\d+)", "Password: "]) == 1:
            terminal.sendline("root-password")
            terminal.expect("code=(\\d+)")
        assert terminal.match[1] != "0" and "uid=0" not in terminal.before, command
    assert [record for record in host.events()[before:] if record.get("JIT_DECISION") == "allow"] == []
    assert {record["JIT_USER"] for record in host.events()[before:] if "JIT_USER" in record} <= {"goer"}


def test_s19_names_no_tool_would_make(host):
    """Names with slashes, dashes, escapes or 250 bytes are refused as any without a grant, shown safely, no path."""
    names = ["../x", "a/b", "-f", "x" * 250, "al ice", "al\x1b[2Jice", "аlice", "Alice"]
    for number, name in enumerate(names):
        people.add_entry(host, name, 4000 + number)
    host.nopasswd(*(f"#{4000 + n}" for n in range(len(names))))
    for number, name in enumerate(names):
        as_person = f"setpriv --reuid {4000 + number} --regid 100 --clear-groups --"
        refused = host.root(f"{as_person} sudo -n id </dev/null", check=False)
        assert refused.code == 1 and "uid=0" not in refused.out, name
        assert "[NO_GRANT]" in refused.err or name == "-f", name  # which libc takes for no entry at all
        assert "\x1b" not in refused.text, name
        assert host.jitctl(f"grant --for 1h --reason INC-1 -- '{name}'", check=False).code != 0, name
    assert {r["JIT_CODE"] for r in host.settled().events("check.denied")} == {"NO_GRANT"}
    assert host.root("find /var/lib/jit /run/jit -name '*x*' -o -name '*lice*' -o -name '*f'").out.split() == []
    assert not host.root("ls -d /var/lib/x /run/x /var/lib/jit/a /run/jit/a 2>/dev/null || true").out


def test_s26_a_name_the_host_is_given_is_not_its_own(host):
    """Only host.toml says what this host is called: not its hostname, not sudo -h, not /etc/hosts."""
    host.nopasswd("alice")
    host.accepted(Grant("alice", hosts=("web-1", "web-*")))
    host.append("/etc/hosts", "127.0.0.1 web-1\n127.0.1.1 web-1\n")
    host.root("hostname web-1; echo web-1 >/etc/hostname; systemctl restart jitd")
    for command in ("sudo -n id", "sudo -n -h web-1 id", "sudo -n -h web-1 -l", "sudo -n -h 127.0.0.1 -l"):
        refused = host.user("alice").run(command)
        assert refused.code == 1 and "uid=0" not in refused.out, command
    assert "[NO_GRANT]" in host.user("alice").run("sudo -n id").err
    host.accepted(Grant("alice", hosts=("db-01",)))
    assert host.user("alice").run("sudo -n id -un").out == "root\n"


def hang_up(host, calls: int) -> None:
    """Calls that would change everything, by an account that may do nothing, gone 0 to 9 ms after it was started."""
    grant = "Grant sstsa{sv} nobody root 3600000000 mine 0"
    revoke = f"Revoke ssa{{sv}} {host.json('list grants')['grants'][0]['id']} over 0"
    lock = "Lock ssa{sv} alice over 0"
    bus = "busctl --system call org.jitd1 /org/jitd1 org.jitd1.Manager"
    host.root(f"""cd / && exec setpriv --reuid nobody --regid nogroup --clear-groups -- sh -c '
        n=0
        while [ $n -lt {calls} ]; do
            case $((n % 3)) in 0) set -- {grant} ;; 1) set -- {revoke} ;; 2) set -- {lock} ;; esac
            timeout -s KILL 0.00$((n / 3 % 9 + 1)) {bus} "$@" >/dev/null 2>&1
            n=$((n + 1))
        done; true'""", timeout=calls)


@pytest.mark.parametrize("calls", [150, pytest.param(9000, marks=pytest.mark.long)])
def test_s18_a_caller_that_is_gone(host, long_run, calls):
    """A caller that hangs up while jitd looks at who it is counts as nobody: nothing changes, nothing falls over."""
    host.nopasswd("alice")
    host.grant("alice")
    before = host.json("list grants --all")["grants"]
    pid = host.root("systemctl show --value -p MainPID jitd").out
    stays = host.root("cd / && setpriv --reuid nobody --regid nogroup --clear-groups busctl --system call org.jitd1 "
                      "/org/jitd1 org.jitd1.Manager Grant 'sstsa{sv}' nobody root 3600000000 mine 0 2>&1", check=False)
    assert stays.code and "admin" in stays.out  # who waits for the answer gets it
    hang_up(host, calls)
    assert host.json("list grants --all")["grants"] == before
    assert host.json("list locks")["locks"] == []
    assert host.root("systemctl show --value -p MainPID jitd").out == pid
    assert host.user("alice").run("sudo -n id -u").out == "0\n"
    long_run.note(f"{calls} calls hung up on, nothing changed")
