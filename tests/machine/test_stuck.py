# SPDX-License-Identifier: Apache-2.0
"""Every way in which what the gate needs can be stuck: a denial in time and never a hang, root unharmed, and back to
normal by itself when it is mended."""

import os
import socket
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

import pytest

from lib.compiled import compiled, multiarch
from lib.grants import Grant
from lib.host import Host
from lib.shell import Shell, Try

LIMIT = 3.0
GATE = "/run/jit/gate"
JOURNALD = ("systemd-journald.socket systemd-journald-dev-log.socket systemd-journald-audit.socket "
            "systemd-journald.service")


# -- shapes: each breaks one thing while it is entered

@contextmanager
def stopped_by_signal(host, unit: str):
    pid = host.root(f"systemctl show --value -p MainPID {unit}").out.strip()
    host.enter("kill", "-STOP", pid)
    try:
        yield
    finally:
        host.enter("kill", "-CONT", pid)


@contextmanager
def stopped(host, units: str):
    host.root(f"systemctl stop {units} 2>&1")
    try:
        yield
    finally:
        host.enter("systemctl", "start", *units.split())  # needs no bus


@contextmanager
def masked(host):
    """As an admin would, so that nothing starts it again."""
    host.root("systemctl mask --now jitd.socket jitd.service 2>&1")
    try:
        yield
    finally:
        host.root("systemctl unmask jitd.socket jitd.service 2>&1; systemctl start jitd.socket jitd.service")


@contextmanager
def socket_gone(host):
    host.root(f"rm {GATE}")
    try:
        yield
    finally:
        host.root("systemctl restart jitd.socket jitd.service")


@contextmanager
def another_peer(host, pause: float | None):
    """A root-owned socket in the place of jitd's: accepts and says nothing, or a byte of a good answer every `pause` s."""
    with masked(host), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        host.root(f"mkdir -p /run/jit; rm -f {GATE}")
        listener.bind(f"/proc/{host.pid}/root{GATE}")
        listener.listen(512)
        over = threading.Event()
        threads = [threading.Thread(target=accept, args=(listener, over, pause))]
        threads[0].start()
        try:
            yield
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)
            threads[0].join()
            os.unlink(f"/proc/{host.pid}/root{GATE}")


def accept(listener: socket.socket, over: threading.Event, pause: float | None) -> None:
    with ExitStack() as clients:
        while True:
            try:
                client = clients.enter_context(listener.accept()[0])
            except OSError:
                return
            if pause is not None:
                threading.Thread(target=trickle, args=(client, over, pause)).start()


def trickle(client: socket.socket, over: threading.Event, pause: float) -> None:
    for byte in b"OK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\n":
        try:
            client.send(bytes([byte]), socket.MSG_NOSIGNAL)
        except OSError:
            return
        if over.wait(pause):
            return


@contextmanager
def journal_full(host):
    """journald is frozen, and its socket holds as many records as the kernel lets it."""
    with stopped_by_signal(host, "systemd-journald.service"):
        full = False
        with ExitStack() as senders:
            while not full:
                sender = senders.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK))
                sender.connect(f"/proc/{host.pid}/root/run/systemd/journal/socket")
                full = fill(sender) == 0  # not only this sender's own buffer
        yield


def fill(sender: socket.socket) -> int:
    for sent in range(10_000):
        try:
            sender.send(b"MESSAGE=one of many\n")
        except BlockingIOError:
            return sent
    raise AssertionError("journald still reads")


@contextmanager
def hanging_users(host, asker: str):
    """The user database has no answer for a program, or for a library in it."""
    run = f"/proc/{host.pid}/root/run"
    host.root("install -m 0666 /dev/null /run/nss-hung")
    with open(f"{run}/nss-hang.new", "w") as file:
        file.write(asker)
    os.rename(f"{run}/nss-hang.new", f"{run}/nss-hang")
    try:
        yield
    finally:
        os.unlink(f"{run}/nss-hang")


@contextmanager
def audit_may_fail(host, broken):
    host.write("/etc/jit/jitd.toml", '[audit]\non_failure = "allow"\n')
    host.jitctl("reload")
    try:
        with broken:
            yield
    finally:
        host.path("/etc/jit/jitd.toml").unlink()
        host.jitctl("reload")


# -- the table

ALLOWED = ""


@dataclass(frozen=True)
class Shape:
    """What is broken, and what then comes of it: for people the code at the end of the line, for jitctl the exit code."""

    broken: object
    gate: str = "UNAVAILABLE"  # alice, who has a grant, by sudo and su
    status: int = 5  # root's jitctl status, at the gate
    own: int = 5  # alice's, over the bus
    no_grant: bool = False  # su by bob: an allowed one goes on to pam_systemd, which waits for the bus
    within: float = LIMIT  # seconds
    heals: bool = False  # jitctl has the bus start jitd again, so it comes last


