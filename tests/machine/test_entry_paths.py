# SPDX-License-Identifier: Apache-2.0
"""Every way to another account, for everybody who may or may not take it: one table, no deviation."""

import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from lib import image
from lib.grants import Grant
from lib.host import Host
from lib.machine import Result
from lib.people import add_accounts
from lib.rows import run_rows

STATES = ("none", "active", "scheduled", "expired", "revoked", "locked")

# A cell is what the command prints when it runs, or the code it is refused with. `target` and `service` are those of
# the record of a refusal; with a grant the role decides: run_as is root, postgres and dave.
# `me` says so when it runs outside a jit scope.
# path        | command                                                    | none     | active     | scheduled| expired  | revoked  | locked   | service| target
TABLE = r"""
sudo            | sudo -n me                                                 | NO_GRANT | root       | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo   |
sudo, no -n     | sudo me                                                    | NO_GRANT | root       | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo   |
sudo, password  | echo $PASSWORD | sudo -S -p '' whoami                      | NO_GRANT | root       | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo   |
sudo -i         | sudo -n -i me                                              | NO_GRANT | root       | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo-i |
sudo -i, shell  | echo me | sudo -n -i                                       | NO_GRANT | root       | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo-i |
sudo -s         | sudo -n -s me                                              | NO_GRANT | root       | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo   |
sudo -s, shell  | echo me | sudo -n -s                                       | NO_GRANT | root       | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo   |
sudo -b         | sudo -n -b me                                              | NO_GRANT | root       | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo   |
sudo -e         | SUDO_EDITOR="sed -i s/a/b/" sudo -n -e /etc/edited && cat /etc/edited | NO_GRANT | b          | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo   |
sudoedit        | SUDO_EDITOR=true sudoedit -n /etc/edited && echo edited    | NO_GRANT | edited     | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo   |
sudo -v         | echo $PASSWORD | sudo -S -p '' -v && echo valid            | NO_GRANT | valid      | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo   |
sudo -l         | sudo -n -l >/dev/null && echo listed                       | NO_GRANT | listed     | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo   |
sudo -l command | sudo -n -l id                                              | NO_GRANT | /usr/bin/id| NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo   |
sudo -l -U      | sudo -n -l -U carol >/dev/null && echo listed              | NO_GRANT | listed     | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo   |
sudo -k         | sudo -k && echo forgotten                                  | forgotten| forgotten  | forgotten| forgotten| forgotten| forgotten|        |
sudo -u root    | sudo -n -u root me                                         | NO_GRANT | root       | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo   |
sudo -u #0      | sudo -n -u '#0' me                                         | NO_GRANT | root       | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo   |
sudo -u, run_as | sudo -n -u postgres me                                     | NO_GRANT | postgres   | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo   |
sudo -u, other  | sudo -n -u carol me                                        | NO_GRANT | TARGET     | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo   | carol
sudo -iu, other | sudo -n -iu carol me                                       | NO_GRANT | TARGET     | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo-i | carol
sudo -u self    | sudo -n -u $USER me                                        | NO_GRANT | TARGET     | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo   | self
sudo -g         | sudo -n -g staff me -gn                                    | NO_GRANT | TARGET     | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo   | self
sudo -u -g      | sudo -n -u root -g staff me -gn                            | NO_GRANT | staff      | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo   |
sudo sudo       | sudo -n sudo -n me                                         | NO_GRANT | root       | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo   |
sudo sudo -u    | sudo -n sudo -n -u carol me                                | NO_GRANT | carol      | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo   |
sudo su         | sudo -n su -c 'me'                                         | NO_GRANT | root       | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo   |
sudo su -       | sudo -n su - -c 'me'                                       | NO_GRANT | root       | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo   |
sudo su other   | sudo -n su carol -c 'me'                                   | NO_GRANT | carol      | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo   |
sudo -u d sudo  | sudo -n -u dave sudo -n me                                 | NO_GRANT | NO_GRANT by dave| NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | sudo   |
su              | echo root-password | su -c 'me'                            | NO_GRANT | root       | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | su     | root
su -            | echo root-password | su - -c 'me'                          | NO_GRANT | root       | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | su-l   | root
su -l           | echo root-password | su -l root -c 'me'                    | NO_GRANT | root       | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | su-l   | root
su, shell       | (echo root-password; echo me) | su                         | NO_GRANT | root       | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | su     | root
su, run_as      | echo dave-password | su dave -c 'me'                       | NO_GRANT | dave       | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | su     | dave
su, other       | echo carol-password | su carol -c 'me'                     | NO_GRANT | TARGET     | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | su     | carol
su - other      | echo carol-password | su - carol -c 'me'                   | NO_GRANT | TARGET     | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | su-l   | carol
su self         | echo $PASSWORD | su $USER -c 'me'                          | NO_GRANT | TARGET     | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | su     | self
su sudo         | echo root-password | su -c 'sudo -n -u carol me'           | NO_GRANT | carol      | NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | su     | root
su d sudo       | echo dave-password | su dave -c 'sudo -n me'               | NO_GRANT | NO_GRANT by dave| NOT_YET  | EXPIRED  | REVOKED  | LOCKED   | su     | dave
"""

