# SPDX-License-Identifier: Apache-2.0
"""How long sudo takes to say no when something it needs is stuck, and that it works when the rest is."""

from __future__ import annotations

from bench_host import BenchHost
from figures import Table

SHAPES = {  # what is stopped, and whether alice's grant still counts
    "jitd stopped by SIGSTOP": ("jitd", False),
    "journald stopped by SIGSTOP": ("systemd-journald", False),
    "the system bus stopped by SIGSTOP": ("dbus", True),
}


def stuck(host: BenchHost, table: Table, rounds: int) -> None:
    plain = host.as_alice(rounds, 0, "plain=sudo -n true")["plain"]
    for name, (unit, works) in SHAPES.items():
        process = int(host.root(f"systemctl show --property=MainPID --value {unit}").out)
        terminal = host.user("alice").tty()  # a login of its own would wait for the stuck part, too
        try:
            host.enter("kill", "-STOP", str(process))
            took, wrong = [], 0
            for _ in range(rounds):
                answer = terminal.type("s=${EPOCHREALTIME/./}; sudo -n true 2>&1 | tail -n 1; "
                                       "echo ${PIPESTATUS[0]} $((${EPOCHREALTIME/./} - s))")
                code, usec = answer.split()[-2:]
                took.append(int(usec) / 1000)
                wrong += (code == "0") != works
        finally:
            host.enter("kill", "-CONT", str(process))
            terminal.close()
        table.times(f"{name}: sudo -n true {'works' if works else 'is denied'}", took, most=3000 + max(plain))
        table.add(f"{name}: other answers, of {rounds}", wrong, "", most=0)
    host.settled()