def unit_frozen(unit: str):
    return lambda host: stopped_by_signal(host, unit)


def units_stopped(units: str):
    return lambda host: stopped(host, units)


def in_turn(first, then):
    return lambda host: then(host, first(host))


JOURNALD_FROZEN, JOURNALD_STOPPED = unit_frozen("systemd-journald.service"), units_stopped(JOURNALD)
SHAPES = {
    "jitd frozen": Shape(unit_frozen("jitd.service")),
    "jitd stopped": Shape(units_stopped("jitd.socket jitd.service"), status=0, own=0, heals=True),
    "jitd masked": Shape(masked),
    "socket gone": Shape(socket_gone, status=0, own=0),
    "silent peer": Shape(lambda host: another_peer(host, None)),
    "a byte a second": Shape(lambda host: another_peer(host, 1.0)),
    "bus frozen": Shape(unit_frozen("dbus.service"), gate=ALLOWED, no_grant=True, status=0),
    "bus stopped": Shape(units_stopped("dbus.socket dbus.service"), gate=ALLOWED, no_grant=True, status=0),
    "journald frozen": Shape(JOURNALD_FROZEN, gate="AUDIT", status=0, own=0),
    "journald stopped": Shape(JOURNALD_STOPPED, gate="AUDIT", status=0, own=0),
    "journald full": Shape(journal_full, gate="AUDIT", status=0, own=0),
    # Three lines ask, and each of the three records is waited for one second.
    "journald frozen, may fail": Shape(in_turn(JOURNALD_FROZEN, audit_may_fail), gate=ALLOWED, status=0, own=0,
                                       within=4.0),
    "journald stopped, may fail": Shape(in_turn(JOURNALD_STOPPED, audit_may_fail), gate=ALLOWED, status=0, own=0,
                                        within=4.0),
    "users hang for jitd": Shape(lambda host: hanging_users(host, "jitd"), gate=ALLOWED, status=0),
    "users hang for pam_jit": Shape(lambda host: hanging_users(host, "pam_jit.so"), gate="IDENTITY", status=0, own=0),
}


class People:
    """Sessions that were open before, one for each column of the table."""

    def __init__(self, host):
        self.host = host
        self.sessions = {column: Shell(host.user(name)) for column, name in
                         {"sudo": "alice", "su": "alice", "bob": "bob", "root": "root", "status": "root",
                          "own": "alice"}.items()}

    def try_all(self, shape: Shape, count: int) -> dict[str, list[Try]]:
        """Each column `count` times, all at once, so that one wait is enough for all."""
        commands = {"sudo": "sudo -n id -u", "root": "sudo -n id -u",
                    "bob" if shape.no_grant else "su": "su root -c 'id -u'"}
        jitctl = {"status": "jitctl status --json=short", "own": "jitctl status --json=short"}
        tried: dict[str, list[Try]] = {}
        for part in (commands, jitctl) if shape.heals else (commands | jitctl,):
            for column, command in part.items():
                self.sessions[column].start(command, count)
            tried |= {column: self.sessions[column].finish() for column in part}
        return tried

    def wait_until_normal(self) -> None:
        """By itself, once mended: no command of an admin's."""
        self.host.wait_for("sudo under the grant", lambda: self.sessions["sudo"].run("sudo -n id -u")[0].text == "0")
        self.host.wait_for("jitctl over the bus", lambda: self.sessions["own"].run("jitctl status -q")[0].code == 0)


def judge(tried: dict[str, list[Try]], shape: Shape) -> tuple[float, float]:
    """Every cell of a row; returns the longest anybody waited for an answer, and the longest sudo of root's."""
    for column, code in {"sudo": shape.gate, "su": shape.gate, "bob": "NO_GRANT"}.items():
        for one in tried.get(column, []):
            if code == ALLOWED:
                assert (one.code, one.text) == (0, "0"), (column, one)
            else:
                assert one.code == 1 and "0" not in one.text.split(), (column, one)
                assert one.lines[0][1].endswith(f"[{code}]"), (column, one)
    assert {(one.code, one.text) for one in tried["root"]} == {(0, "0")}, tried["root"]
    for column, code in {"status": shape.status, "own": shape.own}.items():
        assert {one.code for one in tried[column]} == {code}, (column, tried[column])
    waited = max(one.answered for column in tried for one in tried[column])
    # Root's sudo asks nobody: what it takes beside the others is what this machine takes.
    control = max(one.seconds for one in tried["root"])
    assert waited <= shape.within + control, (waited, control, tried)
    return waited, control


