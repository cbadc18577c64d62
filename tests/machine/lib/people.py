# SPDX-License-Identifier: Apache-2.0
"""Accounts beyond those the machine comes with, made by useradd or as no tool would make them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .machine import Machine


def add_accounts(machine: Machine, *names: str, options: str = "") -> None:
    """Like alice: a password, a key to log in with, a shell."""
    machine.root(f"""set -e
        for name in {' '.join(names)}; do
            useradd --badname {options} --create-home --shell /bin/bash -- "$name" 2>/dev/null
            install -d -m 0700 -o "+$(id -u -- "$name")" "/home/$name/.ssh"
            install -m 0600 -o "+$(id -u -- "$name")" /root/.ssh/id_ed25519.pub "/home/$name/.ssh/authorized_keys"
            : >"/home/$name/.hushlogin"
            echo "$name:$name-password"
        done >/root/passwords
        chpasswd </root/passwords""")


def add_entry(machine: Machine, name: str, uid: int, home: str = "/tmp") -> None:
    """A line of /etc/passwd as a directory service or a mishap may bring it."""
    machine.append("/etc/passwd", f"{name}:*:{uid}:100::{home}:/bin/bash\n")


def renumber(machine: Machine, name: str, uid: int) -> None:
    """As usermod --uid, which refuses while the account runs something."""
    _edit(machine, name, lambda fields: [fields[0], fields[1], str(uid), *fields[3:]])


def rename(machine: Machine, name: str, to: str) -> None:
    _edit(machine, name, lambda fields: [to, "*", *fields[2:]])


def remove(machine: Machine, name: str) -> None:
    _edit(machine, name, lambda fields: [])


def _edit(machine: Machine, name: str, change) -> None:
    lines = []
    for line in machine.path("/etc/passwd").read_text().splitlines():
        fields = line.split(":")
        fields = change(fields) if fields[0] == name else fields
        lines += [":".join(fields) + "\n"] if fields else []
    machine.write("/etc/passwd", "".join(lines))
