# SPDX-License-Identifier: Apache-2.0
"""D-Bus as bytes (D-Bus Specification, "Message Protocol"), so that a test can also send what no library would."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

CALL, RETURN, ERROR, SIGNAL = 1, 2, 3, 4
NO_REPLY, NO_AUTO_START = 1, 2
MAX_MESSAGE = 32 << 20  # of the system bus

_FIXED = {"y": "B", "b": "I", "n": "h", "q": "H", "i": "i", "u": "I", "x": "q", "t": "Q", "d": "d", "h": "I"}
_ALIGN = {"y": 1, "n": 2, "q": 2, "s": 4, "o": 4, "a": 4, "b": 4, "i": 4, "u": 4, "h": 4, "g": 1, "v": 1}
PATH, INTERFACE, MEMBER, ERROR_NAME, REPLY_SERIAL, DESTINATION, SENDER, SIGNATURE, FDS = range(1, 10)
_FIELD_TYPES = {PATH: "o", INTERFACE: "s", MEMBER: "s", ERROR_NAME: "s", REPLY_SERIAL: "u", DESTINATION: "s", SENDER: "s",
                SIGNATURE: "g", FDS: "u"}


@dataclass
class Message:
    kind: int = CALL
    fields: dict = field(default_factory=dict)
    body: list = field(default_factory=list)
    serial: int = 1
    flags: int = 0


def complete(signature: str) -> list[str]:
    """The complete types of a signature: "sa{sv}" is "s", "a{sv}"."""
    types = []
    while signature:
        end = _end(signature)
        types.append(signature[:end])
        signature = signature[end:]
    return types


def _end(signature: str) -> int:
    if signature[0] == "a":
        return 1 + _end(signature[1:])
    if signature[0] not in "({":
        return 1
    depth = 0
    for at, letter in enumerate(signature):
        depth += (letter in "({") - (letter in ")}")
        if depth == 0:
            return at + 1
    raise ValueError(signature)


def _pad(out: bytearray, type_: str) -> None:
    align = _ALIGN.get(type_[0], 8)
    out.extend(bytes(-len(out) % align))


def put(out: bytearray, type_: str, value) -> None:
    """Appends one value. A variant is (signature, value); text may be bytes, which are taken as they are."""
    first = type_[0]
    _pad(out, type_)
    if first in _FIXED:
        out += struct.pack("<" + _FIXED[first], value)
    elif first in "sog":
        text = value if isinstance(value, bytes) else value.encode()
        out += (bytes([len(text)]) if first == "g" else struct.pack("<I", len(text))) + text + b"\0"
    elif first == "v":
        put(out, "g", value[0])
        put(out, value[0], value[1])
    elif first == "a":
        at = len(out)
        out += bytes(4)
        _pad(out, type_[1:])
        begin = len(out)
        for item in value.items() if isinstance(value, dict) else value:
            put(out, type_[1:], item)
        struct.pack_into("<I", out, at, len(out) - begin)
    else:
        for one, item in zip(complete(type_[1:-1]), value):
            put(out, one, item)


def encode(message: Message, signature: str = "") -> bytes:
    """A whole message, little-endian."""
    body = bytearray()
    for type_, value in zip(complete(signature), message.body):
        put(body, type_, value)
    return frame(message, signature, bytes(body))


def frame(message: Message, signature: str, body: bytes) -> bytes:
    """The same with a body that is bytes already."""
    fields = dict(message.fields)
    if signature:
        fields[SIGNATURE] = signature
    out = bytearray(struct.pack("<cBBBII", b"l", message.kind, message.flags, 1, len(body), message.serial))
    put(out, "a(yv)", [(code, (_FIELD_TYPES.get(code, "s"), value)) for code, value in fields.items()])
    out.extend(bytes(-len(out) % 8))
    return bytes(out) + body


def get(data: bytes, at: int, type_: str):
    """One value, and where the next begins."""
    first = type_[0]
    at += -at % _ALIGN.get(first, 8)
    if first in _FIXED:
        value, = struct.unpack_from("<" + _FIXED[first], data, at)
        return bool(value) if first == "b" else value, at + struct.calcsize(_FIXED[first])
    if first in "sog":
        size = data[at] if first == "g" else struct.unpack_from("<I", data, at)[0]
        at += 1 if first == "g" else 4
        return data[at:at + size].decode(), at + size + 1
    if first == "v":
        inner, at = get(data, at, "g")
        return get(data, at, inner)
    if first == "a":
        size, = struct.unpack_from("<I", data, at)
        at += 4
        at += -at % _ALIGN.get(type_[1], 8)
        end, items = at + size, []
        while at < end:
            item, at = get(data, at, type_[1:])
            items.append(item)
        return dict(items) if type_[1] == "{" else items, at
    items = []
    for one in complete(type_[1:-1]):
        item, at = get(data, at, one)
        items.append(item)
    return tuple(items), at


def length(data: bytes) -> int:
    """Of the message that begins here; 0 when that can't be told yet."""
    if len(data) < 16:
        return 0
    body, = struct.unpack_from("<I", data, 4)
    fields, = struct.unpack_from("<I", data, 12)
    return 16 + fields + -fields % 8 + body


def decode(data: bytes) -> Message:
    _, kind, flags, _, size, serial = struct.unpack_from("<cBBBII", data)
    fields, _ = get(data, 12, "a(yv)")
    message = Message(kind, dict(fields), [], serial, flags)
    body, at = data[len(data) - size:], 0
    for type_ in complete(message.fields.get(SIGNATURE, "")):
        value, at = get(body, at, type_)
        message.body.append(value)
    return message
