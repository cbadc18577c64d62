# SPDX-License-Identifier: Apache-2.0
"""`jitctl doctor`: what leads past the gate or into a lock-out, found where it really is, and gone when undone."""

import ctypes
import json
import time

import pytest

from lib import grants, image
from lib.grants import Grant
from lib.host import Host

SUDOERS = "/etc/sudoers.d/odd"
PLUGIN = "/usr/libexec/sudo/jit_group.so"
POLICY = "".join(f'[role.{name}]\nrun_as = ["{target}"]\nservices = ["sudo"]\nmax_duration = "8h"\n'
                 for name, target in (("root", "root"), ("dba", "postgres")))


def findings(host: Host) -> dict[str, dict]:
    """By id; a container may not ask for the state of its host's clock, and doctor says so."""
    said = host.jitctl("doctor --json=short", check=False)
    answer = json.loads(said.out)
    assert list(answer) == ["version", "findings"]
    found = {finding["id"]: finding for finding in answer["findings"]}
    bad = any(finding["severity"] != "note" for finding in found.values())
    assert said.code == (1 if bad else 0), said
    found.pop("no-role-rules", None)  # people of these machines have entries of their own; it has its own test
    unseen = found.pop("not-looked-at", {"text": "could not look at the clock (adjtimex)"})
    assert unseen["text"] == "could not look at the clock (adjtimex)"
    return found


class Row:
    """A misconfiguration: how it comes about, what doctor says, how it is undone. Both are shell commands."""

    def __init__(self, id: str, severity: str, place: str, provoke: str, undo: str, also: str = ""):
        self.id, self.severity, self.place, self.provoke, self.undo = id, severity, place, provoke, undo
        self.also = set(also.split())


def sudoers(id: str, severity: str, line: str, place: str = f"{SUDOERS}:2: ", also: str = "") -> Row:
    return Row(id, severity, place, f"printf '# mine\\n{line}\\n' >{SUDOERS} && chmod 0440 {SUDOERS}", f"rm {SUDOERS}",
               also)


def edit(id: str, severity: str, place: str, file: str, command: str, undo: str = "", also: str = "") -> Row:
    """The file is kept aside and put back."""
    return Row(id, severity, place, f"cp -a {file} /root/kept; {command}", f"cp -a /root/kept {file}; {undo or ':'}", also)


