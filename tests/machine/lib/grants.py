# SPDX-License-Identifier: Apache-2.0
"""Signers, grant files and trust, made the way an admin makes them: a text editor and plain ssh-keygen."""

from __future__ import annotations

import base64
import hashlib
import itertools
import subprocess
import tempfile
import textwrap
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

NAMESPACE = "jit-grants@v1"
_ids = itertools.count(1)
_last_serial = 0


def stamp(when: float) -> str:
    """An RFC 3339 instant with milliseconds, as TOML takes it."""
    return datetime.fromtimestamp(when, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def next_serial() -> int:
    """Seconds since 1970, and greater than the one before."""
    global _last_serial
    _last_serial = max(int(time.time()), _last_serial + 1)
    return _last_serial


@dataclass
class Grant:
    """One [[grant]] table. Times are seconds from now."""

    user: str
    lasts: float = 1800
    starts: float = -1
    role: str = "root"
    hosts: tuple[str, ...] = ("*",)
    reason: str = "INC-1234 replace disk"
    id: str = field(default_factory=lambda: f"INC-{next(_ids)}")
    made: float = field(default_factory=time.time)

    @property
    def not_after(self) -> float:
        return self.made + self.lasts

    def toml(self) -> str:
        hosts = ", ".join(f'"{host}"' for host in self.hosts)
        return (f'\n[[grant]]\nid = "{self.id}"\nuser = "{self.user}"\nrole = "{self.role}"\nhosts = [{hosts}]\n'
                f"not_before = {stamp(self.made + self.starts)}\nnot_after = {stamp(self.not_after)}\n"
                f'reason = "{self.reason}"\n')


def grant_file(*grants: Grant, serial: int | None = None, issued: float | None = None, expires: float | None = None,
               org: str = "example") -> str:
    """The text of a grants.toml; `issued` and `expires` are seconds since 1970."""
    issued = time.time() if issued is None else issued
    expires = issued + 86400 if expires is None else expires
    head = (f'format = 1\ntype = "grants"\norg = "{org}"\nserial = {next_serial() if serial is None else serial}\n'
            f"issued = {stamp(issued)}\nexpires = {stamp(expires)}\n")
    return head + "".join(grant.toml() for grant in grants)


class Signer:
    """A person with a key on her own computer."""

    def __init__(self, name: str):
        self.name = name
        self._home = tempfile.TemporaryDirectory(prefix="jit-signer-")
        self.key = Path(self._home.name) / "id_ed25519"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", self.key], check=True)

    @property
    def public_key(self) -> str:
        return " ".join(self.key.with_suffix(".pub").read_text().split()[:2])

    def sign(self, text: str, namespace: str = NAMESPACE) -> str:
        """The armoured signature ssh-keygen makes."""
        file = Path(self._home.name) / "grants.toml"
        file.write_text(text)
        signature = file.with_name("grants.toml.sig")
        signature.unlink(missing_ok=True)
        subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", self.key, file], check=True,
                       stderr=subprocess.DEVNULL)
        return signature.read_text()


class Token:
    """A person's hardware key, as sk-ssh-ed25519 has it (OpenSSH's PROTOCOL.u2f), which says of itself what one likes."""

    TYPE = b"sk-ssh-ed25519@openssh.com"

    def __init__(self, name: str, application: str = "ssh:"):
        self.name = name
        self.application = application.encode()
        self._home = tempfile.TemporaryDirectory(prefix="jit-token-")
        self.key = Path(self._home.name) / "key.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.key], check=True)
        public = subprocess.run(["openssl", "pkey", "-in", self.key, "-pubout", "-outform", "DER"], check=True,
                                capture_output=True).stdout
        self._blob = _wire(self.TYPE) + _wire(public[-32:]) + _wire(self.application)

    @property
    def public_key(self) -> str:
        return f"{self.TYPE.decode()} {base64.b64encode(self._blob).decode()}"

    def sign(self, text: str, namespace: str = NAMESPACE, *, flags: int = 0x01, counter: int = 7) -> str:
        """An armoured signature; flags: 0x01 touched, 0x04 with PIN."""
        names = _wire(namespace.encode()) + _wire(b"") + _wire(b"sha512")
        message = b"SSHSIG" + names + _wire(hashlib.sha512(text.encode()).digest())
        said = bytes([flags]) + counter.to_bytes(4, "big")
        file = Path(self._home.name) / "message"
        file.write_bytes(hashlib.sha256(self.application).digest() + said + hashlib.sha256(message).digest())
        raw = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.key, "-in", file], check=True,
                             capture_output=True).stdout
        blob = b"SSHSIG" + (1).to_bytes(4, "big") + _wire(self._blob) + names + _wire(_wire(self.TYPE) + _wire(raw) + said)
        lines = textwrap.wrap(base64.b64encode(blob).decode(), 70)
        return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""])


def _wire(content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + content


def ssh_keygen_accepts(signer: Signer | Token, text: str, signature: str) -> bool:
    """Whether the signature is good for `ssh-keygen -Y verify`, too."""
    with tempfile.TemporaryDirectory(prefix="jit-verify-") as home:
        (Path(home) / "signers").write_text(f"{signer.name} {signer.public_key}\n")
        (Path(home) / "sig").write_text(signature)
        return subprocess.run(["ssh-keygen", "-Y", "verify", "-n", NAMESPACE, "-I", signer.name, "-f", f"{home}/signers",
                               "-s", f"{home}/sig"], input=text.encode(), capture_output=True).returncode == 0


def trust_file(*signers: Signer | Token, threshold: int = 1, org: str = "example", principals: dict[str, str] | None = None,
               max_duration: str = "8h") -> str:
    """trust.toml; `principals` maps a signer's name to the principal, which otherwise has the same name."""
    principal_of = {signer.name: (principals or {}).get(signer.name, signer.name) for signer in signers}
    text = f'format = 1\norg = "{org}"\ngrant_threshold = {threshold}\n'
    for principal in dict.fromkeys(principal_of.values()):
        accounts = [name for name, whose in principal_of.items() if whose == principal and name in ("olivia", "carol")]
        text += f'\n[[principal]]\nname = "{principal}"\naccounts = {accounts!r}\n'.replace("'", '"')
    for signer in signers:
        text += (f'\n[[key]]\nid = "{signer.name}-2026"\nprincipal = "{principal_of[signer.name]}"\n'
                 f'public_key = "{signer.public_key}"\nuses = ["grant"]\nroles = ["*"]\nhosts = ["*"]\n'
                 f'max_duration = "{max_duration}"\n')
    return text
