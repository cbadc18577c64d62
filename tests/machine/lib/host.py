# SPDX-License-Identifier: Apache-2.0
"""A machine with the product on it, as its admin, its approver and its people use it."""

from __future__ import annotations

import json
import time
from pathlib import Path

from . import grants
from .grants import Grant, Signer
from .machine import Machine, Result

HOST = 'name = "db-01"\n\n[labels]\nenvironment = "production"\n'


class Host(Machine):
    """The packages are installed; `ready` makes it a host that knows its name and trusts olivia."""

    def __init__(self, tree: Path):
        super().__init__(tree, hostname="db-01")
        self.olivia = Signer("olivia")

    def ready(self, *services: str) -> Host:
        """Names the host, trusts olivia and gates the services."""
        self.write("/etc/jit/host.toml", HOST)
        self.write("/etc/jit/trust.toml", grants.trust_file(self.olivia))
        self.jitctl("reload")
        for service in services:
            self.jitctl(f"pam enable {service}")
        return self

    # -- as root, without a person behind it

    def jitctl(self, arguments: str, **options) -> Result:
        return self.root(f"jitctl {arguments}", **options)

    def json(self, arguments: str) -> dict:
        return json.loads(self.jitctl(f"{arguments} --json=short").out)

    def log(self) -> list[dict]:
        """The audit trail as `jitctl log` tells it."""
        return [json.loads(line) for line in self.settled().jitctl("log --json=short").out.splitlines()]

    def grant(self, user: str, lasts: str = "30m", reason: str = "INC-1234 replace disk") -> str:
        """A grant made on this host; returns its id."""
        return self.json(f"grant {user} --for {lasts} --reason '{reason}'")["id"]

    def nopasswd(self, *names: str) -> None:
        self.write("/etc/sudoers.d/nopasswd", "".join(f"{name} ALL=(ALL:ALL) NOPASSWD: ALL\n" for name in names), 0o440)

    # -- the signed file

    def put(self, text: str | bytes, *signatures: str) -> None:
        """Delivers a file as it is: the signature first, so that the pair is complete when the file changes."""
        pair = {"/etc/jit/grants.toml.sig": "".join(signatures), "/etc/jit/grants.toml": text}
        for path, new in [(path, self.prepared(path, content)) for path, content in pair.items()]:
            new.rename(self.path(path))

    def deliver(self, *held: Grant, signers: tuple[Signer, ...] = (), **header) -> str:
        """Writes, signs and delivers a grant file; returns its text. Gives no command to the host."""
        text = grants.grant_file(*held, **header)
        self.put(text, *(signer.sign(text) for signer in signers or (self.olivia,)))
        return text

    def accepted(self, *held: Grant, **options) -> str:
        """Delivers, and returns when the host has taken it."""
        before = len(self.events("file.accepted"))
        text = self.deliver(*held, **options)
        self.wait_for("file.accepted", lambda: len(self.events("file.accepted")) > before)
        return text

    def ends_in(self, seconds: float, *held: Grant, beside: tuple[Grant, ...] = ()) -> float:
        """Delivers the same grants with a near end, now that all is ready, however long that took, and others as they are;
        returns when the end is."""
        end = time.time() + seconds
        for grant in held:
            grant.lasts = end - grant.made
        self.accepted(*held, *beside)
        return end

    def refused(self, code: str, before: int) -> dict:
        """The record of a refusal with this code, one more than there were."""
        self.wait_for(f"file.refused {code}", lambda: len(self.events("file.refused", code=code)) > before)
        return self.events("file.refused", code=code)[-1]
