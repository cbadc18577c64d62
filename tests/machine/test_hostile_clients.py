# SPDX-License-Identifier: Apache-2.0
"""Clients that flood jitd, send it more than it can use, or send no D-Bus at all: others notice nothing."""

import random
import socket
import statistics
import threading
import time
from collections.abc import Iterator

import pytest

from lib import bus, wire
from lib.asking import ROLE_DBA, ROLE_ROOT
from lib.bus import BusError, Connection, jitd_memory, jitd_process
from lib.flood import Flood, calls_of_jitd, calls_of_the_bus

NOBODY = 65534


def both(name: str, normal, many):
    """A small normal case, and the long run."""
    return pytest.mark.parametrize(name, [normal, pytest.param(many, marks=pytest.mark.long)])


class Sudo:
    """alice's sudo, again and again while the block lasts; `took` in ms, by the machine's own clock."""

    def __init__(self, host):
        self._host = host
        self.took: list[float] = []
        self.failed: list[str] = []

    def __enter__(self):
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._five()
        except Exception as error:  # a thread's own would be seen by nobody
            self.failed.append(repr(error))

    def _five(self) -> None:
        script = ("for i in 1 2 3 4 5; do s=$EPOCHREALTIME; sudo -n true || echo failed; e=$EPOCHREALTIME; "
                  "echo $((${e/./} - ${s/./})); done 2>&1")
        done = self._host.enter("runuser", "-u", "alice", "--", "bash", "-c", script)
        assert done.code == 0, done
        for line in done.out.splitlines():
            if line.isdigit():
                self.took.append(int(line) / 1000)
            else:
                self.failed.append(line)

    def goes_on(self, seconds: float, least: int, limit: float = 90) -> Iterator[None]:
        """A turn of a loop for so many seconds, and until there were so many; ends early when the sudos have, or never
        come to it."""
        begin = time.monotonic()
        while (past := time.monotonic() - begin) < limit and self._thread.is_alive():
            if past >= seconds and len(self.took) >= least:
                return
            yield
        self.failed.append(f"{len(self.took)} sudos of {least} after {past:.0f} s")

    def quantile(self, part: float) -> float:
        return sorted(self.took)[min(len(self.took) - 1, int(len(self.took) * part))]


ASKING = ROLE_ROOT + ROLE_DBA + """
[[rule]]
roles = ["dba"]
who = ["bob", "carol", "nobody"]
approval = "auto"
[[rule]]
roles = ["root"]
who = ["bob", "carol", "nobody"]
approvers = ["olivia"]
"""


def asking_calls() -> list[tuple]:
    """Questions that are taken, as long as the quotas let them."""
    return [(bus.JITD, bus.OBJECT, bus.MANAGER, "Request", "stsa{sv}", [role, 60_000_000, "INC-1 again and again", {}])
            for role in ("root", "dba")]


