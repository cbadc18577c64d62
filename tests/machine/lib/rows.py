# SPDX-License-Identifier: Apache-2.0
"""Many commands in one login of a person, each with its own result."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from .machine import Result

if TYPE_CHECKING:
    from .machine import Machine

# A command that ends the shell ends a subshell only; what it leaves behind is waited for, as its output is a pipe.
_RUN = """\
row() {
    err=$(mktemp)
    out=$( ( eval "$1" ) 2>"$err" </dev/null | base64 -w0; exit ${PIPESTATUS[0]})
    echo "row $? out=$out err=$(base64 -w0 "$err")"
    rm -f "$err"
}
"""


def run_rows(machine: Machine, account: str, commands: list[str], timeout: float = 60) -> list[Result]:
    """Logs in by ssh once, and runs each command in a shell of its own, without a terminal and with no input."""
    script = _RUN + "".join(f"row {_quoted(command)}\n" for command in commands)
    path = f"/var/tmp/rows-{account}"
    machine.write(path, script)
    done = machine.user(account).run(f"bash {path}", timeout=timeout)
    results = [_result(line) for line in done.out.splitlines() if line.startswith("row ")]
    if len(results) != len(commands):
        raise AssertionError(f"{account}: {len(results)} of {len(commands)} rows came back: {done.text}")
    return results


def _quoted(command: str) -> str:
    return "'" + command.replace("'", "'\\''") + "'"


def _result(line: str) -> Result:
    _, code, out, err = line.split(" ")
    return Result(int(code), *(base64.b64decode(text.split("=", 1)[1]).decode(errors="replace") for text in (out, err)))
