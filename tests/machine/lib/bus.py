# SPDX-License-Identifier: Apache-2.0
"""Connections to a machine's system bus and to jitd's gate, as any account, with a process in the machine behind them."""

from __future__ import annotations

import array
import os
import socket
import subprocess
import sys
import time
import xml.etree.ElementTree as xml
from collections.abc import Iterator

from . import wire
from .wire import Message

SYSTEM_BUS, GATE = "/run/dbus/system_bus_socket", "/run/jit/gate"
JITD, OBJECT, MANAGER = "org.jitd1", "/org/jitd1", "org.jitd1.Manager"
DAEMON = "org.freedesktop.DBus"

# Runs with a pid of the machine: connects as somebody, hands the sockets out, and stays as their owner, as that
# somebody or as root.
_AGENT = """
import os, socket, sys
folder, name, uid, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
out = socket.socket(fileno=0)
os.chdir(folder)
os.setgroups([])
stays_root = len(sys.argv) > 5
(os.setegid if stays_root else os.setgid)(uid)
(os.seteuid if stays_root else os.setuid)(uid)
for _ in range(count):
    s = socket.socket(socket.AF_UNIX)
    try:
        s.connect(name)
    except OSError as error:
        out.send(str(error.errno).encode())
        break
    socket.send_fds(out, [b"ok"], [s.fileno()])
    s.close()
if stays_root:
    os.seteuid(0)
out.send(b"all")
out.recv(1)
"""


# For a call of any method: nothing in it is wrong, but nothing has that name.
VALUES = {"s": "INC-1", "t": 60_000_000, "a{sv}": {}, "b": True}


class BusError(Exception):
    def __init__(self, name: str, text: str):
        super().__init__(f"{name}: {text}")
        self.name, self.text = name, text


def sockets(host, uid: int, count: int = 1, path: str = SYSTEM_BUS, stays_root: bool = False) -> Iterator[socket.socket]:
    """Connected sockets whose other end sees this uid and a process of the machine, which lives on; with `stays_root`
    it is root's by the time the last of them is here."""
    folder, name = os.path.split(path)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = ["nsenter", "--target", str(host.pid), "--pid", "--", sys.executable, "-I", "-c", _AGENT,
               f"/proc/{host.pid}/root{folder}", name, str(uid), str(count), *(["root"] if stays_root else [])]
    host.terminals.append(subprocess.Popen(command, stdin=theirs))
    host.terminals.append(ours)  # closed with the machine
    theirs.close()
    for number in range(1, count + 1):
        said, fds, _, _ = socket.recv_fds(ours, 16, 1)
        if not fds:
            raise OSError(int(said or b"0"), os.strerror(int(said or b"0")), path)
        made = socket.socket(fileno=fds[0])
        if number == count and ours.recv(3) != b"all":
            raise ConnectionError("the process behind the sockets has ended")
        yield made


def connections(host, who: str | int, count: int) -> list[Connection]:
    """As many as the bus lets an account have."""
    uid = who if isinstance(who, int) else host.uid(who)
    return [Connection(host, uid, raw=raw) for raw in sockets(host, uid, count)]


def jitd_process(host) -> str:
    """Its pid and how often it was restarted: what no client may change."""
    return host.enter("systemctl", "show", "-p", "MainPID", "-p", "NRestarts", "jitd.service").out


def jitd_memory(host) -> float:
    """What jitd has resident, in MiB."""
    return int(host.enter("ps", "-o", "rss=", "-C", "jitd").out) / 1024


