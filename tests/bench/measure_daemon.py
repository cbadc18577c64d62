# SPDX-License-Identifier: Apache-2.0
"""jitd at rest, and what can be counted without running it."""

from __future__ import annotations

import re
import time

from lib import image

from bench_host import BenchHost
from figures import Table


def idle(host: BenchHost, table: Table, seconds: int) -> None:
    host.settled()
    before = host.status("voluntary_ctxt_switches")
    started = time.monotonic()
    time.sleep(seconds)
    woken = host.status("voluntary_ctxt_switches") - before
    table.add("jitd's memory when idle", host.status("VmRSS") / 1024, "MiB", most=8)
    table.add(f"its wake-ups in {time.monotonic() - started:.0f} s", woken, "", most=1 if seconds >= 60 else 0)


def count(host: BenchHost, table: Table) -> None:
    said = host.root("systemd-analyze security --no-pager jitd.service").out
    exposure = re.search(r"Overall exposure level for jitd.service: ([0-9.]+)", said)
    table.add("systemd-analyze security jitd", float(exposure[1]), "", most=0.6)
    lines = sum(len(file.read_text().splitlines())
                for file in (image.SOURCE / "pam_jit").iterdir() if file.suffix in (".cpp", ".hpp"))
    table.add("lines of pam_jit", lines, "", most=1500)