@pytest.fixture(scope="module")
def people(installed):
    """alice has a grant and needs no password; the sessions are open; the user database can be made to hang."""
    with Host(installed) as host:
        host.ready("sudo", "su")
        host.nopasswd("alice")
        su = host.path("/etc/pam.d/su").read_text()
        host.write("/etc/pam.d/su", "auth sufficient pam_permit.so\n" + su)  # a password's hash takes its time
        library = compiled("-shared", "-fPIC", "-static-libgcc", "-static-libstdc++", "tests/machine/nss_hang.cpp")
        host.write(f"/usr/lib/{multiarch()}/libnss_hang.so.2", library)
        host.write("/etc/nsswitch.conf", "passwd: hang files systemd\ngroup: hang files systemd\nshadow: files\n")
        host.accepted(Grant("alice", lasts=3600))
        yield People(host)


def stuck(people, name: str, times: int, at_once: int) -> str:
    shape, waited = SHAPES[name], []
    for _ in range(0, times, at_once):
        with shape.broken(people.host):
            tried = people.try_all(shape, at_once)
        waited.append(judge(tried, shape))
        people.wait_until_normal()
    what = "allowed" if shape.gate == ALLOWED else f"denied [{shape.gate}]"
    return (f"{name}: {times} of {times} {what}, longest answer {max(w for w, _ in waited):.2f} s; "
            f"root allowed, within {max(c for _, c in waited):.2f} s")


@pytest.mark.parametrize("name", SHAPES)
def test_s11_s45_stuck(people, name):
    """Whatever is stuck, each column of the table is answered in time, and all is well again when it is over."""
    print(stuck(people, name, 3, 3))


@pytest.mark.long
@pytest.mark.parametrize("name", SHAPES)
def test_s11_s45_stuck_a_hundred_times(people, long_run, name):
    long_run.note(stuck(people, name, 100, 10))  # one account may have 16 calls in work


def test_s11_sudo_waits_for_its_own_users_without_us(people):
    """A user database that hangs holds sudo before it has loaded pam_jit; once it answers, the grant is asked for."""
    sudo = people.sessions["sudo"]
    with hanging_users(people.host, "sudo"):
        sudo.start("sudo -n id -u")
        hung = people.host.wait_for("sudo hanging", lambda: people.host.enter("cat", "/run/nss-hung").out)
        pid = hung.split()[1]
        assert "pam_jit" not in people.host.enter("cat", f"/proc/{pid}/maps").out
    assert sudo.finish()[0].text == "0"


def test_s11_jitd_restarts_while_users_hang(people):
    """While jitd waits for the user database it stops at once, and the next one opens the gate with a file it has not seen."""
    host = people.host
    with hanging_users(host, "jitd"):
        people.sessions["own"].start("jitctl status -q")
        host.wait_for("jitd hanging", lambda: host.enter("cat", "/run/nss-hung").out)
        host.deliver(Grant("alice", lasts=3600), Grant("bob", lasts=3600))
        began = time.time()
        host.enter("systemctl", "restart", "jitd.service")
        print(f"restarted within {time.time() - began:.2f} s")
        assert time.time() - began <= LIMIT
        assert people.sessions["bob"].run("su root -c 'id -u'")[0].text == "0"
    people.sessions["own"].finish()
    host.accepted(Grant("alice", lasts=3600))
    people.wait_until_normal()


def test_s45_an_end_needs_no_journal(host):
    """With journald frozen a revoke returns, a session ends with its grant, and both are in the journal afterwards."""
    host.nopasswd("alice", "bob")
    grant, other = Grant("alice", lasts=3600), Grant("bob", lasts=3600)
    host.accepted(grant, other)
    alice, bob = host.user("alice").tty(), host.user("bob").tty()
    for terminal in (alice, bob):
        terminal.sendline("sudo -n -i")
        terminal.root_shell()
    grant = replace(grant, lasts=time.time() - grant.made + 10)  # now that both are in, however long that took
    host.accepted(grant, other)
    with stopped_by_signal(host, "systemd-journald.service"):
        assert host.enter("jitctl", "revoke", "--user", "bob", "--reason", "over", timeout=5).code == 0
        bob.shell(timeout=5)
        alice.shell(timeout=grant.not_after - time.time() + 5)
        assert -0.5 < time.time() - grant.not_after <= 5.0
    host.wait_event("grant.revoked", user="bob")
    host.wait_event("grant.expired", user="alice")
    assert host.json("log --verify")["result"] == "ok"
