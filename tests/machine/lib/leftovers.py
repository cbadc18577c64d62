# SPDX-License-Identifier: Apache-2.0
"""What people leave running as root, in ways that are said to outlive a session, and whether it is gone."""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from typing import TYPE_CHECKING

from . import procfs

if TYPE_CHECKING:
    from .machine import Machine

_marks = itertools.count(70001)

# leave MARK KIND...: starts all of it, says "left MARK", and stays. The mark is in the arguments of each process.
_LEAVE = r"""#!/bin/bash
mark=$1
for kind in "${@:2}"; do
    case $kind in
        nohup) nohup sleep $mark >/dev/null 2>&1 & ;;
        setsid) setsid sleep $mark & ;;
        daemon) (setsid sh -c "sleep $mark & sleep $mark &" &) ;;
        stopped) sleep $mark & kill -STOP $! ;;
        nested) bash -c "bash -c 'bash -c \"sleep $mark; :\"; :'; :" & ;;
        tmux) tmux -L $mark new-session -d "sleep $mark" ;;
        deaf) sh -c "trap '' TERM HUP; while :; do sleep $mark; done" & ;;
        tree) for i in $(seq 20); do sh -c 'for i in $(seq 24); do sleep $0 & done; wait' $mark & done ;;
        forks) for i in $(seq 20); do /usr/local/bin/hop $mark & done ;;
        deaf-forks) (trap '' TERM HUP; for i in $(seq 20); do /usr/local/bin/hop $mark & done) ;;
    esac
done
echo left $mark
sleep $mark
"""

# Ends at once and goes on in a child: whoever lists pids and then signals them comes too late.
_HOP = """#!/bin/sh
sleep 0.5
/usr/local/bin/hop $1 &
"""


def bring(machine: Machine) -> None:
    """Puts the command `leave` into the machine."""
    machine.write("/usr/local/bin/leave", _LEAVE, 0o755)
    machine.write("/usr/local/bin/hop", _HOP, 0o755)


def mark() -> int:
    return next(_marks)


def left(machine: Machine, mark: int) -> list[str]:
    """Command lines with this mark, as /proc of the machine has them."""
    return _left(machine, [mark])[mark]


def _left(machine: Machine, marks: list[int]) -> dict[int, list[str]]:
    """The same for several marks, in one look at all processes."""
    found: dict[int, list[str]] = {mark: [] for mark in marks}
    for process in Path(f"/proc/{machine.pid}/root/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
        except OSError:
            continue
        for mark in marks:
            if str(mark) in words:
                found[mark].append(words)
    return found


def gone(machine: Machine, marks: list[int], since: float, within: float) -> dict[int, float]:
    """When the last process of each mark was gone, in seconds after the wall-clock time `since`; waits for it."""
    late: dict[int, float] = {}
    while rest := [m for m in marks if m not in late]:
        # Twice: what forks may slip through one look.
        seen = _left(machine, rest)
        if nowhere := [one for one in rest if not seen[one]]:
            again = _left(machine, nowhere)
            late |= {one: time.time() - since for one in nowhere if not again[one]}
        assert time.time() < since + within, f"still there: { {m: left(machine, m)[:5] for m in rest} }"
        time.sleep(0.01)
    return {one: late[one] for one in marks}


def in_scopes(machine: Machine) -> int:
    """How many processes are in scopes of sessions."""
    return len(procfs.in_cgroup(Path(f"/proc/{machine.pid}/root/sys/fs/cgroup/jit.slice")))