@both("rounds", 1, 20)
def test_s31_three_accounts_that_flood_jitd_hold_up_nobody(host, long_run, rounds):
    """Three accounts with all the connections they can have ask for roles and call every method without a pause: others'
    sudo is not slower by more than 50 ms than when the same flood goes to the bus itself, others are answered, jitd and
    what it keeps stay small."""
    host.nopasswd("alice")
    host.write("/etc/jit/policy.toml", ASKING)
    host.jitctl("reload")
    host.grant("alice", lasts="2h")
    before, flood = jitd_process(host), Flood(host, ["bob", "carol", NOBODY], 60 if rounds == 1 else 250)
    control, flooded = Sudo(host), Sudo(host)
    most, answered, sent, began = 0.0, [], [0, 0], time.monotonic()
    with Connection(host, "olivia") as olivia:
        every_method = calls_of_jitd(olivia.methods()) + asking_calls()
        assert len(every_method) >= 25
        for turn in range(4 if rounds == 1 else rounds):  # in turn, so that what else this computer does falls on both
            for which, (sudo, calls) in enumerate(((control, calls_of_the_bus()), (flooded, every_method))):
                already = flood.sent
                with flood.of(calls), sudo:
                    for _ in sudo.goes_on(*((2.5, 5 * (turn + 1)) if rounds == 1 else (30, 20))):
                        answered.append(olivia.manager("GetStatus")[0]["account"])
                        assert host.enter("jitctl", "list", "-q", timeout=10).code == 0  # root, on the gate
                        most = max(most, jitd_memory(host))
                assert sudo.failed == []
                sent[which] += flood.sent - already
    assert min(sent) > 1000 * rounds
    minutes = (time.monotonic() - began) / 60
    records = [e for e in host.journal("_SYSTEMD_UNIT=jitd.service") if e.get("JIT_USER") != "alice"]
    asked = [e for e in records if e.get("JIT_EVENT") == "request.created"]
    said = [e for e in records if not e.get("JIT_EVENT", "").startswith(("request.", "grant."))]
    state = int(host.root("du -sk /var/lib/jit").out.split()[0]) / 1024
    part = 0.99 if rounds > 1 else 0.5  # of a few dozen sudos there is no 99th of a hundred
    limit = max(50, control.quantile(part) / 2)  # on a busy computer everything waits for the processor
    result = (f"{sent[1]} calls, {len(flooded.took)} sudos: p99 {flooded.quantile(.99):.0f} ms, control "
              f"{control.quantile(.99):.0f} ms, p50 {flooded.quantile(.5):.0f} and {control.quantile(.5):.0f} ms; "
              f"{len(answered)} calls of others answered; {len(asked)} requests taken; jitd at most {most:.1f} MiB, "
              f"state {state:.1f} MiB")
    print(result)
    long_run.note(result)
    assert set(answered) == {"olivia"}
    assert flooded.quantile(part) - control.quantile(part) <= limit
    assert most <= 64 and state <= 8
    assert len(said) <= 1 + 3 * (minutes + 1)  # it was ready; and each account once a minute, that its tokens fit nothing
    assert 8 <= len(asked) <= 3 * 10 * (minutes + 1)
    pending = host.json("list requests")["requests"]
    assert len(pending) <= 12 and jitd_process(host) == before


def test_s31_an_account_that_asks_too_much_is_told_so(host):
    """Of 100 calls at once jitd answers some and refuses the others; another account's calls it answers."""
    with Connection(host, "bob") as bob, Connection(host, "carol") as carol, Connection(host, "root") as root:
        burst = [bob.message(bus.JITD, bus.OBJECT, bus.MANAGER, "GetStatus", "a{sv}", [{}]) for _ in range(100)]
        bob.send(b"".join(burst))
        assert carol.manager("GetStatus")[0]["account"] == "carol"
        assert root.manager("GetStatus")[0]["account"] == "root"
        got = []
        for serial in range(bob.last - 99, bob.last + 1):
            try:
                got.append(bob.answer(serial)[0]["account"])
            except BusError as error:
                got.append(error.name)
        assert set(got) == {"bob", "org.jitd1.Error.LimitsExceeded"} and got.count("bob") >= 4
        assert bob.manager("GetStatus")[0]["account"] == "bob"


def as_large_as_can_be(client: Connection) -> list[bytes]:
    """Calls the bus lets through and jitd has no use for."""
    nested = ("s", "x")
    for _ in range(30):
        nested = ("v", nested)
    entries = b"".join(b"\5\0\0\0%05x\0\1y\0\0\0\0" % n for n in range(1_000_000))[:-2]
    many = wire.Message(fields={wire.PATH: bus.OBJECT, wire.INTERFACE: bus.MANAGER, wire.MEMBER: "GetStatus",
                                wire.DESTINATION: bus.JITD}, serial=client.serial())
    return [wire.frame(many, "a{sv}", len(entries).to_bytes(4, "little") + bytes(4) + entries)] + [
        client.message(bus.JITD, bus.OBJECT, bus.MANAGER, member, signature, arguments) for member, signature, arguments in (
            ("RevokeAll", "sa{sv}", ["r" * (wire.MAX_MESSAGE - 1000), {}]),
            ("Grant", "sstsa{sv}", ["u" * 10_000_000, "r" * 10_000_000, 1, "w" * 10_000_000, {}]),
            ("GetStatus", "a{sv}", [{"x": nested}]),
            ("GetStatus", "a{sv}", [{"x": ("a(ss)", [("a", "b")] * 100_000)}]),
            ("GetStatus", "a{sv}", [{f"k{n}": ("s", "v" * 4000) for n in range(60)}]))]


