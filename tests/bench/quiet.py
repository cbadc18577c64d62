# SPDX-License-Identifier: Apache-2.0
"""Keeps other work on this computer out of the figures: a large share of the processor for what is measured."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path

CPU = Path("/sys/fs/cgroup/cpu")  # where there is no v1 controller, the figures want a quiet computer
SHARES = 64 * 1024  # others have 1024


@contextmanager
def share():
    """For this process and all it starts, alike for the case and its control."""
    if not (CPU / "cpu.shares").exists():
        yield
        return
    group = CPU / f"jit-bench-{os.getpid()}"
    group.mkdir()
    (group / "cpu.shares").write_text(str(SHARES))
    (group / "cgroup.procs").write_text(str(os.getpid()))
    try:
        yield
    finally:
        (CPU / "cgroup.procs").write_text(str(os.getpid()))
        try:
            group.rmdir()
        except OSError:
            pass  # somebody in it is still on his way out
