# SPDX-License-Identifier: Apache-2.0
"""A fleet's signed file: how long until it is in force, what memory it takes, and whom it keeps waiting."""

from __future__ import annotations

import threading
import time

from lib import grants
from lib.grants import Grant

from bench_host import BenchHost, median
from figures import Table

QUIET = 200  # ms; jitd waits this long after a change, for a delivery is two files
EVERY = 100  # one grant in so many is for this host
LIMITS = {10_000: 150, 100_000: 1200}
IDLE = 32  # MiB over idle
LATE = 20  # ms, the longest a check may take meanwhile


def fleet(size: int) -> list[Grant]:
    people = ("alice", "bob", "carol", "olivia")
    return [Grant(people[i // EVERY % 4], lasts=4 * 3600, hosts=("db-*",) if i % EVERY == 0 else (f"web-{i % 977}",))
            for i in range(size)]


def signed(host: BenchHost, size: int) -> tuple[str, str]:
    text = grants.grant_file(*fleet(size))
    return text, host.olivia.sign(text)


def delivery(host: BenchHost, text: str, signature: str) -> float:
    """Milliseconds from the rename that delivers the text to the record that it is in force."""
    before = len(host.events("file.accepted"))
    start = time.time()
    host.put(text, signature)
    renamed = host.path("/etc/jit/grants.toml").stat().st_ctime
    while len(host.events("file.accepted")) == before:
        if time.time() > start + 60:
            raise AssertionError("the file was not accepted within 60 s")
        time.sleep(0.5)
    return int(host.events("file.accepted")[-1]["__REALTIME_TIMESTAMP"]) / 1000 - renamed * 1000


def watched(host: BenchHost, seconds: float, work) -> tuple[float, list[float]]:
    """Runs `work` while checks are made one after the other; returns what it returned, and their times."""
    checks: dict[str, list[float]] = {}
    watcher = threading.Thread(target=lambda: checks.update(host.gate(f"watch {seconds}")))
    watcher.start()
    time.sleep(0.5)
    took = work()
    watcher.join()
    return took, checks["check"]


def load(host: BenchHost, table: Table, size: int, rounds: int) -> None:
    took, peaks, checks = [], [], []
    seconds = 2 + size / 25_000
    _, calm = watched(host, seconds, lambda: 0.0)
    for _ in range(rounds):
        host.accepted(Grant("alice", lasts=4 * 3600))
        text, signature = signed(host, size)
        host.settled()
        idle = host.status("VmRSS")
        host.reset_peak()
        took.append(delivery(host, text, signature))
        peaks.append((host.status("VmHWM") - idle) / 1024)
        text, signature = signed(host, size)
        checks += watched(host, seconds, lambda: delivery(host, text, signature))[1]
    name = f"{size // 1000}k grants"
    table.times(f"{name}: delivery to in force", took)
    table.times(f"{name}: the same without the {QUIET} ms wait", [ms - QUIET for ms in took], most=LIMITS[size])
    table.add(f"{name}: peak memory over idle", max(peaks), "MiB", most=IDLE)
    table.add(f"{name}: longest check meanwhile", max(checks), against="without a load", control=max(calm), most=LATE)
    host.accepted(Grant("alice", lasts=4 * 3600))
