# SPDX-License-Identifier: Apache-2.0
"""sudo and su started as nobody should: whatever the caller prepares, the verdict is the same."""

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from lib import image, people
from lib.grants import Grant
from lib.machine import Result
from lib.rows import run_rows

# What the caller does before sudo. Whoever has a grant gets root or is refused; without one nobody ever does.
PRESSURE = [
    *(f"ulimit -n {n};" for n in (3, 4, 5, 6, 7, 8, 10, 16)),
    *(f"ulimit -v {kib};" for kib in (4000, 8000, 12000, 16000, 20000, 30000, 60000)),
    "ulimit -f 0;", "ulimit -s 128;", "ulimit -l 0;", "ulimit -c unlimited;", "ulimit -t 1;",
    "exec 0<&-;", "exec 1>&-;", "exec 2>&-;", "exec 0<&- 1>&- 2>&-;", "umask 777;", "cd /; cd /proc/self/fd;",
    *(f"hostile_exec {how} " for how in ("blocked", "ignored", "closed", "full", "long")),
]
# These change nothing at all.
HARMLESS = ("ulimit -c", "ulimit -l", "exec 0", "exec 2", "umask", "cd /", "hostile_exec ignored", "hostile_exec long")
# Refused su takes a second each time, so it has some only.
SU = ["ulimit -n 4;", "ulimit -n 6;", "ulimit -n 8;", "ulimit -v 20000;", "ulimit -f 0;", "exec 2>&-;"]

ENVIRONMENT = {
    "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/tmp/evil", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/tmp/evil",
    "DBUS_STARTER_ADDRESS": "unix:path=/tmp/evil", "SYSTEMD_BUS_TIMEOUT": "1", "SYSTEMD_LOG_LEVEL": "debug",
    "SYSTEMD_LOG_TARGET": "console", "SYSTEMD_LOG_LOCATION": "1", "LD_DEBUG": "all", "LD_PRELOAD": "/tmp/evil.so",
    "LD_LIBRARY_PATH": "/tmp", "LD_AUDIT": "/tmp/evil.so", "GCONV_PATH": "/tmp", "LOCPATH": "/tmp", "LANG": "xx_XX.EVIL",
    "TMPDIR": "/tmp/evil", "JIT_GATE": "/tmp/evil", "JIT_TEST_DIR": "/tmp", "JIT_SOCKET": "/tmp/evil", "NLSPATH": "/tmp/%N",
    "NOTIFY_SOCKET": "/tmp/evil", "LISTEN_FDS": "3", "LISTEN_PID": "1", "MALLOC_CHECK_": "3", "GLIBC_TUNABLES": "x=y",
    "RES_OPTIONS": "debug", "HOSTALIASES": "/tmp/evil", "PAM_USER": "root", "LOGNAME": "alice", "USER": "alice",
    "SUDO_USER": "alice", "SUDO_UID": "1000", "HOME": "/tmp",
}
PREFIX = "env " + " ".join(f"{name}={value!r}" for name, value in ENVIRONMENT.items()) + " "


@pytest.fixture
def host(host):
    """alice has a grant and bob has none; both may sudo without a password."""
    people.add_accounts(host, "dave", "erin", "frank")
    host.nopasswd("alice", "bob", "dave", "erin", "frank")
    built = host.work / "hostile_exec"
    subprocess.run(["gcc", "-Wall", "-o", built, image.SOURCE / "tests/support/hostile_exec.c"], check=True)
    host.write("/usr/local/bin/hostile_exec", built.read_bytes(), 0o755)
    host.accepted(Grant("alice"))
    return host


def is_root(result: Result) -> bool:
    return "uid=0" in result.text


def test_s01_s12_s14_callers_under_pressure(host):
    """Limits, closed descriptors, blocked and ignored signals, a MiB of arguments: never root without a grant."""
    # Seen by what it does, as some can't show anything.
    host.write("/usr/local/bin/prove", "#!/bin/sh\nexec >/root/by-$1\n", 0o755)
    sudo = [f"{pressure} /usr/bin/sudo -n /usr/local/bin/prove $USER-{n}" for n, pressure in enumerate(PRESSURE)]
    su = [f"echo root-password | ({pressure} su -c 'prove {{}}-su-{n}')" for n, pressure in enumerate(SU)]
    # A person is refused at most nine times in ten seconds, or the records are gathered: three share what bob would do.
    jobs = [("alice", sudo + su), ("bob", sudo[::4] + su[::4]), ("dave", sudo[1::4] + su[1::4]),
            ("erin", sudo[2::4] + su[2::4]), ("frank", sudo[3::4] + su[3::4])]
    with ThreadPoolExecutor(5) as pool:
        results = list(pool.map(lambda job: run_rows(host, job[0], [c.replace("{}", job[0]) for c in job[1]], timeout=180), jobs))
    proofs = set(host.root("ls /root").out.split())
    assert {name for name in proofs if name.startswith("by-") and not name.startswith("by-alice-")} == set()
    assert all(result.code for shown in results[1:] for result in shown), results[1:]
    assert {event["JIT_USER"] for event in host.events("check.allowed") + host.events("session.opened")} == {"alice"}
    let_in = [n for n in range(len(PRESSURE)) if f"by-alice-{n}" in proofs]
    harmless = {n for n, pressure in enumerate(PRESSURE) if pressure.startswith(HARMLESS)}
    assert harmless <= set(let_in), [(PRESSURE[n], results[0][n]) for n in harmless - set(let_in)]
    assert len(let_in) > len(PRESSURE) / 2, results[0]


