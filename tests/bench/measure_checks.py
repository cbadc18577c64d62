# SPDX-License-Identifier: Apache-2.0
"""What a check costs: beside the same over the system bus, beside plain sudo and pkexec, and many at once."""

from __future__ import annotations

from bench_host import UNGATED, BenchHost, median
from figures import Table

PACE = 200  # ms


def elevation(host: BenchHost, table: Table, rounds: int) -> None:
    """The gate alone and the whole of sudo, against the bus, plain sudo and pkexec."""
    host.root("systemctl start bus-gate")
    host.gate("pairs 20")
    pair = host.gate(f"pairs {rounds}")
    host.root("systemctl stop bus-gate")
    commands = ("gated=sudo -n /usr/bin/true", f"plain=sudo -n {UNGATED}", "pkexec=pkexec /usr/bin/true",
                "true=/usr/bin/true")
    host.as_alice(3, 0, *commands)
    took = host.as_alice(rounds // 2, 0, *commands)
    slow = host.as_alice(rounds // 4, PACE, *commands[:2])
    gate, bus = median(pair["gate"]), median(pair["bus"])
    pkexec = median(took["pkexec"]) - median(took["true"])

    table.times("account + session gate, audited", pair["gate"], against="same over the system bus", control=bus,
                most=1.0, most_ratio=0.75)
    table.add("the same, of what pkexec adds", gate, against="pkexec less true", control=pkexec, most_ratio=0.125)
    table.times("sudo -n true: gate, scope, end switch", took["gated"], against="plain sudo",
                control=median(took["plain"]), most_ratio=2.5)
    table.times("the same, beside pkexec", took["gated"], against="pkexec true", control=median(took["pkexec"]),
                most_ratio=1.0)
    # The kernel moves a process into another cgroup in 0.6 ms or in 10 to 30, the latter after a quiet while.
    table.times(f"the same, {PACE} ms after the last", slow["gated"], against="plain sudo", control=median(slow["plain"]))


def per_second(host: BenchHost, table: Table, seconds: float) -> None:
    """Eight clients at once, a fresh connection for every check."""
    host.root("systemd-run --quiet --uid=alice --unit=bench-subject sleep infinity")
    subject = host.root("systemctl show --property=MainPID --value bench-subject").out.strip()
    done: dict[str, list[float]] = {"gate": [], "polkit": []}
    for _ in range(3):
        for way, rates in done.items():
            rates.append(host.gate(f"rate {seconds / 3} 8 {way} {subject}")[way][0] * 1000)
    table.add("fresh checks, 8 clients", median(done["gate"]), "/s", against="polkit CheckAuthorization",
              control=median(done["polkit"]), least_ratio=3)
