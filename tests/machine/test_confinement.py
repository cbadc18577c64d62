# SPDX-License-Identifier: Apache-2.0
"""What jitd can't do, even taken over: tried from inside its own unit, by a probe in its place."""

import re

import pytest

from lib.compiled import compiled

PROBE = "/usr/local/lib/jit-probe"
# A container has no such device or power to begin with: here the control can't do them either.
NOT_IN_A_CONTAINER = {"write-sysctl", "open-mem", "open-kmsg", "set-clock", "set-time-of-day", "adjust-clock",
                      "load-module", "keyring"}
# A kernel may have been built or set up without: the control may fail at them.
NOT_ON_EVERY_KERNEL = {"io-uring", "socket-inet6", "socket-packet", "realtime", "ptrace", "read-memory", "user-namespace"}
# What only the filter refuses that jitd puts on itself; the unit can't, since starting it needs most of them.
BY_JITD_ITSELF = {"execve", "fork", "vfork", "io-uring", "socket-pair"}
NEEDED = {"may-look-up", "may-thread", "may-state", "may-socket", "may-bus", "may-signal-itself"}
VICTIM = "[Service]\nUser=alice\nExecStart=/bin/sleep infinity\n"


def acts(text: str) -> dict[str, str]:
    return dict(line.split(" ", 1) for line in text.splitlines())


def victim(host) -> str:
    """Something of somebody else's to meddle with: unit and process."""
    host.root("systemctl restart victim.service")
    return "victim.service " + host.root("systemctl show --value -p MainPID victim.service").out.strip()


def inside(host, mode: str) -> dict[str, str]:
    """What the probe could do in jitd.service: the unit as installed, but for what it runs and when."""
    text = host.root("systemctl cat jitd.service").out
    text = re.sub(r"(?m)^(Requires|After|Before|Sockets|Restart|RestartSec|WatchdogSec|Type|Exec\w+|FileDescriptor\w+|"
                  r"WantedBy)=.*\n", "", text)
    run = f"Type=oneshot\nExecStart={PROBE} {mode} {victim(host)}\nStandardOutput=truncate:/var/log/probe\n"
    host.write("/etc/systemd/system/jitd-probe.service", text.replace("[Service]\n", "[Service]\n" + run))
    host.root("systemctl daemon-reload; systemctl start jitd-probe.service")
    return acts(host.path("/var/log/probe").read_text())


@pytest.fixture
def probed(host):
    """A host with the probe, which has the very filter of jitd, and a unit of alice's as its victim."""
    host.write(PROBE, compiled("tests/machine/confinement_probe.cpp", "jitd/confinement.cpp", "-lseccomp", "-lsystemd"),
               0o755)
    host.write("/etc/systemd/system/victim.service", VICTIM)
    return host


def done(tried: dict[str, str]) -> set[str]:
    return {act for act, result in tried.items() if result == "done"}


def test_s37_s40_s79_every_forbidden_act_fails_from_inside(probed):
    """In jitd's unit and behind its filter every forbidden act fails and every needed one works; for root outside,
    the same acts succeed, but for what this kernel or a container doesn't have."""
    confined = inside(probed, "confined")
    assert done(confined) == NEEDED
    assert confined.keys() >= BY_JITD_ITSELF | NOT_IN_A_CONTAINER and len(confined) > 50
    assert probed.root("systemctl is-active victim.service ssh.service").out == "active\nactive\n"
    assert done(inside(probed, "bare")) | {"io-uring"} == NEEDED | BY_JITD_ITSELF
    control = acts(probed.root(f"{PROBE} bare {victim(probed)}").out)
    assert control.keys() == confined.keys()
    assert control.keys() - done(control) - {"filters"} <= NOT_IN_A_CONTAINER | NOT_ON_EVERY_KERNEL


def test_s79_jitd_itself_is_confined(probed):
    """Each thread of the running jitd has the unit's filters and one more, no capability, and no way to get one."""
    filters = inside(probed, "bare")["filters"]
    threads = probed.root("cat /proc/$(pgrep -x jitd)/task/*/status").out
    assert threads.count("Name:\tjitd") == 2
    jitd = probed.uid("jitd")
    more = {probed.root(f"getent group {name}").out.split(":")[2] for name in ("tty", "systemd-journal")}
    for field, value in {"Seccomp_filters": str(int(filters) + 1), "NoNewPrivs": "1", "CapPrm": "0" * 16, "CapEff": "0" * 16,
                         "CapBnd": "0" * 16, "CapAmb": "0" * 16, "Uid": "\t".join([str(jitd)] * 4)}.items():
        assert re.findall(rf"(?m)^{field}:\t(.*)$", threads) == [value] * 2, field
    groups = {word for line in re.findall(r"(?m)^Groups:\t(.*)$", threads) for word in line.split()}
    assert more <= groups and len(groups) <= 3


def test_s78_jitd_leaves_no_core(host):
    """jitd can't be dumped, whatever kernel.core_pattern says, and comes back after a crash."""
    pid = host.root("pgrep -x jitd").out.strip()
    assert re.search(r"Max core file size +0 +0 ", host.root(f"cat /proc/{pid}/limits").out)
    # The files of a process that may be dumped belong to its user; of one that may not, to root (proc(5)).
    assert host.root(f"stat -c %U /proc/{pid}/maps").out == "root\n"
    host.root(f"kill -SEGV {pid}")
    host.wait_for("the next jitd", lambda: host.root("pgrep -x jitd", check=False).out.strip() not in ("", pid))
    ended = "jitd.service: Main process exited, code=killed, status=11/SEGV"
    host.wait_for("PID 1's word", lambda: ended in host.root("journalctl -u jitd --no-pager").out)


def test_s36_nobody_signals_jitd(host):
    """No user stops or ends jitd, not while it serves his calls either: each try is refused, and jitd is the same."""
    host.grant("alice")
    host.nopasswd("alice")
    pid = host.root("pgrep -x jitd").out.strip()
    script = f"""
        (until [ -e over ]; do
            for signal in STOP TERM KILL HUP; do kill -$signal {pid} && echo reached by $signal; done
        done) 2>refused &
        for round in 1 2 3; do
            sudo -n true; for verb in status list explain "list requests"; do jitctl $verb; done
        done >/dev/null 2>&1
        touch over; wait; grep -c 'Operation not permitted' refused; grep -vc 'Operation not permitted' refused"""
    for name in ("alice", "carol"):
        reached = host.user(name).run(script).out.split("\n")
        assert int(reached[0]) >= 20 and reached[1:] == ["0", ""], reached
    assert host.root("pgrep -x jitd").out.strip() == pid
