# SPDX-License-Identifier: Apache-2.0
"""Accounts that keep the bus busy with calls, each as many connections as the bus lets it have."""

from __future__ import annotations

import ctypes
import multiprocessing
import random
import selectors
import signal
import socket
import struct
from contextlib import contextmanager

from . import bus, wire

_BATCH = 8
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)
_fork = multiprocessing.get_context("fork")


class Flood:
    """`with flood.of(calls):` sends these in turn and without a pause until the block ends. A call is (destination, path,
    interface, member, signature, arguments)."""

    def __init__(self, host, accounts, connections: int):
        self._connections = [bus.connections(host, account, connections) for account in accounts]
        self._sent = [_fork.Value("L", 0) for _ in accounts]

    @contextmanager
    def of(self, calls: list[tuple]):
        stop = _fork.Event()
        processes = [_fork.Process(target=_run, args=(mine, calls, sent, stop), daemon=True)
                     for mine, sent in zip(self._connections, self._sent)]
        for process in processes:
            process.start()
        try:
            yield self
        finally:
            stop.set()
            for process in processes:
                process.join(10)
            stuck = [process for process in processes if process.is_alive()]
            for process in stuck:
                process.kill()
                process.join()
        assert not stuck, "not every flood came to an end"

    @property
    def sent(self) -> int:
        """Calls so far, of all accounts."""
        return sum(sent.value for sent in self._sent)


def _run(connections: list, calls: list[tuple], sent, stop) -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # nobody else ends it when the tests are killed
    batches = []
    for call in calls:
        one = connections[0].message(*call)
        batches.append((bytearray(one * _BATCH), [8 + n * len(one) for n in range(_BATCH)]))
    for connection in connections:
        connection.socket.setblocking(False)
    waiting = selectors.DefaultSelector()
    lines = [_Line(connection.socket) for connection in connections]
    for line in lines:
        waiting.register(line.socket, selectors.EVENT_READ, line)
    serial = random.randrange(1 << 31)
    ready = lines
    while not stop.is_set():
        for number, line in enumerate(ready):
            line.take_answers()
            if line.open > _BATCH // 2:
                continue
            data, places = batches[(number + serial) % len(batches)]
            for place in places:
                serial += 1
                struct.pack_into("<I", data, place, serial % 0xFFFF_FFF0 + 1)
            line.send(data, len(places))
            sent.value += len(places)
        ready = [key.data for key, _ in waiting.select(0.1)]
    while any(line.open for line in lines) and (ready := [key.data for key, _ in waiting.select(5)]):
        for line in ready:
            line.take_answers()


class _Line:
    """One connection, with the number of its calls that are not answered: the bus itself refuses, and puts in the
    journal, what is more than 128."""

    def __init__(self, connected: socket.socket):
        self.socket = connected
        self._data = b""
        self.open = 0

    def send(self, data: bytes, calls: int) -> None:
        done = self.socket.send(data)
        if done < len(data):
            self.socket.setblocking(True)
            self.socket.sendall(data[done:])
            self.socket.setblocking(False)
        self.open += calls

    def take_answers(self) -> None:
        try:
            self._data += self.socket.recv(1 << 16)
        except BlockingIOError:
            return
        at = 0
        while 0 < (size := wire.length(self._data[at:at + 16])) <= len(self._data) - at:
            at += size
            self.open -= 1
        self._data = self._data[at:]


def calls_of_jitd(methods: list[tuple[str, str, str]]) -> list[tuple]:
    """One of each method of org.jitd1.Manager."""
    return [(bus.JITD, bus.OBJECT, interface, member, signature, [bus.VALUES[type_] for type_ in wire.complete(signature)])
            for interface, member, signature in methods if interface == bus.MANAGER]


def calls_of_the_bus() -> list[tuple]:
    """The control: the bus has the same to do, jitd nothing."""
    path = "/org/freedesktop/DBus"
    return [(bus.DAEMON, path, bus.DAEMON, "GetConnectionCredentials", "s", [bus.JITD]),
            (bus.DAEMON, path, bus.DAEMON, "ListNames", "", [])]
