# SPDX-License-Identifier: Apache-2.0
"""How fast access ends: a revoke, the end of a grant, and the end of jitd itself."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

from lib.grants import Grant

from bench_host import PROGRAMS, BenchHost
from figures import Table, samples

SHELLS = {  # what alice leaves running as root; SECONDS is a mark to find the processes by
    "cooperative shell": "sudo -n sh -c 'sleep {0} & sleep {0}'",
    "shell ignoring TERM and HUP": "sudo -n sh -c \"trap '' TERM HUP; sleep {0} & while :; do sleep {0}; done\"",
}
LIMITS = {"cooperative shell": 2000, "shell ignoring TERM and HUP": 5000}


def revoke(host: BenchHost, table: Table, rounds: int) -> None:
    """From the command to its end, and what the next check says."""
    host.accepted()  # an empty file: only the grant to be revoked lets alice in
    took, after = [], []
    for _ in range(rounds):
        grant = host.grant("alice")
        out = host.root(f"{PROGRAMS}/gate_bench alice {host.uid('alice')} ask; "
                        f"{PROGRAMS}/exec_bench 1 0 'revoke=jitctl revoke {grant} --reason bench'; "
                        f"{PROGRAMS}/gate_bench alice {host.uid('alice')} ask").out.splitlines()
        if out[0] != "allowed":
            raise AssertionError(f"before the revoke: {out}")
        took += samples(out[-2])["revoke"]
        after.append(out[-1])
    table.times("jitctl revoke, whole command", took)
    table.add(f"allowed right after it, of {rounds}", sum(answer != "denied" for answer in after), "", most=0)
    host.accepted(Grant("alice", lasts=4 * 3600))


def marked(mark: int) -> list[Path]:
    """The processes with this mark, seen from outside the machine."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"sleep\0{mark}\0".encode() in (process / "cmdline").read_bytes() + b"\0":
                found.append(process)
        except OSError:
            pass
    return found


def ends(host: BenchHost, table: Table, rounds: int) -> None:
    """From the end of the grant to the end of the last process under it."""
    for name, command in SHELLS.items():
        late = []
        for _ in range(rounds):
            mark = 10**8 + secrets.randbelow(10**8)
            grant = Grant("alice", lasts=4)
            host.accepted(grant)
            terminal = host.user("alice").tty()
            terminal.sendline(command.format(mark))
            host.wait_for("what she started", lambda: len(marked(mark)) >= 2, 3.5)
            while marked(mark):
                time.sleep(0.005)
            late.append((time.time() - grant.not_after) * 1000)
            terminal.close()
        table.times(f"end of grant to last process gone, {name}", late, most=LIMITS[name])
    host.accepted(Grant("alice", lasts=4 * 3600))


def restart(host: BenchHost, table: Table, rounds: int) -> None:
    took = []
    for _ in range(rounds):
        took += host.gate(f"restart {host.jitd()}")["restart"]
        host.settled()
    table.times("kill -9 to the first answered check", took, most=200)
