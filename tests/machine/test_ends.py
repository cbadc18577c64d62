# SPDX-License-Identifier: Apache-2.0
"""The end of a grant is the end of what runs under it, and of nothing else."""

import re
import time

import pytest

from lib import leftovers
from lib.grants import Grant
from lib.people import add_accounts, remove, renumber
from lib.shell import Shell

COOPERATIVE, DEAF = 2.0, 5.0  # seconds from the end to the last process gone


class Elevated:
    """A person's login with one sudo session in it, which leaves something running."""

    def __init__(self, host, account: str, *kinds: str):
        self.host, self.account, self.mark = host, account, leftovers.mark()
        self.shell = Shell(host.user(account))
        self.shell.start(f"sudo -n leave {self.mark} {' '.join(kinds)}")

    def running(self) -> int:
        return len(leftovers.left(self.host, self.mark))

    def is_over(self) -> None:
        """The shell it was started from lives on, and takes commands."""
        self.shell.finish(5)
        assert "alive 42" in self.shell.run("echo alive $((40 + 2))")[0].text


def late(host, since: float, *sessions: Elevated, within: float = DEAF) -> list[float]:
    return list(leftovers.gone(host, [session.mark for session in sessions], since, within).values())


def test_s70_nothing_outlives_the_end(host):
    """At the end of a grant all that its sessions started is gone, however it was made to stay: 2 s after it, 5 s where it
    ignores TERM and HUP."""
    leftovers.bring(host)
    host.nopasswd("alice")
    grant = Grant("alice", lasts=600)
    host.accepted(grant)
    rows = {("nohup", "setsid", "daemon", "stopped", "nested", "tmux"): (COOPERATIVE, 12), ("tree",): (COOPERATIVE, 500),
            ("deaf",): (DEAF, 5), ("forks",): (DEAF, 8), ("deaf-forks",): (DEAF, 8)}
    sessions = [Elevated(host, "alice", *kinds) for kinds in rows]
    for session, (_, count) in zip(sessions, rows.values()):
        host.wait_for(f"{count} processes", lambda: session.running() >= count, 30)
    seconds = late(host, host.ends_in(3, grant), *sessions, within=DEAF + 1)
    for kinds, (limit, _), took in zip(rows, rows.values(), seconds):
        print(f"end to last process gone, {' '.join(kinds)}: {took:.2f} s")
        assert took <= limit, kinds
    assert min(seconds) > -0.1
    host.wait_for("empty scopes", lambda: not leftovers.in_scopes(host))
    for session in sessions:
        session.is_over()


WAYS = {"sudo -i": "sudo -n -i", "sudo -s": "SHELL={shell} sudo -n -s", "sudo su -": "sudo -n su -", "su -": "su -"}


def test_the_terminal_is_as_before(host):
    """With bash or dash as the root shell, by sudo -i, sudo -s, sudo su - or su -: after the end the person's own shell asks
    for the next command, and the terminal is set as it was."""
    host.nopasswd("alice")
    grant = Grant("alice", lasts=600)
    host.accepted(grant)
    opened = []
    for shell in ("/bin/bash", "/bin/dash"):
        host.root(f"usermod -s {shell} root")
        for name, way in WAYS.items():
            terminal = host.user("alice").tty()
            before = settings(terminal)
            terminal.sendline(way.format(shell=shell))
            if name == "su -":
                terminal.expect("assword: ")
                terminal.sendline("root-password")
            terminal.sendline("echo $(id -un) $0 $((40 + 2))")
            terminal.expect(rf"root \S*{shell[5:]} 42")
            terminal.sendline("sleep 7001")  # in the foreground, at work when it ends
            opened.append((f"{name} with {shell}", terminal, before))
    host.ends_in(2, grant)
    for name, terminal, before in opened:
        terminal.shell(timeout=max(2, grant.not_after - time.time() + COOPERATIVE + 1))
        seconds = time.time() - grant.not_after
        print(f"end to prompt, {name}: {seconds:.2f} s")
        assert settings(terminal) == before, name
    host.wait_for("the end of all that ran", lambda: not host.processes("sleep 7001"))


def settings(terminal) -> set[str]:
    return set(re.split(r"[;\s]+", terminal.type("stty -a"))) - {"brkint", "-brkint"}


POLICY = """
[role.root]
run_as = ["root"]
services = ["sudo", "su"]
max_duration = "8h"

[role.ops]
run_as = ["root", {target}]
services = ["su", {service}]
max_duration = "8h"
"""


