# SPDX-License-Identifier: Apache-2.0
"""A cgroup for each machine: two booted from one would share their payload's, and kill each other's processes."""

from __future__ import annotations

import os
import time
from pathlib import Path


def _roots() -> list[Path]:
    """Where process tracking is mounted: v2, and on a hybrid host systemd's v1 hierarchy as well."""
    roots = []
    for line in Path("/proc/mounts").read_text().splitlines():
        _, where, kind, options, *_ = line.split()
        if kind == "cgroup2" or (kind == "cgroup" and "name=systemd" in options.split(",")):
            roots.append(Path(where))
    return roots


def create(name: str) -> list[Path]:
    """Empty where the host runs systemd: there nspawn gets a scope from it."""
    if Path("/run/systemd/system").exists():
        return []
    groups = [root / name for root in _roots()]
    for group in groups:
        group.mkdir(exist_ok=True)
    return groups


def enter(groups: list[Path]) -> None:
    for group in groups:
        (group / "cgroup.procs").write_text(str(os.getpid()))


def remove(name: str) -> None:
    for root in _roots():
        for _ in range(100):
            if _remove_tree(root / name):
                break
            time.sleep(0.02)


def _remove_tree(group: Path) -> bool:
    if not group.exists():
        return True
    for folder, _, _ in os.walk(group, topdown=False):
        try:
            os.rmdir(folder)
        except OSError:
            return False
    return True
