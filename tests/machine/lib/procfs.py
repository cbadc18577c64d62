# SPDX-License-Identifier: Apache-2.0
"""Looks at what may end while it is looked at: what is gone is empty, and no error."""

from __future__ import annotations

import os
from pathlib import Path


def words(path: Path | str) -> list[str]:
    try:
        return Path(path).read_text().split()
    except OSError:
        return []


def children(pid: int) -> list[int]:
    """All processes below this one."""
    below = [int(child) for task in _names(f"/proc/{pid}/task") for child in words(f"/proc/{pid}/task/{task}/children")]
    return below + [grandchild for child in below for grandchild in children(child)]


def pid_inside(pid: int | str) -> str:
    """The pid of a process in its innermost pid namespace; empty if it is in no other than this one."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return ""
    pids = next((line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:")), [])
    return pids[-1] if len(pids) > 1 else ""


def in_cgroup(group: Path) -> list[str]:
    """The pids in a cgroup and all below it."""
    # os.walk passes over folders that vanish; Path.glob raises.
    return [pid for folder, _, _ in os.walk(group) for pid in words(f"{folder}/cgroup.procs")]


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