TABLE = [
    sudoers("pam-session-off", "problem", "Defaults !pam_session"),
    sudoers("pam-acct-mgmt-off", "problem", "Defaults !pam_acct_mgmt"),
    sudoers("runas-unknown-id", "problem", "Defaults runas_allow_unknown_id"),
    sudoers("pam-service", "problem", "Defaults pam_service=other"),
    sudoers("pam-service", "problem", "Defaults pam_login_service=login"),
    sudoers("pam-service", "problem", "Defaults:bob pam_askpass_service=login"),
    sudoers("pam-service", "warning", "Defaults pam_login_service=su-l"),
    sudoers("group-plugin", "warning", 'Defaults group_plugin="group_file.so /etc/group"'),
    sudoers("nopasswd-su", "note", "carol ALL=NOPASSWD: /usr/bin/su"),
    sudoers("sudoers-broken", "problem", "carol ALL=NOPASSWD ALL", f"{SUDOERS}:2:"),
    sudoers("group-plugin-missing", "problem", "Defaults group_plugin=/root/jit_group.so", "/root/jit_group.so",
            also="standing-entry mail-no-user"),
    Row("group-plugin-mode", "problem", PLUGIN,
        f"chmod 0666 {PLUGIN}; echo 'Defaults group_plugin=jit_group.so, !mail_no_user' >{SUDOERS}",
        f"rm {SUDOERS}; chmod 0644 {PLUGIN}", also="standing-entry"),
    sudoers("mail-no-user", "note", "Defaults group_plugin=jit_group.so", also="standing-entry"),
    Row("standing-entry", "warning", "/etc/sudoers:50: %sudo (alice, bob) may run ALL",
        f"cp /usr/share/doc/jitd/examples/00-jit {SUDOERS}", f"rm {SUDOERS}"),
    edit("sudo-policy-plugin", "warning", "/etc/sudo.conf", "/etc/sudo.conf",
         "echo 'Plugin other_policy /opt/other.so' >>/etc/sudo.conf"),
    edit("sudoers-elsewhere", "note", "/etc/nsswitch.conf: sudoers: files sss", "/etc/nsswitch.conf",
         "echo 'sudoers: files sss' >>/etc/nsswitch.conf"),
    edit("pam-out-of-order", "problem", "/etc/pam.d/sudo:1: ", "/etc/pam.d/sudo",
         "sed -i '1i account sufficient pam_permit.so' /etc/pam.d/sudo"),
    edit("pam-lines-missing", "problem", "/etc/pam.d/su:", "/etc/pam.d/su", "sed -i '0,/pam_jit/{/pam_jit/d}' /etc/pam.d/su"),
    Row("pam-lines-gone", "problem", "/etc/pam.d/sudo: ", "mkdir /root/pam.d; cp -a /etc/pam.d/sudo* /root/pam.d; "
        "sed -i /pam_jit/d /etc/pam.d/sudo /etc/pam.d/sudo-i", "mv /root/pam.d/* /etc/pam.d; rmdir /root/pam.d",
        also="sudo-not-gated"),
    Row("pam-unconfirmed", "warning", "sshd goes back to on in ", "jitctl pam enable sshd --permissive --confirm 10min",
        "jitctl pam enable sshd && jitctl pam confirm sshd", also="pam-permissive root-ssh-not-gated"),
    edit("sudo-i-not-gated", "problem", "/etc/pam.d/sudo-i", "/etc/pam.d/sudo-i", "sed -i /pam_jit/d /etc/pam.d/sudo-i"),
    edit("pam-line-elsewhere", "problem", "/etc/pam.d/chfn:1: ", "/etc/pam.d/chfn",
         "sed -i '1i account required pam_jit.so' /etc/pam.d/chfn"),
    Row("pam-permissive", "warning", "/etc/pam.d/su: ", "jitctl pam enable su --permissive", "jitctl pam enable su"),
    Row("su-not-gated", "note", "/etc/pam.d/su: ", "jitctl pam disable su", "jitctl pam enable su"),
    Row("sudo-not-gated", "problem", "/etc/pam.d/sudo: ", "jitctl pam disable sudo", "jitctl pam enable sudo"),
    Row("root-ssh-not-gated", "warning", "/root/.ssh/authorized_keys", "jitctl pam disable sshd", "jitctl pam enable sshd"),
    Row("pam-module-missing", "problem", "pam_jit.so", "cd /usr/lib/*/security && mv pam_jit.so /root/",
        "mv /root/pam_jit.so /usr/lib/*/security/"),
    Row("pam-module-mode", "problem", "/security/pam_jit.so", "chmod g+w /usr/lib/*/security/pam_jit.so",
        "chmod g-w /usr/lib/*/security/pam_jit.so"),
    *(Row("root-group", "problem" if group != "shadow" else "warning", f"group {group}: carol ",
          f"groupadd -f {group} && gpasswd -a carol {group}", f"gpasswd -d carol {group}")
      for group in ("docker", "lxd", "libvirt", "disk", "shadow")),
    Row("root-group", "problem", "group kmem: carol ", "usermod -g kmem carol", "usermod -g carol carol"),
    Row("uid-zero", "problem", "account toor", "useradd -o -u 0 -M toor", "userdel -f toor"),
    Row("root-locked", "warning", "root is locked", "passwd --lock root", "passwd --unlock root"),
    edit("root-without-password", "problem", "root has an empty password", "/etc/shadow", "passwd --delete root"),
    Row("nobody-can-grant", "problem", "root is locked",
        "passwd --lock root; mv /etc/jit/trust.toml /root/", "passwd --unlock root; mv /root/trust.toml /etc/jit/",
        also="trust-missing"),
    Row("nobody-can-grant", "problem", "local_grants is off",
        "echo 'local_grants = \"off\"' >/etc/jit/jitd.toml; mv /etc/jit/trust.toml /root/",
        "rm /etc/jit/jitd.toml; mv /root/trust.toml /etc/jit/", also="trust-missing"),
    Row("other-setuid", "problem", "/usr/bin/doas", "cp /usr/bin/su /usr/bin/doas; chmod 4755 /usr/bin/doas; "
        "echo permit alice >/etc/doas.conf", "rm /usr/bin/doas /etc/doas.conf"),
    Row("config-refused", "problem", "/etc/jit/policy.toml:2:1: ", "printf '[role.root]\\nx = 1\\n' >/etc/jit/policy.toml",
        "rm /etc/jit/policy.toml"),
    Row("config-refused", "problem", "/etc/jit/host.toml: belongs to uid 1", "chown daemon /etc/jit/host.toml",
        "chown root /etc/jit/host.toml"),
    Row("config-refused", "problem", "/etc/jit/trust.toml: jitd can't read it", "chmod 0600 /etc/jit/trust.toml",
        "chmod 0644 /etc/jit/trust.toml"),
    Row("config-refused", "problem", "/etc/jit: others than root may put files there", "chmod o+w /etc/jit",
        "chmod o-w /etc/jit"),
    edit("threshold-unreachable", "problem", "needs 2 principals, and keys of 1 count", "/etc/jit/trust.toml",
         "sed -i s/^grant_threshold.*/grant_threshold=2/ /etc/jit/trust.toml"),
    edit("key-near-end", "warning", "key olivia-2026 of olivia counts for 9d", "/etc/jit/trust.toml",
         "echo not_after = $(date -u -d '+10 days' +%FT%TZ) >>/etc/jit/trust.toml"),
    Row("host-missing", "note", "/etc/jit/host.toml: not there", "mv /etc/jit/host.toml /root", "mv /root/host.toml /etc/jit"),
    Row("exempt", "note", "backup passes sudo and su", "echo 'exempt = [\"backup\"]' >/etc/jit/jitd.toml",
        "rm /etc/jit/jitd.toml"),
    Row("audit-failure-allows", "warning", "jitd.toml: [audit]", "printf '[audit]\\non_failure = \"allow\"\\n' "
        ">/etc/jit/jitd.toml", "rm /etc/jit/jitd.toml"),
    Row("default-role-unknown", "warning", "default_role dba", "echo 'default_role = \"dba\"' >/etc/jit/jitd.toml",
        "rm /etc/jit/jitd.toml"),
    Row("jitd-silent", "problem", "jitd does not answer", "systemctl mask --now jitd.socket jitd.service",
        "systemctl unmask jitd.socket jitd.service; systemctl start jitd.socket jitd.service",
        also="socket-not-enabled"),
    Row("gate-missing", "problem", "/run/jit/gate: not there", "rm /run/jit/gate",
        "systemctl stop jitd.socket jitd.service; systemctl start jitd.socket jitd.service"),
    Row("socket-not-enabled", "problem", "jitd.socket: disabled", "systemctl disable jitd.socket", "systemctl enable jitd.socket"),
    Row("gate-mode", "problem", "/run/jit/gate: ", "chmod 0666 /run/jit/gate", "chmod 0600 /run/jit/gate"),
    Row("gate-mode", "problem", "/run/jit: ", "chmod o+w /run/jit", "chmod o-w /run/jit"),
    Row("state-mode", "problem", "/var/lib/jit: ", "chmod o+rx /var/lib/jit", "chmod o-rx /var/lib/jit"),
    Row("state-needs-recovery", "problem", "/var/lib/jit: ",
        "systemctl stop jitd.socket jitd.service; cp -a /var/lib/jit /root/state; echo no database >/var/lib/jit/state.db; "
        "rm -f /var/lib/jit/state.db-*; systemctl start jitd.socket jitd.service",
        "systemctl stop jitd.socket jitd.service; rm -r /var/lib/jit; mv /root/state /var/lib/jit; "
        "systemctl start jitd.socket jitd.service"),
    Row("journal-volatile", "warning", "/run/log/journal",
        "mkdir /etc/systemd/journald.conf.d; printf '[Journal]\\nStorage=volatile\\n' >/etc/systemd/journald.conf.d/x.conf; "
        "systemctl restart systemd-journald",
        "rm -r /etc/systemd/journald.conf.d; systemctl restart systemd-journald"),
    Row("journal-volatile", "warning", "/run/log/journal",
        "mkdir /etc/systemd/journald.conf.d; printf '[Journal]\\nStorage=auto\\n' >/etc/systemd/journald.conf.d/x.conf; "
        "mv /var/log/journal /root/; systemctl restart systemd-journald",
        "mkdir -p /var/log/journal && systemctl restart systemd-journald; rm -r /root/journal /etc/systemd/journald.conf.d"),
    Row("journal-none", "problem", "journald: keeps no journal",
        "mkdir /etc/systemd/journald.conf.d; printf '[Journal]\\nStorage=none\\n' >/etc/systemd/journald.conf.d/x.conf; "
        "systemctl restart systemd-journald",
        "rm -r /etc/systemd/journald.conf.d; systemctl reset-failed systemd-journald; systemctl restart systemd-journald"),
]