def test_every_other_end(host):
    """revoke, revoke --session, revoke --user, lock, done, a newer file, a role without the service, a role without the
    target, an account that is renumbered or deleted: each ends its own session within 2 s, and no other."""
    leftovers.bring(host)
    whole = POLICY.format(target='"postgres"', service='"sudo"')
    host.write("/etc/jit/policy.toml", whole)
    names = ["revoked", "session", "person", "locked", "done", "file", "service", "target", "renumbered", "deleted"]
    add_accounts(host, *names)
    host.nopasswd(*names)
    host.jitctl("reload")
    grants = {name: Grant(name, role="ops" if name in ("service", "target") else "root") for name in names}
    host.accepted(*grants.values())
    sessions = {}
    for name in names:
        sessions[name] = Elevated(host, name, "nohup", "setsid")
    target, done = Shell(host.user("target")), Shell(host.user("done"))
    target_mark = leftovers.mark()
    target.start(f"sudo -n -u postgres leave {target_mark}")
    host.wait_for("all of it", lambda: all(session.running() >= 4 for session in sessions.values()))
    host.wait_for("it", lambda: leftovers.left(host, target_mark))
    listed = {one["account"]: one["id"] for one in host.json("list sessions")["sessions"] if one["target"] == "root"}
    assert set(listed) == set(names)

    ends = {
        "revoked": ("REVOKED", lambda: host.jitctl(f"revoke {grants['revoked'].id} --reason over")),
        "session": ("REVOKED", lambda: host.jitctl(f"revoke --session {listed['session']} --reason over")),
        "person": ("REVOKED", lambda: host.jitctl("revoke --user person --reason over")),
        "locked": ("LOCKED", lambda: host.jitctl("lock locked --reason over")),
        "done": ("RELEASED", lambda: done.run("jitctl done")),
        "file": ("REVOKED", lambda: host.deliver(*(g for n, g in grants.items() if n != "file"))),
        "renumbered": ("IDENTITY", lambda: renumber(host, "renumbered", 4711)),
        "deleted": ("IDENTITY", lambda: host.root("userdel --force deleted 2>&1")),
    }
    for name, (code, end) in ends.items():
        end()
        began = time.time()
        took = late(host, began, sessions.pop(name), within=COOPERATIVE + 1)[0]
        print(f"to last process gone, {name}: {took:.2f} s")
        assert took <= COOPERATIVE, name
        assert host.wait_event("session.terminated", user=name, code=code)["JIT_SESSION"] == listed[name]
        assert {n for n, s in sessions.items() if s.running() >= 4} == set(sessions), name
    assert leftovers.left(host, target_mark)

    # The role still lets them be root.
    host.write("/etc/jit/policy.toml", POLICY.format(target='"carol"', service='"sudo"'))
    began = time.time()
    assert leftovers.gone(host, [target_mark], began, COOPERATIVE)
    assert all(session.running() for session in sessions.values())
    host.write("/etc/jit/policy.toml", POLICY.format(target='"postgres"', service='"sshd"'))
    began = time.time()
    assert max(late(host, began, sessions["service"], sessions["target"])) <= COOPERATIVE
    host.settled()
    codes = [{event["JIT_CODE"] for event in host.events("session.terminated", user=name)} for name in ("service", "target")]
    assert codes == [{"SERVICE"}, {"TARGET", "SERVICE"}]


def test_an_account_that_can_not_be_looked_up_is_not_gone(host):
    """A user database that fails is no end of a session; once it says that there is no such account, it is one."""
    leftovers.bring(host)
    host.nopasswd("alice")
    host.grant("alice")
    session = Elevated(host, "alice")
    host.wait_for("it", session.running)
    host.write("/etc/nsswitch.conf.new", "")
    host.root("sed 's/^passwd:.*/passwd: files missing systemd/' /etc/nsswitch.conf >/etc/nsswitch.conf.new;"
              "mv /etc/nsswitch.conf.new /etc/nsswitch.conf; systemctl restart jitd")
    remove(host, "alice")
    looked = time.time()
    host.wait_for("more than the quiet that jitd waits for", lambda: time.time() > looked + 1)
    host.jitctl("list sessions")
    assert session.running() and not host.events("session.terminated")
    host.root("sed -i 's/^passwd:.*/passwd: files systemd/' /etc/nsswitch.conf")
    renumber(host, "bob", 4712)  # any change of /etc/passwd makes it look again
    host.wait_event("session.terminated", user="alice", code="IDENTITY")
    host.wait_for("its end", lambda: not session.running())


ACCOUNTS = ("alice", "bob", "carol", "dave")


@pytest.mark.parametrize(("count", "limit"), [(20, 2.0), (100, 5.0)])
def test_many_sessions_at_once(host, count, limit):
    """20 sessions of four accounts are gone 2 s after revoke --all or their common end, 100 after 5 s."""
    add_accounts(host, "dave")
    host.nopasswd(*ACCOUNTS)
    shells = [Shell(host.user(name)) for name in ACCOUNTS]
    for way in ("revoke --all", "the end"):
        mark, each = leftovers.mark(), count // len(shells)
        grants = [Grant(name, lasts=300) for name in ACCOUNTS]
        host.accepted(*grants)
        for shell in shells:
            # Not all in one second: they have 3 s to open.
            shell.start(f"sleep $(($1 / {4 if count < 100 else 2})); sudo -n sleep {mark}", each)
        host.wait_for(f"{count} sessions", lambda: len(host.json("list sessions")["sessions"]) == count, 60)
        if way == "revoke --all":
            began = time.time()
            host.jitctl("revoke --all --reason over")
        else:  # the same grants with an end that is near
            began = host.ends_in(2, *grants)
        took = leftovers.gone(host, [mark], began, limit + 2)[mark]
        print(f"{count} sessions gone after {way}: {took:.2f} s")
        assert -0.1 < took <= limit
        host.wait_for("the end of all", lambda: not host.json("list sessions")["sessions"])
        for shell in shells:
            shell.finish(10)
    host.wait_for("a record of each", lambda: len(host.events("session.closed")) == 2 * count)


def test_an_end_is_punctual(host):
    """On an idle machine a session is told to end within 100 ms of its time, by its record."""
    host.nopasswd("alice")
    shell = Shell(host.user("alice"))
    ends = []
    for number in range(3):
        host.accepted(grant := Grant("alice"))
        shell.start("sudo -n sleep 7002")
        host.wait_event("session.opened", grant=grant.id)
        end = host.ends_in(2 + number / 3, grant)
        told = host.wait_event("session.terminated", grant=grant.id)
        ends.append(int(told["JIT_TIME"]) / 1e6 - end)
        shell.finish(5)
    print("told to end after " + ", ".join(f"{late * 1000:.1f} ms" for late in ends))
    assert -0.001 < min(ends) < 0.1  # the file has milliseconds
