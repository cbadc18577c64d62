# SPDX-License-Identifier: Apache-2.0
"""The token of an approval, made of a plain OpenSSH signature, and taken apart to be spoilt."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, replace

from .grants import Signer, Token

APPROVAL = "jit-approval@v1"
BREAKGLASS = "jit-breakglass@v1"


@dataclass(frozen=True)
class Parts:
    """What is in a token: request 16, key 4, seconds 4, signature 64, of a hardware key also flags 1 and counter 4."""

    request: bytes
    key: bytes
    seconds: int
    signature: bytes
    hardware: bytes = b""

    @property
    def text(self) -> str:
        content = self.request + self.key + self.seconds.to_bytes(4, "big") + self.signature + self.hardware
        return "jit1." + base64.urlsafe_b64encode(content).decode().rstrip("=")

    def but(self, **changes) -> Parts:
        return replace(self, **changes)


def signed_text(printed: str, seconds: int | None = None) -> str:
    """The lines to sign out of what `jitctl show` printed, for less time if that is said."""
    text = re.search(r"^jit-(?:approval|breakglass)/1\n.*?^decision: .*?\n", printed, re.M | re.S).group()
    return text if seconds is None else re.sub(r"^seconds: .*$", f"seconds: {seconds}", text, flags=re.M)


def make(signer: Signer | Token, text: str, namespace: str = APPROVAL, **how) -> Parts:
    """Any program with ssh-keygen can do it: this one does."""
    blob = base64.b64decode("".join(signer.sign(text, namespace, **how).splitlines()[1:-1]))
    fields = _fields(blob[10:])
    algorithm, signature, *rest = _fields(fields[4], raw_tail=isinstance(signer, Token))
    assert algorithm.decode() in (signer.public_key.split()[0],)
    return Parts(request=bytes.fromhex(re.search(r"^request: (.*)$", text, re.M).group(1)),
                 key=hashlib.sha256(fields[0]).digest()[:4],
                 seconds=int(re.search(r"^seconds: (.*)$", text, re.M).group(1)),
                 signature=signature, hardware=rest[0] if rest else b"")


def _fields(blob: bytes, raw_tail: bool = False) -> list[bytes]:
    """Strings of SSH's wire form; the five bytes behind a hardware key's signature are no string."""
    found = []
    while blob and not (raw_tail and len(found) == 2):
        size = int.from_bytes(blob[:4], "big")
        found.append(blob[4:4 + size])
        blob = blob[4 + size:]
    return found + ([blob] if blob else [])
