# SPDX-License-Identifier: Apache-2.0
"""Who listens to jitd's signals: `jitctl watch` of a person, with its lines."""

from __future__ import annotations

import json
import subprocess
import threading

from . import bus


def listeners(host) -> int:
    """How many connections the bus sends jitd's signals to; 0 while there is no bus."""
    asked = host.enter("busctl", "--json=short", "call", bus.DAEMON, "/org/freedesktop/DBus", f"{bus.DAEMON}.Debug.Stats",
                       "GetAllMatchRules")
    held = json.loads(asked.out)["data"][0] if asked.code == 0 else {}
    return sum(any(bus.MANAGER in rule for rule in rules) for rules in held.values())


class Watch:
    """Listens when it is made; `lines` are what it has printed, as objects."""

    def __init__(self, host, who: str, options: str = ""):
        self._host, self.who = host, who
        command = f"jitctl watch {options}"
        line = host.entry("sh", "-c", f"exec {command}") if who == "root" else [*host.user(who).command(), "--", command]
        before = listeners(host)
        self._process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                         text=True)
        host.terminals.append(self)
        self.lines: list[dict] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        host.wait_for(f"the watch of {who}", lambda: listeners(host) > before)

    def _read(self) -> None:
        for line in self._process.stdout:
            self.lines.append(json.loads(line))

    def wait(self, event: str, state: str, id: str | None = None) -> dict:
        """The first line about this, as soon as there is one."""
        def found():
            return [line for line in self.lines if (line["event"], line["state"]) == (event, state) and id in (None, line["id"])]
        return self._host.wait_for(f"{self.who}: {event} {state}", found)[0]

    def ended(self, timeout: float = 10) -> tuple[int, str]:
        """Its exit code and its last words, when it has ended by itself; `lines` are complete then."""
        code = self._process.wait(timeout)
        self._reader.join(timeout)
        return code, self._process.stderr.read()

    def __del__(self) -> None:
        self._process.kill()
        self._process.wait()