def test_s14_argc_0(host):
    """Without even a name in argv sudo and su end in an error, for whoever starts them."""
    for name in ("alice", "bob"):
        for program in ("/usr/bin/sudo", "/usr/bin/su"):
            done = host.user(name).run(f"hostile_exec argc0 {program} </dev/null")
            assert done.code != 0 and not is_root(done), (name, program, done)


def test_s10_the_environment(host):
    """A hostile environment changes no verdict: not for a person, not for root within an elevation."""
    for command in ("sudo -n id", "sudo -n -i id", "sudo -n -E id"):
        assert is_root(host.user("alice").run(PREFIX + command)), command
        refused = host.user("bob").run(PREFIX + command)
        assert refused.code == 1 and "no grant lets bob use sudo" in refused.err and not is_root(refused)
    assert is_root(host.user("alice").run(f"{PREFIX} su -c id", input="root-password\n"))
    assert "no grant lets bob use su" in host.user("bob").run(f"{PREFIX} su -c id", input="root-password\n").err
    # AT_SECURE is not set for these: what root starts believes its environment, and the inner gate asks about bob.
    nested = host.user("alice").run(f"sudo -n {PREFIX} su bob -c '{PREFIX} sudo -n id'")
    assert "no grant lets bob use sudo" in nested.err and not is_root(nested)


def test_s10_s12_what_sudo_connects_to(host):
    """strace sees sudo connect to the same sockets with and without a hostile environment, and no signal of ours."""
    seen = {}
    for label, prefix in (("clean", []), ("hostile", ["env", *(f"{k}={v}" for k, v in ENVIRONMENT.items()
                                                                 if not k.startswith(("LD_", "GLIBC", "MALLOC")))])):
        for name in ("alice", "bob"):
            log = host.work / f"strace-{label}-{name}"
            subprocess.run(["strace", "-f", "-qq", "-e", "trace=connect", "-o", log,
                            *host.entry("setpriv", f"--reuid={name}", f"--regid={name}", "--init-groups", *prefix,
                                        "sudo", "-n", "true")], capture_output=True, timeout=30)
            text = log.read_text()
            seen[label, name] = set(re.findall(r'sun_path=@?"([^"]+)"', text))
            assert "SIGPIPE" not in text
            assert set(re.findall(r"sa_family=(\w+)", text)) <= {"AF_UNIX"}
    for name in ("alice", "bob"):
        assert "/run/jit/gate" in seen["clean", name]
        assert seen["clean", name] == seen["hostile", name]
    assert "/run/systemd/private" in seen["clean", "alice"] and "/run/systemd/private" not in seen["clean", "bob"]


def test_s12_a_session_has_no_descriptor_of_ours(host):
    """In the sessions of sudo and su nothing is open but what their caller had open."""
    listing = "ls -l /proc/self/fd"
    for command in (f"sudo -n {listing}", f"sudo -n -i {listing}", f"echo root-password | su -c '{listing}'"):
        shown = host.user("alice").run(command).out
        opened = re.findall(r" (\d+) -> (.*)", shown)
        assert {number for number, _ in opened} == {"0", "1", "2", "3"}, shown  # 3 is ls's own
        assert "cgroup" not in shown and "socket" not in shown, shown


def test_s07_a_misspelt_option(host):
    """A misspelt option on pam_jit's line refuses everybody but root, says so, and leaves one line in the log."""
    path = "/etc/pam.d/sudo"
    host.write(path, host.path(path).read_text().replace("account requisite pam_jit.so", "account requisite pam_jit.so fail_opne"))
    for name in ("alice", "bob"):
        refused = host.user(name).run("sudo -n id")
        assert refused.code == 1 and not is_root(refused)
        assert "unknown option 'fail_opne' on pam_jit's line in /etc/pam.d/sudo [CONFIG]" in refused.err
    lines = [entry for entry in host.settled().journal("SYSLOG_IDENTIFIER=pam_jit") if "fail_opne" in entry["MESSAGE"]]
    assert len(lines) == 2
