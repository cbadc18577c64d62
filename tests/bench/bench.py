#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""./dev bench: measures what must hold in figures, in one run on one machine, each beside its control.

--long takes more and longer measurements; --write puts the table into docs/FIGURES.md. Exit code 1 if a limit is missed."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "machine"))

from lib import image  # noqa: E402

import measure_checks  # noqa: E402
import measure_daemon  # noqa: E402
import measure_ends  # noqa: E402
import measure_load  # noqa: E402
import measure_stuck  # noqa: E402
import quiet  # noqa: E402
from bench_host import BenchHost  # noqa: E402
from figures import Table  # noqa: E402


def tasks(long: bool):
    """Name and measurement, in the order they run: what wants a fresh jitd first, what ends it last."""
    yield "idle", lambda host, table: measure_daemon.idle(host, table, 60 if long else 10)
    yield "elevation", lambda host, table: measure_checks.elevation(host, table, 1000 if long else 300)
    yield "rate", lambda host, table: measure_checks.per_second(host, table, 15 if long else 6)
    yield "revoke", lambda host, table: measure_ends.revoke(host, table, 100 if long else 20)
    yield "ends", lambda host, table: measure_ends.ends(host, table, 10 if long else 3)
    yield "load", lambda host, table: measure_load.load(host, table, 10_000, 5 if long else 3)
    yield "load", lambda host, table: measure_load.load(host, table, 100_000, 3 if long else 1)
    yield "restart", lambda host, table: measure_ends.restart(host, table, 20 if long else 10)
    yield "stuck", lambda host, table: measure_stuck.stuck(host, table, 20 if long else 5)
    yield "count", measure_daemon.count


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--build", type=Path, default=image.SOURCE / "build", help="where the bench programs are")
    parser.add_argument("--long", action="store_true", help="more and longer measurements")
    parser.add_argument("--write", action="store_true", help="put the table into docs/FIGURES.md")
    parser.add_argument("--only", help="a part: " + ", ".join(dict.fromkeys(name for name, _ in tasks(False))))
    return parser.parse_args()


def surroundings() -> dict:
    return {"date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "cores": os.cpu_count(),
            "load_average": os.getloadavg()[0], "machine": "Debian 12 in systemd-nspawn"}


def page(table: Table, about: dict) -> str:
    return f"""# Figures

What `./dev bench --write` measured on {about["date"]}: {about["cores"]} cores, {about["machine"]}, load average
{about["load_average"]:.1f} at the start. Every figure was taken in one run beside its control; times are medians, and ratios decide. A row
without a limit is there to be looked at.

What a whole `sudo` pays is not the gate but its scope: PID 1 moves the process into a new cgroup, and the kernel waits
for an RCU grace period. The cgroup2 mount option `favordynmods` (Linux 6.0, admin-guide/cgroup-v2) takes that wait
away; it makes fork and exec a little slower for the whole host, so it is the admin's to choose. On 2026-11-22, Linux
6.18, in turn: without it 14.2 ms beside 4.2 ms of plain sudo (3.4 x) and 11.5 ms of pkexec; with it 9.5 ms beside 4.1
ms (2.3 x) and 11.4 ms. Linux 6.18 keeps it until the next boot, so a table says which it was by these two rows alone.

{table.markdown()}
"""


def main() -> int:
    options = parse()
    about, table = surroundings(), Table()
    with quiet.share(), BenchHost(options.build.resolve()) as host:
        host.prepare()
        for name, measure in tasks(options.long):
            if options.only in (None, name):
                measure(host, table)
    print("\n" + table.text())
    table.write(image.SOURCE / "build/bench.json", about)
    if options.write:
        figures = image.SOURCE / "docs/FIGURES.md"
        _, heading, long_runs = figures.read_text().partition("\n## Long runs\n")
        figures.write_text(page(table, about) + heading + long_runs)
    for figure in table.missed():
        print(f"missed: {figure.what}: {figure.limit()}", file=sys.stderr)
    return 1 if table.missed() else 0


if __name__ == "__main__":
    sys.exit(main())