@pytest.fixture
def healthy(host):
    """Gated as a host should be."""
    host.jitctl("pam enable sshd")
    assert findings(host) == {}
    return host


def test_each_misconfiguration_is_named_with_its_place_and_gone_when_undone(healthy):
    """doctor names each misconfiguration by a stable id, with its place and a remedy, and says nothing more of it when
    it is undone."""
    for row in TABLE:
        healthy.root(f"{{ {row.provoke} ; }} 2>&1")
        found = findings(healthy)
        assert set(found) == {row.id} | row.also, (row.provoke, found)
        finding = found[row.id]
        assert (finding["severity"], list(finding)) == (row.severity, ["id", "severity", "text", "remedy"]), row.provoke
        assert row.place in finding["text"] and finding["remedy"], finding
        assert "\n" not in finding["text"] + finding["remedy"]
        healthy.root(f"{{ {row.undo} ; }} 2>&1")
        assert findings(healthy) == {}, row.undo


def test_a_healthy_host_is_one_line(healthy):
    """On a host where all is well doctor prints one line and exits 0."""
    said = healthy.jitctl("doctor")
    assert said.err.startswith("no problems found on db-01") and said.err.count("\n") == 1
    assert {line.split("\t")[1] for line in said.out.splitlines()} <= {"no-role-rules", "not-looked-at"}
    assert healthy.jitctl("doctor -q").err == ""