# root as invoker of sudo and su needs no grant and asks nobody: what each command prints.
ROOT = {
    "sudo -n id -un": "root",
    "sudo -n -i id -un": "root",
    "sudo -n -s id -un": "root",
    "sudo -n -b id -un | cat": "root",
    "SUDO_EDITOR=true sudo -n -e /etc/edited && echo edited": "edited",
    "sudo -n -v && echo valid": "valid",
    "sudo -n -l id": "/usr/bin/id",
    "sudo -n -u carol id -un": "carol",
    "sudo -n -g staff id -gn": "staff",
    "su -c 'id -un'": "root",
    "su - -c 'id -un'": "root",
    "su carol -c 'id -un'": "carol",
    "su - carol -c 'id -un'": "carol",
    "runuser -u carol -- id -un": "carol",
    "sudo -n su - carol -c 'id -un'": "carol",
}

POLICY = """
[role.root]
run_as = ["root", "postgres", "dave"]
services = ["sudo", "su"]
max_duration = "8h"
"""

ME = """#!/bin/sh
grep -q '^0::/jit[.]slice/jit-[0-9a-f]*[.]scope$' /proc/self/cgroup && exec id "${1:--un}"
echo "$(id -un) outside its scope: $(cat /proc/self/cgroup)"
"""

# jitd gathers the denials of an account after ten in ten seconds, so no account is refused more often than that.
MOST = 9


@dataclass(frozen=True)
class Row:
    path: str
    command: str
    cells: dict[str, str]
    service: str
    target: str


def table() -> list[Row]:
    rows = []
    for line in TABLE.strip().splitlines():
        # " | " parts the cells; a pipe in a command has the same form, so the command is what is left in the middle.
        parts = [part.strip() for part in line.split("|")]
        tail = len(STATES) + 2
        rows.append(Row(parts[0], "|".join(line.split("|")[1:-tail]).strip(), dict(zip(STATES, parts[-tail:])),
                        parts[-2], parts[-1]))
    return rows