@both("rounds", 2, 170)
def test_s33_what_is_too_large_is_refused_and_forgotten(host, long_run, rounds):
    """Texts of 32 MiB, dictionaries of a million entries, deep nesting and long lists are refused; memory is as before,
    and checks are answered meanwhile."""
    host.nopasswd("alice")
    host.grant("alice", lasts="1h")
    before, small = jitd_process(host), jitd_memory(host)
    with Connection(host, "bob", timeout=60) as bob, Sudo(host) as sudo:
        calls = as_large_as_can_be(bob)
        for _ in range(rounds):
            for call in calls:
                serial = bob.serial()
                bob.send(call[:8] + serial.to_bytes(4, "little") + call[12:])
                with pytest.raises(BusError, match="InvalidArg"):
                    bob.answer(serial)
        too_deep = ("s", "x")
        for _ in range(64):
            too_deep = ("v", too_deep)
        with Connection(host, "carol") as carol, pytest.raises(ConnectionError):  # the bus hangs up
            carol.manager("GetStatus", "a{sv}", {"x": too_deep})
    assert sudo.failed == []
    result = (f"{rounds * len(calls)} calls, jitd {small:.1f} -> {jitd_memory(host):.1f} MiB, {len(sudo.took)} sudos "
              f"meanwhile, median {statistics.median(sudo.took):.1f} ms, longest {max(sudo.took):.1f} ms")
    print(result)
    long_run.note(result)
    assert max(sudo.took) < 3000
    assert jitd_memory(host) <= small + 8
    assert jitd_process(host) == before


class Generator:
    """Arguments for a signature, right and wrong, the same for the same seed."""

    WORDS = ["", "alice", "bob", "root", "sudo", "su-l", "INC-1", "0123456789abcdef" * 2, "\x1b]52;c;AAAA\x07",
             "\u202e\u200b\u009b", "x\nJIT_EVENT=check.allowed", "é" * 33, "k" * 63 + "é", "r" * 512, "r" * 1025, "%s%n",
             "../../etc/shadow", "@sudo"]
    NUMBERS = [0, 1, 1_800_000_000, 2**31, 2**63 - 1, 2**63, 2**64 - 1]
    KEYS = ["user", "all", "service", "target", "ticket", "start_usec", "v", "nonce", "", "K" * 70, "ü"]
    TYPES = ["s", "t", "u", "b", "ay", "i", "x", "d", "as", "v", "a{sv}", "(ss)", "aai", "g", "o"]

    def __init__(self, seed: int):
        self.random = random.Random(seed)

    def signature(self, right: str) -> str:
        """Mostly the right one."""
        if self.random.random() < 0.8:
            return right
        wrong = "".join(self.random.choices(self.TYPES, k=3))
        return self.random.choice(["", right + "s", "".join(wire.complete(right)[1:]), wrong, "v", "as" + right])

    def value(self, type_: str, depth: int = 0):
        pick = self.random.choice
        if type_ in "so":
            return "/org/jitd1" if type_ == "o" else pick(self.WORDS)
        if type_ in "tux":
            return pick(self.NUMBERS) % {"t": 2**64, "u": 2**32, "x": 2**63}[type_]
        if type_ in "iyb":
            return self.random.randrange(2 if type_ == "b" else 100)
        if type_ == "d":
            return pick([0.0, -1.5, float("inf"), float("nan")])
        if type_ == "g":
            return pick(["", "s", "a{sv}"])
        if type_ == "v":
            inner = pick(self.TYPES) if depth < 4 else "s"
            return inner, self.value(inner, depth + 1)
        if type_ == "a{sv}":
            return {pick(self.KEYS): self.value("v", depth + 1) for _ in range(pick([0, 0, 1, 1, 2, 2 if depth else 70]))}
        if type_[0] == "a":
            return [self.value(type_[1:], depth + 1) for _ in range(self.random.randrange(4))]
        return tuple(self.value(one, depth + 1) for one in wire.complete(type_[1:-1]))

    def arguments(self, signature: str) -> list:
        return [self.value(type_) for type_ in wire.complete(signature)]