def test_a_new_host_is_not_alarming(fresh):
    """Where nothing is gated yet doctor has no problem to tell, only that nothing is gated and how to begin."""
    found = findings(fresh)
    assert {id: finding["severity"] for id, finding in found.items()} == {"nothing-gated": "warning"}
    assert "jitctl pam enable sudo --permissive" in found["nothing-gated"]["remedy"]
    fresh.ready("sudo", "su")
    assert "problem" not in [finding["severity"] for finding in findings(fresh).values()]


def test_rules_for_roles_are_missed_until_nobody_has_an_entry(healthy):
    """Without rules for roles doctor tells how to get them; with them it names the entries that are left, until there
    are none."""
    said = json.loads(healthy.jitctl("doctor --json=short").out)["findings"]
    missed = next(finding for finding in said if finding["id"] == "no-role-rules")
    assert missed["severity"] == "note"
    healthy.root(missed["remedy"])
    assert set(findings(healthy)) == {"standing-entry"}
    healthy.root("gpasswd -d alice sudo; gpasswd -d bob sudo")
    assert "no-role-rules" not in healthy.jitctl("doctor").out
    assert findings(healthy) == {}
    healthy.root(f"rm {PLUGIN}")
    missing = findings(healthy)["group-plugin-missing"]
    assert PLUGIN in missing["text"] and "apt install --reinstall jitd" in missing["remedy"]
    assert "unable to load" in healthy.root("sudo id -u").err


def test_a_person_is_told_what_could_not_be_seen(healthy):
    """Who is not root gets what everybody may see, and is told what doctor could not look at."""
    healthy.root("gpasswd -a carol disk")
    said = healthy.user("carol").run("jitctl doctor --json=short")
    found = {finding["id"]: finding for finding in json.loads(said.out)["findings"]}
    assert said.code == 1 and "root-group" in found
    for file in ("/etc/shadow", "/etc/sudoers", "sshd -T", "journald's files"):
        assert file in found["not-looked-at"]["text"]
    assert found["not-looked-at"]["remedy"] == "as root: jitctl doctor"