@dataclass
class People:
    """Accounts in a state, as many as the table needs so that each of them is refused only some times."""

    accounts: dict[str, list[str]] = field(default_factory=dict)

    def create(self, host, rows: int) -> None:
        for state in STATES:
            self.accounts[state] = [f"{state}-{n}" for n in range((rows + MOST - 1) // MOST)]
        add_accounts(host, *self.all(), "dave")

    def all(self) -> list[str]:
        return [account for accounts in self.accounts.values() for account in accounts]


def in_states(host, accounts: dict[str, list[str]], **options) -> None:
    """Brings every account into its state by a file, a revocation or the passing of time."""
    windows = {"active": {}, "revoked": {}, "locked": {}, "scheduled": {"starts": 3600, "lasts": 7200}, "expired": {"lasts": 5}}
    grants = {state: [Grant(account, **windows[state], **options) for account in accounts[state]]
              for state in windows if state in accounts}
    host.accepted(*(grant for those in grants.values() for grant in those))
    for grant in grants.get("revoked", []):
        host.jitctl(f"revoke {grant.id} --reason over")
    for grant in grants.get("locked", []):  # which beats the grant they have
        host.jitctl(f"lock {grant.user}")
    for grant in grants.get("expired", []):
        host.wait_event("grant.expired", grant=grant.id)


def deviations(row: Row, state: str, account: str, result, denials: list[dict]) -> list[str]:
    """What of the row's result is not as the table says."""
    expected = row.cells[state]
    refusal = re.fullmatch(r"([A-Z_]+)(?: by (\w+))?", expected)
    # su without a terminal ends its prompt without a newline.
    refused = [line for line in result.err.splitlines() if re.match(r"(Password: )?jit: ", line)]
    found = []
    if not refusal:
        if result.code != 0 or result.out.strip() != expected or refused:
            found.append(f"wanted {expected!r}")
        return found
    code, person = refusal[1], refusal[2] or account
    if result.code != 1 or result.out.strip():
        found.append("ran, or ended with another code than 1")
    if len(refused) != 1 or not refused[0].endswith(f"[{code}]"):
        found.append(f"wanted one line that ends in [{code}]")
    wanted = {"JIT_USER": person, "JIT_CODE": code, "JIT_DECISION": "deny", "JIT_SERVICE": row.service,
              "JIT_UID": None, "JIT_TARGET": account if row.target == "self" else row.target}
    if refusal[2]:
        wanted |= {"JIT_SERVICE": "sudo"}
    if wanted["JIT_SERVICE"].startswith("sudo") and code != "TARGET":
        wanted["JIT_TARGET"] = ""  # the account phase of sudo does not know it
    fits = [record for record in denials if all(record.get(name, "") == value or value is None
                                                for name, value in wanted.items())]
    if not fits:
        found.append(f"no check.denied record with {wanted}")
    else:
        denials.remove(fits[0])
    return found


def test_s02_s04_every_entry_path(host):
    """Every sudo and su asks the gate; what it prints, refuses and records is what the table says, in each state."""
    rows, people = table(), People()
    people.create(host, len(rows))
    host.write("/etc/sudoers.d/people", "".join(f"{account} ALL=(ALL:ALL) NOPASSWD: ALL, PASSWD: /usr/bin/whoami\n"
                                                for account in [*people.all(), "dave"]), 0o440)
    host.write("/usr/local/bin/me", ME, 0o755)
    host.write("/etc/edited", "a\n", 0o644)
    host.write("/etc/jit/policy.toml", POLICY)
    in_states(host, people.accounts)
    began = time.monotonic()
    host.write("/etc/edited", "a\n", 0o644)
    batches = [(state, account, rows[n::len(accounts)])
               for state, accounts in people.accounts.items() for n, account in enumerate(accounts)]
    with ThreadPoolExecutor(8) as pool:  # a refused su takes its second
        results = list(pool.map(lambda batch: run_batch(host, *batch[1:]), batches))
    denials = host.settled().events("check.denied")
    wrong = [f"{state}: {row.path}: {what}: {result}"
             for (state, account, mine), came in zip(batches, results) for row, result in zip(mine, came)
             for what in deviations(row, state, account, result, denials)]
    print(f"{len(rows)} paths x {len(STATES)} states in {time.monotonic() - began:.1f} s")
    assert wrong == [], "\n" + "\n".join(wrong)


def run_batch(host, account: str, rows: list[Row]) -> list[Result]:
    return run_rows(host, account, [f"PASSWORD={account}-password; {row.command}" for row in rows])


def test_s04_root_as_invoker(host):
    """root's own sudo and su pass without a grant and without a check, also with jitd gone."""
    host.write("/etc/edited", "a\n", 0o644)
    for jitd in ("start", "stop"):
        host.root(f"systemctl {jitd} jitd.socket jitd.service")
        by_ssh = run_rows(host, "root", list(ROOT))
        in_unit = [host.root(command, check=False) for command in ROOT]
        for results in (by_ssh, in_unit):
            assert [result.out.strip() for result in results] == list(ROOT.values()), (jitd, results)
            assert not any(result.code for result in results)
    assert not [event for event in host.settled().events() if event["JIT_EVENT"].startswith(("check.", "session."))]


# way                | none     | active   | scheduled| expired  | revoked  | locked
LOGINS = """
publickey            | NO_GRANT | in       | NOT_YET  | EXPIRED  | REVOKED  | LOCKED
password             | NO_GRANT | in       | NOT_YET  | EXPIRED  | REVOKED  | LOCKED
keyboard-interactive | NO_GRANT | in       | NOT_YET  | EXPIRED  | REVOKED  | LOCKED
sftp                 | NO_GRANT | in       | NOT_YET  | EXPIRED  | REVOKED  | LOCKED
master               | NO_GRANT | in       | NOT_YET  | EXPIRED  | REVOKED  | LOCKED
"""
SSH = ["-F", "none", "-i", "/root/.ssh/id_ed25519", "-o", "UserKnownHostsFile=/root/.ssh/known_hosts",
       "-o", "HostKeyAlgorithms=ssh-ed25519", "-o", "NumberOfPasswordPrompts=1", "-o", "LogLevel=INFO"]
# Where the login is, how long it may last, and what jitd was asked about it.
WHERE = "unit=$(sed -n 's,^0::.*/,,p' /proc/self/cgroup); echo in $unit $(systemctl show --value -p RuntimeMaxUSec $unit)"


def log_in(host, account: str, way: str, *options: str) -> Result:
    """One login by ssh with that method alone; a master is a connection with a second channel."""
    target, path = f"{account}@127.0.0.1", f"/tmp/control-{account}"
    if way == "sftp":
        return host.enter("sftp", *SSH, *options, "-b", "-", target, input="pwd\n")
    if way == "master":
        first = host.enter("ssh", *SSH, *options, "-o", "BatchMode=yes", "-M", "-S", path, "-fN", target)
        return host.enter("ssh", *SSH, "-S", path, target, WHERE) if first.code == 0 else first
    return host.enter("env", "SSH_ASKPASS=/usr/local/bin/askpass", "SSH_ASKPASS_REQUIRE=force",
                      f"PASSWORD={account}-password", "ssh", *SSH, *options, "-o", f"PreferredAuthentications={way}",
                      target, WHERE)


@pytest.fixture
def ssh_host(fresh):
    """Gates sshd, too; people log in by key, password and keyboard-interactive; role root reaches everybody."""
    fresh.write("/etc/ssh/sshd_config.d/a.conf", "KbdInteractiveAuthentication yes\nPasswordAuthentication yes\n")
    fresh.write("/usr/local/bin/askpass", '#!/bin/sh\necho "$PASSWORD"\n', 0o755)
    fresh.write("/etc/jit/policy.toml",
                '[role.root]\nrun_as = ["*"]\nservices = ["sudo", "su", "sshd"]\nmax_duration = "8h"\n')
    fresh.root("systemctl restart ssh")
    return fresh.ready("sudo", "su", "sshd")


def test_s02_s04_s16_every_login(ssh_host):
    """A gated login is asked for by whatever method it comes; each bears the same account, scope limit and grant."""
    host, accounts = ssh_host, {state: [f"{state}-ssh"] for state in STATES}
    add_accounts(host, *(account for names in accounts.values() for account in names))
    gated = ", ".join(f'"{names[0]}"' for names in accounts.values())
    host.write("/etc/jit/jitd.toml.d/sshd.toml", f"[sshd]\ngated = [{gated}]\n")
    host.jitctl("reload")
    in_states(host, accounts)
    rows = [[cell.strip() for cell in line.split("|")] for line in LOGINS.strip().splitlines()]
    jobs = [(way, accounts[state][0], cell) for way, *cells in rows for state, cell in zip(STATES, cells)]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda job: log_in(host, *job[1::-1]), jobs))
    wrong = []
    host.settled()
    for (way, account, cell), result in zip(jobs, results):
        if cell == "in":
            right = result.code == 0 and re.search(r"^in session-\d+\.scope (2\d|30)min|Remote working directory", result.out)
        else:
            right = result.code == 255 and not result.out.startswith("in ") and "Remote working" not in result.out
            right = right and (way == "keyboard-interactive" or f"[{cell}]" in result.err)
            denied = host.events("check.denied", user=account, code=cell, service="sshd", rhost="127.0.0.1")
            right = right and len(denied) == len(rows)
        if not right:
            wrong.append(f"{way} as {account}: wanted {cell}: {result}")
    assert wrong == [], "\n" + "\n".join(wrong)
    asked = host.settled().events("check.allowed", service="sshd", user="active-ssh")
    assert len({(record["JIT_GRANT"], record["JIT_UID"], record["JIT_NOT_AFTER"]) for record in asked}) == 1
    assert len(asked) == 2 * len(rows)  # account and session, in each of the ways