@both("count", 3_000, 100_000)
def test_s34_whatever_is_called_jitd_goes_on(host, long_run, count):
    """Every method found by introspection, called with right and wrong arguments by nobody, alice and root: each call is
    answered, each refusal is clean text, and jitd is not restarted."""
    host.grant("alice")
    before, answers, errors = jitd_process(host), 0, {}
    for who in (NOBODY, "alice", "root"):
        with Connection(host, who) as caller:
            methods = caller.methods()
            assert len(methods) >= 15
            generator = Generator(count)
            caller.manager("GetStatus")
            for _ in range(count // 3 // 10):
                batch, serials = b"", []
                for _ in range(10):
                    interface, member, right = generator.random.choice(methods)
                    signature = generator.signature(right)
                    arguments = generator.arguments(signature)
                    batch += caller.message(bus.JITD, bus.OBJECT, interface, member, signature, arguments)
                    serials.append(caller.last)
                caller.send(batch)
                for serial in serials:
                    try:
                        caller.answer(serial)
                        answers += 1
                    except BusError as error:
                        errors[error.name] = errors.get(error.name, 0) + 1
                        assert error.text.isprintable() or not error.name.startswith("org.jitd1"), error
    result = f"{answers + sum(errors.values())} calls: {answers} answered, {sum(errors.values())} refused, 0 restarts"
    print(result, errors)
    long_run.note(result)
    assert answers > count / 50 and {"org.jitd1.Error.InvalidArgument", "org.jitd1.Error.AccessDenied"} <= set(errors)
    assert jitd_process(host) == before


def gate(host) -> socket.socket:
    """A connection of root's, as bytes."""
    client = socket.socket(socket.AF_UNIX)
    client.connect(f"/proc/{host.pid}/root{bus.GATE}")
    return client


AUTH = b"\0AUTH EXTERNAL 30\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n"


def frames() -> list[bytes]:
    """True questions of the gate, to be spoilt."""
    request = {"v": ("u", 1), "nonce": ("ay", list(range(16))), "phase": ("s", "account"), "service": ("s", "sudo"),
               "uid": ("u", 1000), "account": ("s", "alice"), "loginuid": ("u", 1000), "permissive": ("b", False)}
    calls = (("org.jitd1.Gate", "Check", "a{sv}", [request]),
             ("org.jitd1.Gate", "Check", "a{sv}", [request | {"phase": ("s", "session"), "target": ("s", "root")}]),
             ("org.jitd1.Gate", "Attach", "sa{sv}ah", ["0" * 32, {"scope": ("s", "jit.scope")}, [0]]),
             ("org.jitd1.Gate", "Close", "s", ["0" * 32]), (bus.MANAGER, "Show", "sa{sv}", ["INC-1", {}]),
             (bus.MANAGER, "Explain", "a{sv}", [{"user": ("s", "alice")}]))
    return [wire.encode(wire.Message(fields={wire.PATH: bus.OBJECT, wire.INTERFACE: interface, wire.MEMBER: member},
                                     body=arguments, serial=7), signature)
            for interface, member, signature, arguments in calls]


def spoilt(frame: bytes, chance: random.Random) -> bytes:
    data = bytearray(frame)
    for _ in range(chance.choice([1, 1, 2, 8])):
        data[chance.randrange(len(data))] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
    kind = chance.randrange(8)
    if kind == 0:
        del data[chance.randrange(len(data)):]
    elif kind == 1:
        at = 4 * chance.randrange(len(data) // 4)
        data[at:at + 4] = chance.choice([0xFFFFFFFF, 0x7FFFFFFF, 0x8000000, 0x80000000]).to_bytes(4, "little")
    elif kind == 2:
        data += chance.randbytes(chance.randrange(300))
    elif kind == 3:
        return chance.randbytes(chance.randrange(1, 400))
    return bytes(data)


@both("count", 5_000, 200_000)
def test_s35_malformed_frames_close_one_connection(host, long_run, count):
    """Root's garbage on the gate, and connections that come and go, cost jitd nothing: the same process, no memory, and
    sudo works."""
    host.nopasswd("alice")
    host.grant("alice", lasts="4h")
    before, chance, true = jitd_process(host), random.Random(count), frames()
    held: list[socket.socket] = []

    def spoil(times: int) -> None:
        for _ in range(times):
            client = gate(host)
            try:
                if chance.random() < 0.9:
                    client.sendall(AUTH)
                    client.recv(100)  # sd-bus leaves alone what comes together with the handshake until more does
                    client.sendall(spoilt(chance.choice(true), chance))
                else:
                    client.sendall(spoilt(AUTH, chance))
            except (BrokenPipeError, ConnectionResetError):
                pass
            held.append(client)  # a true one may wait for its answer: some stay a while
            if len(held) > 20:
                held.pop(chance.randrange(20)).close()

    def come_and_go(times: int) -> None:
        for _ in range(times):
            gate(host).close()

    def answered() -> None:
        with Connection(host, "root", path=bus.GATE) as root:
            assert root.manager("GetStatus")[0]["account"] == "root"

    loops = 5 * count if count > 5_000 else count
    for step, times in ((spoil, count), (come_and_go, loops)):
        step(2_000)
        while held:
            held.pop().close()
        answered()
        small = jitd_memory(host)
        step(times)
        while held:
            held.pop().close()
        answered()
        grown = jitd_memory(host) - small
        print(f"{step.__name__}: {times}, {grown:+.2f} MiB")
        assert grown <= 1, step.__name__
    assert host.user("alice").run("sudo -n id -u").out == "0\n"
    assert jitd_process(host) == before
    long_run.note(f"{count} malformed frames and {loops} connections, the same process, {grown:+.2f} MiB")


@both("count", 200, 100_000)
def test_s27_a_process_that_turns_root_gets_nothing(host, long_run, count):
    """Who calls is who opened the connection: alice's connection stays alice's when its process is root's by the time
    jitd looks, and when there is no such process any more."""

    def refused(clients: list[Connection]) -> None:
        for client in clients:
            for member, signature, arguments in (("Grant", "sstsa{sv}", ["alice", "root", 60_000_000, "mine", {}]),
                                                 ("RevokeAll", "sa{sv}", ["mine", {}])):
                assert client.refusal(member, signature, *arguments).name == "org.jitd1.Error.AccessDenied"

    tried = 0
    while tried < count:
        clients = [Connection(host, "alice", raw=raw) for raw in bus.sockets(host, host.uid("alice"), 100, stays_root=True)]
        first_when_gone, others = clients[:10], clients[10:]
        refused(others)
        process, to_process = host.terminals
        host.terminals.clear()
        to_process.close()
        assert process.wait(10) == 0  # and with nsenter the process it waits for
        refused(first_when_gone + others[:10])
        for client in clients:
            client.close()
        tried += len(clients)
    assert host.json("list grants --all")["grants"] == []
    long_run.note(f"{tried} connections, 0 passed")
