# SPDX-License-Identifier: Apache-2.0
"""Sessions that are open before something gets stuck: a login would wait for it, and its time is not the product's."""

from __future__ import annotations

import itertools
import re
import select
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .user import User

_PRODUCT = re.compile(r"^jit(ctl)?: ")


@dataclass(frozen=True)
class Try:
    """One run of a command: its lines with the second each came after, both streams, and how it ended."""

    lines: tuple[tuple[float, str], ...]
    code: int
    seconds: float

    @property
    def text(self) -> str:
        return "\n".join(line for _, line in self.lines)

    @property
    def answered(self) -> float:
        """When the product said its word; without one, when the command ended."""
        return next((at for at, line in self.lines if _PRODUCT.search(line)), self.seconds)


class Shell:
    """A person's login with a shell that takes commands; `run` starts any number of one at once."""

    def __init__(self, user: User):
        self._numbers = itertools.count(1)
        self._bash = subprocess.Popen([*user.command(), "--", "exec bash -s"], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        user.machine.terminals.append(self)
        self._buffer = b""
        self.run("true")

    def start(self, command: str, count: int = 1) -> None:
        """Begins `count` runs side by side; `finish` has what came of them."""
        mark = f"over-{next(self._numbers)}"
        self._awaited = (mark, count)
        self._bash.stdin.write(f"""
            timed() {{
                local begin=${{EPOCHREALTIME/./}} line
                {{ {command}
                   echo "code $?"; }} </dev/null 2>&1 | while IFS= read -r line; do
                    echo "$1 $(( ${{EPOCHREALTIME/./}} - begin )) $line"
                done
            }}
            for i in $(seq {count}); do timed $i & done; wait; echo {mark}
            """.encode())
        self._bash.stdin.flush()

    def said(self) -> str:
        """What has come of a start() so far; does not wait."""
        while select.select([self._bash.stdout], [], [], 0)[0]:
            read = self._bash.stdout.read1(65536)
            if not read:
                break
            self._buffer += read
        return self._buffer.decode(errors="replace")

    def finish(self, timeout: float = 60) -> list[Try]:
        mark, count = self._awaited
        end = time.monotonic() + timeout
        while not re.search(rf"(?m)^{mark}$".encode(), self._buffer):
            ready = select.select([self._bash.stdout], [], [], max(0.0, end - time.monotonic()))[0]
            read = self._bash.stdout.read1(65536) if ready else b""
            if not read:
                raise AssertionError(f"not over within {timeout} s: {self._buffer.decode(errors='replace')}")
            self._buffer += read
        text, self._buffer = self._buffer.decode(errors="replace").split(mark + "\n", 1)[0], b""
        runs: dict[int, list[tuple[float, str]]] = {}
        for line in text.splitlines():
            number, usec, said = line.split(" ", 2)
            runs.setdefault(int(number), []).append((int(usec) / 1e6, said))
        assert len(runs) == count, text
        return [Try(tuple(lines[:-1]), int(lines[-1][1].split()[1]), lines[-1][0]) for lines in runs.values()]

    def run(self, command: str, count: int = 1) -> list[Try]:
        self.start(command, count)
        return self.finish()

    def __del__(self) -> None:
        self._bash.kill()
        self._bash.wait()