def test_s04_root_logins_are_gated_by_default(ssh_host):
    """With sshd gated and no setting, root needs a grant to log in, and nobody else does."""
    host = ssh_host
    assert host.user("alice").run("id -un").out == "alice\n"
    refused = log_in(host, "root", "publickey")
    assert refused.code == 255 and "[NO_GRANT]" in refused.err and not refused.out
    host.accepted(Grant("root"))
    assert log_in(host, "root", "publickey").out.startswith("in session-")
    assert host.events("check.allowed", user="alice", code="EXEMPT", service="sshd")


def test_s04_a_second_channel_ends_with_the_grant(ssh_host):
    """A login is asked for once: channels added later live as long as it, and no longer than the grant it came by."""
    host, grant = ssh_host, Grant("root", lasts=12)
    host.accepted(grant)
    assert log_in(host, "root", "master").code == 0
    host.jitctl(f"revoke {grant.id} --reason over")
    assert "[REVOKED]" in log_in(host, "root", "publickey").err
    with subprocess.Popen(host.entry("ssh", *SSH, "-S", "/tmp/control-root", "root@127.0.0.1", "sleep 1000"),
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as channel:
        host.wait_for("the second channel", lambda: host.processes("sleep 1000"))
        assert channel.wait(timeout=max(1, grant.not_after - time.time() + 5))
    host.wait_for("the end of all that ran", lambda: not host.processes("sleep 1000"))
    assert -1 < time.time() - grant.not_after < 3


def test_s04_pkexec_is_no_gate():
    """pkexec asks polkit as ever, whatever is gated: for who may by a rule of polkit's, with jitd there or gone."""
    rule = 'polkit.addRule(function(a, s) { if (s.user == "bob") return polkit.Result.YES; });\n'
    with Host(image.plain("polkitd", "pkexec")) as host:
        before = _pkexec(host, rule)
        image.install(host)
        host.ready("sudo", "su")
        assert _pkexec(host, rule) == before == [("root\n", 0), ("", 127)]
        host.root("systemctl stop jitd.socket jitd.service")
        assert _pkexec(host, rule) == before
        assert not host.events("check.denied")


def _pkexec(host, rule: str) -> list[tuple[str, int]]:
    host.write("/etc/polkit-1/rules.d/01-bob.rules", rule)
    return [(done.out, done.code) for done in (host.user(name).run("pkexec id -un") for name in ("bob", "alice"))]


def test_s04_what_sudoers_takes_from_pam(host):
    """Without the session phase the account line still refuses; without the account phase the session line does."""
    host.nopasswd("alice", "bob")
    host.accepted(Grant("alice"))
    host.write("/etc/sudoers.d/less", "Defaults !pam_session\n", 0o440)
    assert host.user("alice").run("sudo -n id -un").out == "root\n"
    assert "[NO_GRANT]" in host.user("bob").run("sudo -n id -un").err
    host.write("/etc/sudoers.d/less", "Defaults !pam_acct_mgmt\n", 0o440)
    for name in ("alice", "bob"):
        refused = host.user(name).run("sudo -n id -un")
        assert refused.code == 1 and not refused.out and "[IDENTITY]" in refused.err