def test_the_grant_file_is_told_when_it_is_refused_or_near_its_end(healthy):
    """A grant file that is refused, that ends soon with somebody's grant, or that has ended is named."""
    healthy.accepted(Grant("alice"), expires=time.time() + 3600)
    assert findings(healthy)["grant-file-near-end"]["severity"] == "warning"
    before = len(healthy.events("file.refused", code="BAD_SIGNATURE"))
    text = grants.grant_file(Grant("bob"))
    healthy.put(text + "# changed\n", healthy.olivia.sign(text))
    healthy.refused("BAD_SIGNATURE", before)
    found = findings(healthy)
    assert "[BAD_SIGNATURE]" in found["grant-file-refused"]["text"]
    assert healthy.jitctl("verify --against-accepted /etc/jit/grants.toml", check=False).code == 1
    healthy.accepted(Grant("alice"))
    assert findings(healthy) == {}
    healthy.accepted(Grant("alice"), expires=time.time() + 4)
    healthy.wait_event("file.expired")
    assert set(findings(healthy)) == {"grant-file-expired"}


def test_a_grant_of_a_lost_role_is_told(healthy):
    """A live grant whose role this host's policy does not have is named with its id."""
    healthy.write("/etc/jit/policy.toml", POLICY)
    healthy.jitctl("reload")
    id = healthy.json("grant alice --for 30m --reason 'INC-1234 look' --role dba")["id"]
    assert findings(healthy) == {}
    healthy.write("/etc/jit/policy.toml", POLICY[:POLICY.index("[role.dba]")])
    healthy.jitctl("reload")
    assert id in findings(healthy)["role-unknown"]["text"]


class TestTheyAreReal:
    """What doctor calls a problem in sudoers lets people past the gate, with sudo as Debian has it."""

    @pytest.fixture
    def open_host(self, host):
        """alice holds a grant of a role for postgres alone; bob holds none. sudoers would let both do everything."""
        host.write("/etc/jit/policy.toml", POLICY)
        host.jitctl("reload")
        host.jitctl("grant alice --for 30m --reason 'INC-1234 look' --role dba")
        host.nopasswd("alice", "bob")
        return host

    @staticmethod
    def ids(host: Host, *options: str) -> set[str]:
        host.write(SUDOERS, "".join(f"Defaults {option}\n" for option in options), 0o440)
        return set(findings(host)) - {"root-ssh-not-gated", "nopasswd-su"}

    def test_without_the_session_lines_any_grant_is_root_and_does_not_end(self, open_host):
        """!pam_session: a grant for postgres gets root, outside of a scope; who holds none is refused all the same."""
        alice, bob = open_host.user("alice"), open_host.user("bob")
        assert self.ids(open_host) == set()
        assert alice.run("sudo -n id -u").code == 1
        assert self.ids(open_host, "!pam_session") == {"pam-session-off"}
        assert alice.run("sudo -n id -u").out == "0\n"
        assert "jit-" not in alice.run("sudo -n cat /proc/self/cgroup").out
        assert "NO_GRANT" in bob.run("sudo -n id -u").err

    def test_without_the_account_line_nobody_is_asked_and_everybody_refused(self, open_host):
        """!pam_acct_mgmt alone: -l answers anybody, and every command is refused by the session line, which does not
        know the person; together with !pam_session sudo needs no grant at all."""
        alice, bob = open_host.user("alice"), open_host.user("bob")
        assert self.ids(open_host, "!pam_acct_mgmt") == {"pam-acct-mgmt-off"}
        assert "NOPASSWD: ALL" in bob.run("sudo -n -l").out
        assert "IDENTITY" in alice.run("sudo -n -u postgres id").err
        assert "IDENTITY" in bob.run("sudo -n id").err
        assert self.ids(open_host, "!pam_acct_mgmt", "!pam_session") == {"pam-acct-mgmt-off", "pam-session-off"}
        assert "needs no grant" in findings(open_host)["pam-session-off"]["text"]
        assert bob.run("sudo -n id -u").out == "0\n"

    def test_another_service_is_another_stack(self, open_host):
        """pam_service, pam_login_service and pam_askpass_service: sudo, sudo -i and sudo -A of who holds no grant."""
        bob = open_host.user("bob")
        open_host.write("/usr/local/bin/askpass", "#!/bin/sh\necho bob-password\n", 0o755)
        open_host.root("rm /etc/sudoers.d/nopasswd")
        commands = {"pam_service": "sudo -S -p '' id -u", "pam_login_service": "sudo -S -p '' -i id -u",
                    "pam_askpass_service": "SUDO_ASKPASS=/usr/local/bin/askpass sudo -A id -u"}
        for option, command in commands.items():
            assert self.ids(open_host) == set()
            assert "NO_GRANT" in bob.run(command, input="bob-password\n").err
            assert self.ids(open_host, f"{option}=other") == {"pam-service"}
            assert bob.run(command, input="bob-password\n").out == "0\n", option

    def test_a_uid_without_an_account_skips_the_session_lines(self, open_host):
        """runas_allow_unknown_id: a grant for postgres alone runs commands as a uid that is nobody's, outside of a
        scope; without the account line so does who holds none."""
        alice, bob = open_host.user("alice"), open_host.user("bob")
        assert "unknown user" in alice.run("sudo -n -u '#4242' id -u").err
        assert self.ids(open_host, "runas_allow_unknown_id") == {"runas-unknown-id"}
        assert alice.run("sudo -n -u '#4242' id -u").out == "4242\n"
        assert "jit-" not in alice.run("sudo -n -u '#4242' cat /proc/self/cgroup").out
        assert "NO_GRANT" in bob.run("sudo -n -u '#4242' id -u").err
        self.ids(open_host, "runas_allow_unknown_id", "!pam_acct_mgmt")
        assert bob.run("sudo -n -u '#4242' id -u").out == "4242\n"

    def test_roots_key_needs_no_grant(self, open_host):
        """root-ssh-not-gated: root's own key logs in, until sshd is gated as the remedy says."""
        found = findings(open_host)["root-ssh-not-gated"]
        assert open_host.user("root").run("id -u").out == "0\n"
        open_host.jitctl(found["remedy"].split(",")[0].removeprefix("jitctl "))
        assert open_host.user("root").run("id -u").code != 0
        assert "root-ssh-not-gated" not in findings(open_host)