class Connection:
    """A D-Bus connection; `timeout` in seconds holds for each answer."""

    def __init__(self, host, who: str | int, *, path: str = SYSTEM_BUS, timeout: float = 20,
                 raw: socket.socket | None = None):
        self.uid = who if isinstance(who, int) else 0 if who == "root" else host.uid(who)
        self.bus = path == SYSTEM_BUS
        self.socket = raw or next(sockets(host, self.uid, 1, path))
        self.socket.settimeout(timeout)
        self._data = b""
        self.last = 0
        self.seen: list[Message] = []  # what came while an answer was awaited
        self._authenticate()
        self.name = self.call(DAEMON, "/org/freedesktop/DBus", DAEMON, "Hello")[0] if self.bus else ""

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def _authenticate(self) -> None:
        self.socket.sendall(b"\0AUTH EXTERNAL " + str(self.uid).encode().hex().encode() +
                            b"\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n")
        said = b""
        while said.count(b"\r\n") < 2:
            said += self._receive()
        if not said.startswith(b"OK "):
            raise ConnectionError(said)

    def _receive(self) -> bytes:
        data = self.socket.recv(1 << 20)
        if not data:
            raise ConnectionError("the peer hung up")
        return data

    def serial(self) -> int:
        self.last += 1
        return self.last

    def message(self, destination: str, path: str, interface: str, member: str, signature: str = "", args=(),
                kind: int = wire.CALL, flags: int = 0) -> bytes:
        """The bytes of a call, which is not sent."""
        fields = {wire.PATH: path, wire.INTERFACE: interface, wire.MEMBER: member}
        if destination and self.bus:
            fields[wire.DESTINATION] = destination
        return wire.encode(Message(kind, fields, list(args), self.serial(), flags), signature)

    def send(self, data: bytes, fds=()) -> None:
        if fds:
            ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))]
            data = data[self.socket.sendmsg([data], ancillary):]
        self.socket.sendall(data)

    def next(self) -> Message:
        """The next message of whatever kind."""
        while not (size := wire.length(self._data)) or len(self._data) < size:
            self._data += self._receive()
        data, self._data = self._data[:size], self._data[size:]
        return wire.decode(data)

    def answer(self, serial: int) -> list:
        """The values of the reply to a call; an error is raised."""
        message = next((m for m in self.seen if m.fields.get(wire.REPLY_SERIAL) == serial), None)
        if message:
            self.seen.remove(message)
        while not message:
            message = self.next()
            if message.fields.get(wire.REPLY_SERIAL) != serial:
                self.seen.append(message)
                message = None
        if message.kind == wire.ERROR:
            raise BusError(message.fields[wire.ERROR_NAME], message.body[0] if message.body else "")
        return message.body

    def call(self, destination: str, path: str, interface: str, member: str, signature: str = "", args=()) -> list:
        self.send(self.message(destination, path, interface, member, signature, args))
        return self.answer(self.last)

    def manager(self, member: str, signature: str = "a{sv}", *args) -> list:
        """A call of org.jitd1.Manager; without arguments an empty dictionary."""
        return self.call(JITD, OBJECT, MANAGER, member, signature, args or ({},))

    def refusal(self, member: str, signature: str = "a{sv}", *args) -> BusError:
        """How such a call is refused."""
        try:
            answer = self.manager(member, signature, *args)
        except BusError as error:
            return error
        raise AssertionError(f"{member} {args} was answered: {answer}")

    def introspect(self, path: str = OBJECT) -> xml.Element:
        text = self.call(JITD, path, "org.freedesktop.DBus.Introspectable", "Introspect")[0]
        return xml.fromstring(text)

    def methods(self, *paths: str) -> list[tuple[str, str, str]]:
        """What introspection finds: (interface, method, signature of the arguments)."""
        found = {}
        for path in paths or (OBJECT,):
            for interface in self.introspect(path).iter("interface"):
                for method in interface.iter("method"):
                    arguments = [arg.get("type") for arg in method.iter("arg") if arg.get("direction") == "in"]
                    found[interface.get("name"), method.get("name")] = "".join(arguments)
        return [(interface, member, signature) for (interface, member), signature in found.items()]

    def match(self, rule: str) -> None:
        self.call(DAEMON, "/org/freedesktop/DBus", DAEMON, "AddMatch", "s", [rule])

    def heard(self, seconds: float) -> list[Message]:
        """All that came within this time, and what came before."""
        end = time.monotonic() + seconds
        before = self.socket.gettimeout()
        try:
            while (left := end - time.monotonic()) > 0:
                self.socket.settimeout(left)
                self.seen.append(self.next())
        except TimeoutError:
            pass
        self.socket.settimeout(before)
        return self.seen
