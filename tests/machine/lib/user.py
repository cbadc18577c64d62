# SPDX-License-Identifier: Apache-2.0
"""A person who has logged in to a machine by ssh: with a loginuid and a session, which nsenter would not give."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pexpect

if TYPE_CHECKING:
    from .machine import Machine, Result

_SSH = ["ssh", "-F", "none", "-i", "/root/.ssh/id_ed25519", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR",
        "-o", "UserKnownHostsFile=/root/.ssh/known_hosts", "-o", "HostKeyAlgorithms=ssh-ed25519"]


class User:
    def __init__(self, machine: Machine, name: str):
        self.machine = machine
        self.name = name
        self.password = f"{name}-password"

    def command(self, *options: str) -> list[str]:
        """The command line, outside the machine, that logs this person in."""
        return self.machine.entry(*_SSH, *options, f"{self.name}@127.0.0.1")

    def run(self, command: str, *, input: str | None = None, timeout: float = 30) -> Result:
        """Logs in, runs one shell command without a terminal, logs out."""
        return self.machine.enter(*_SSH, f"{self.name}@127.0.0.1", "--", command, input=input, timeout=timeout)

    def sudo(self, arguments: str, **options) -> Result:
        """sudo with the password on stdin, and no prompt."""
        return self.run(f"sudo -S -p '' {arguments}", input=self.password + "\n", **options)

    def tty(self, command: str = "") -> Terminal:
        """Logs in on a terminal; without a command, to the login shell, and waits for its prompt."""
        line = self.command("-tt") + (["--", command] if command else [])
        terminal = Terminal(line[0], line[1:], encoding="utf-8", codec_errors="replace", timeout=15, dimensions=(40, 160))
        self.machine.terminals.append(terminal)
        terminal.prompt = f"{self.name}@{self.machine.hostname}:"
        if not command:
            terminal.shell()
        return terminal


class Terminal(pexpect.spawn):
    """What a person sees and types."""

    prompt: str

    def shell(self, timeout: float = 15) -> str:
        """Waits until the person's own shell asks for the next command; returns what was shown before."""
        self.expect(re.escape(self.prompt) + r"[^\r\n]*\$ ", timeout=timeout)
        return self.before

    def root_shell(self, timeout: float = 15) -> str:
        """Waits for the prompt of a root shell."""
        self.expect(r"root@[a-z0-9-]+:[^\r\n]*# ", timeout=timeout)
        return self.before

    def type(self, line: str) -> str:
        """One command in the person's own shell; returns what it showed."""
        self.sendline(line)
        return self.shell()