def test_polkits_administrators_need_no_grant():
    """polkit-admin: with Debian's rules systemd-run makes root of who is in group sudo, without a grant; with the rule
    of the remedy it asks for root's password."""
    with Host(image.plain("polkitd", "pkexec")) as host:
        image.install(host)
        host.ready("sudo", "su", "sshd")
        found = findings(host)
        assert set(found) == {"polkit-admin"} and "alice, bob (group sudo)" in found["polkit-admin"]["text"]
        assert host.user("bob").sudo("id -u").code == 1
        terminal = host.user("bob").tty("systemd-run --quiet --pipe --wait id -u")
        terminal.expect("Choose identity")
        terminal.sendline("2")  # bob
        terminal.expect("Password: ")
        terminal.sendline("bob-password")
        terminal.expect(r"COMPLETE[^\r\n]*\r\n\x1b\[0m0\r\n")
        file, rule = found["polkit-admin"]["remedy"].removeprefix("write ").split(": ", 1)
        host.write(file, rule + "\n")
        host.root("systemctl restart polkit")
        assert findings(host) == {}
        terminal = host.user("bob").tty("systemd-run --quiet --pipe --wait id -u")
        terminal.expect("Authenticating as: root")
        host.write("/etc/polkit-1/rules.d/49-mine.rules",
                   "polkit.addRule(function(action, subject) {\n    return polkit.Result.YES;\n});\n")
        assert "/etc/polkit-1/rules.d/49-mine.rules:2: " in findings(host)["polkit-yes"]["text"]


class _Timex(ctypes.Structure):
    _fields_ = [("modes", ctypes.c_uint), ("offset", ctypes.c_long), ("freq", ctypes.c_long), ("maxerror", ctypes.c_long),
                ("rest", ctypes.c_char * 256)]


def test_a_clock_that_nothing_keeps_is_told(healthy):
    """doctor goes by the kernel's own word on the clock; a process from outside of the container may ask for it."""
    kernel = _Timex()
    assert ctypes.CDLL(None).adjtimex(ctypes.byref(kernel)) >= 0
    said = json.loads(healthy.enter("jitctl", "doctor", "--json=short").out)["findings"]
    wanted = {"clock-not-synchronised"} if kernel.maxerror >= 16_000_000 else set()
    assert {finding["id"] for finding in said} - {"no-role-rules"} == wanted
