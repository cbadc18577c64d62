# SPDX-License-Identifier: Apache-2.0
"""jitd's interface on the bus: who may call what, who learns what, and who can be kept from it by whom."""

import os
import re
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from lib import bus, image, wire
from lib.bus import BusError, Connection, jitd_process
from lib.grants import Grant

NOBODY = 65534
DENIED = "org.freedesktop.DBus.Error.AccessDenied"  # said by the bus itself
REFUSED = "org.jitd1.Error.AccessDenied"
UNKNOWN_ID = "0123456789abcdef" * 2
MANUAL = image.SOURCE / "man/org.jitd1.5.scd"
STANDARD = {"Introspect": "Introspectable", "Ping": "Peer", "Get": "Properties", "GetAll": "Properties"}
NOT_FOR_ANYBODY = [("org.freedesktop.DBus.Properties", "Set", "ssv", [bus.MANAGER, "Version", ("s", "x")]),
                   ("org.freedesktop.DBus.Peer", "GetMachineId", "", []),
                   ("org.freedesktop.DBus.ObjectManager", "GetManagedObjects", "", []),
                   ("org.jitd1.Gate", "Check", "a{sv}", [{}]), ("org.jitd1.Gate", "Attach", "sa{sv}ah", ["x", {}, []]),
                   ("org.jitd1.Gate", "Close", "s", ["x"]), (bus.MANAGER, "Other", "a{sv}", [{}])]


def published() -> dict[str, str]:
    """The table of org.jitd1(5): member -> who may call it."""
    rows = re.findall(r"^[|\[]\[? +(?:\*Member\*|(.+))\n:\[? +(.+)$", MANUAL.read_text(), re.M)
    return {member.removeprefix("Properties."): who for members, who in rows for member in members.split(", ") if members}


def outcome(connection: Connection, interface: str, member: str, signature: str, arguments) -> str:
    """The name of the error that a call is answered with; "" when it is answered."""
    try:
        connection.call(bus.JITD, bus.OBJECT, interface, member, signature, arguments)
        return ""
    except BusError as error:
        return error.name


def some_arguments(member: str, signature: str) -> list:
    if member == "Get":
        return [bus.MANAGER, "Version"]
    if member == "GetAll":
        return [bus.MANAGER]
    return [bus.VALUES[type_] for type_ in wire.complete(signature)]


def test_s28_every_member_does_what_the_published_table_says(host):
    """Every member that introspection finds is in the table of org.jitd1(5), and open to those whom that names only."""
    table = published()
    assert {"Grant", "Show", "Reload", "Ping", "all others"} <= set(table)
    before = jitd_process(host)
    people = {who: Connection(host, who) for who in (NOBODY, "alice", "root")}
    found = people["alice"].methods("/", "/org", bus.OBJECT)
    assert {member for _, member, _ in found} >= set(table) - {"all others"}
    for interface, member, signature in found:
        if (interface, member) == ("org.freedesktop.DBus.Properties", "Set") or member == "GetMachineId":
            continue  # introspection lists them; they are among those not for anybody
        assert member in table, f"{interface}.{member} is not in the table of {MANUAL.name}"
        arguments = some_arguments(member, signature)
        for who, connection in people.items():
            got = outcome(connection, interface, member, signature, arguments)
            if who != "root" and table[member].startswith("root"):
                assert got == REFUSED, (who, member)
            else:
                assert got not in (REFUSED, DENIED), (who, member)
    for interface, member, signature, arguments in NOT_FOR_ANYBODY:
        for who, connection in people.items():
            assert outcome(connection, interface, member, signature, arguments) == DENIED, (who, member)
    assert jitd_process(host) == before


def test_s28_s41_forged_signals_are_nobody_elses(host):
    """A signal in jitd's name reaches neither jitd nor who listens to it; the name itself can't be had."""
    before = jitd_process(host)
    with Connection(host, "alice") as alice, Connection(host, "bob") as bob:
        bob.match(f"type='signal',sender='{bus.JITD}'")
        owner = alice.call(bus.DAEMON, "/org/freedesktop/DBus", bus.DAEMON, "GetNameOwner", "s", [bus.JITD])[0]
        for destination in ("", bus.JITD, owner):
            for path, interface, member, signature, arguments in (
                    (bus.OBJECT, bus.MANAGER, "GrantChanged", "ss", ["forged", "active"]),
                    ("/org/freedesktop/DBus", bus.DAEMON, "NameOwnerChanged", "sss", [bus.JITD, owner, alice.name])):
                data = alice.message(destination, path, interface, member, signature, arguments, kind=wire.SIGNAL)
                alice.send(data)
        granted = host.grant("carol")
        heard = host.wait_for("a true signal", lambda: [m for m in bob.heard(0.1) if granted in m.body])
        assert heard and not [m for m in bob.seen if "forged" in m.body]
        for flags in range(8):
            with pytest.raises(BusError, match="AccessDenied"):
                alice.call(bus.DAEMON, "/org/freedesktop/DBus", bus.DAEMON, "RequestName", "su", [bus.JITD, flags])
    assert jitd_process(host) == before
    local = "org.freedesktop.DBus.Local"
    with Connection(host, "alice") as alice:  # the bus hangs up on who sends this
        alice.send(alice.message(bus.JITD, "/org/freedesktop/DBus/Local", local, "Disconnected", kind=wire.SIGNAL))
        with pytest.raises(ConnectionError):
            alice.heard(5)
    assert jitd_process(host) == before and host.user("bob").run("jitctl status").code == 0


def test_s29_who_may_not_is_told_so_before_anything_is_touched(host):
    """A privileged call by nobody is refused before its arguments are looked at, and opens no file but /proc's and the
    user database."""
    privileged = [member for member, who in published().items() if who.startswith("root")]
    assert len(privileged) >= 6
    outside = host.seen_from_here(host.processes("/usr/libexec/jit/jitd")[0].split()[0])
    log = host.work / "strace"
    calls = "open|creat|unlink|rename|mkdir|link|symlink|f?chmod|f?truncate|pwrite|f(data)?sync|exec"
    trace = subprocess.Popen(["strace", "-f", "-qq", "-p", outside, "-o", log, "-e", f"trace=/^({calls})"])
    with Connection(host, NOBODY) as nobody:
        found = {member: signature for _, member, signature in nobody.methods()}
        host.wait_for("strace", lambda: re.search(r"TracerPid:\t[1-9]", Path(f"/proc/{outside}/status").read_text()))
        for member in privileged:
            arguments = [{"no such option": ("s", "\x1b[2J")} if type_ == "a{sv}" else bus.VALUES[type_]
                         for type_ in wire.complete(found[member])]
            assert nobody.refusal(member, found[member], *arguments).name == REFUSED, member
    trace.terminate()
    trace.wait(10)
    calls = log.read_text().splitlines()
    assert any('"/proc/' in line for line in calls), "strace saw nothing"
    expected = r'"/(proc/\d+/(loginuid|cgroup)|etc/(passwd|group|nsswitch\.conf)|run/systemd/userdb/?|(usr/)?lib/[^"]*)"'
    writes = "O_WRONLY|O_RDWR|O_CREAT"
    assert [line for line in calls if not re.search(expected, line) or re.search(writes, line)] == []


def test_s30_no_method_takes_a_path_or_a_descriptor(host):
    """Nobody hands jitd a path or a descriptor over the bus: no argument is one, and a message with one is kept away."""
    before = jitd_process(host)
    with Connection(host, "alice") as alice:
        for interface in alice.introspect().iter("interface"):
            if interface.get("name").startswith("org.jitd1"):
                for argument in interface.iter("arg"):
                    assert not set("oh") & set(argument.get("type")), argument.attrib
                    assert not re.search("path|file|folder|fd", argument.get("name")), argument.attrib
        call = wire.Message(fields={wire.PATH: bus.OBJECT, wire.INTERFACE: bus.MANAGER, wire.MEMBER: "GetStatus",
                                    wire.DESTINATION: bus.JITD, wire.FDS: 16}, body=[{}], serial=alice.serial())
        with open("/dev/zero") as file:
            alice.send(wire.encode(call, "a{sv}"), [file.fileno()] * 16)
        with pytest.raises(BusError, match="org.freedesktop.DBus.Error.NotSupported|Disconnected"):
            alice.answer(call.serial)
    assert jitd_process(host) == before


def test_s32_a_foreign_id_is_answered_like_an_unknown_one(host):
    """Whatever bob asks about alice's grants and sessions, a true id and a made-up one get the same words."""
    host.nopasswd("alice")
    file_grant = Grant("alice")
    host.accepted(file_grant)
    local = host.grant("alice")
    terminal = host.user("alice").tty()
    terminal.sendline("sudo -n -i")
    terminal.root_shell()
    session = host.json("list sessions")["sessions"][0]["id"]

    with Connection(host, "bob") as bob, Connection(host, "alice") as alice:
        for foreign in (file_grant.id, local, session):
            assert alice.manager("Show", "sa{sv}", foreign, {})
            for member, signature, arguments in (("Show", "sa{sv}", [{}]), ("Revoke", "ssa{sv}", ["over", {}]),
                                                 ("RevokeSession", "ssa{sv}", ["over", {}])):
                true = bob.refusal(member, signature, foreign, *arguments)
                false = bob.refusal(member, signature, UNKNOWN_ID, *arguments)
                assert true.name == false.name == ("org.jitd1.Error.NotFound" if member == "Show" else REFUSED)
                assert true.text.replace(foreign, "") == false.text.replace(UNKNOWN_ID, "")
        for known in ("alice", "mallory"):  # nor whether an account exists
            assert bob.refusal("Explain", "a{sv}", {"user": ("s", known)}).name == REFUSED
            assert bob.refusal("ListGrants", "a{sv}", {"user": ("s", known)}).name == REFUSED
    assert {g["state"] for g in host.json("list grants")["grants"]} == {"active"}


def test_s38_nobody_learns_about_others(host):
    """Neither the signals nor any answer of jitd tells nobody or bob a name, a reason, a ticket or a grant of alice."""
    host.nopasswd("alice")
    listeners = [Connection(host, who) for who in (NOBODY, "bob")]
    for listener in listeners:
        with pytest.raises(BusError, match="AccessDenied"):  # what dbus-monitor asks for
            listener.call(bus.DAEMON, "/org/freedesktop/DBus", f"{bus.DAEMON}.Monitoring", "BecomeMonitor", "asu", [[], 0])
        with pytest.raises(BusError, match="AccessDenied"):
            listener.match("eavesdrop='true'")
        listener.match("type='signal'")
    file_grant = Grant("alice", id="CHG-4711-alice", reason="secret disk")
    host.accepted(file_grant)
    local = host.json("grant alice --for 30m --reason 'secret disk' --ticket CHG-4712")["id"]
    terminal = host.user("alice").tty()
    terminal.sendline("sudo -n -i")
    terminal.root_shell()
    session = host.json("list sessions")["sessions"][0]["id"]
    host.jitctl("revoke --user alice --reason 'secret end'")
    terminal.shell()
    host.accepted(Grant("carol"))
    text = 'format = 1\ntype = "alice secret CHG-4711"\n'
    host.put(text, host.olivia.sign(text))
    host.wait_event("file.refused")
    secrets = ("alice", "secret", "CHG-4711", "CHG-4712", "carol")
    for listener in listeners:
        heard = [m for m in listener.heard(0.3) if m.kind == wire.SIGNAL and m.fields[wire.INTERFACE] == bus.MANAGER]
        assert len(heard) >= 4
        assert not [m for m in heard if any(secret in str(m) for secret in secrets)]
        told = []
        for member, signature, arguments in (
                ("GetStatus", "a{sv}", [{}]), ("ListGrants", "a{sv}", [{}]), ("ListGrants", "a{sv}", [{"all": ("b", True)}]),
                ("ListSessions", "a{sv}", [{}]), ("Explain", "a{sv}", [{}])):
            told.append(listener.manager(member, signature, *arguments))
        told.append(listener.call(bus.JITD, bus.OBJECT, "org.freedesktop.DBus.Properties", "GetAll", "s", [bus.MANAGER]))
        assert not [word for word in (*secrets, local, session) if word in str(told)]
        assert told[0][0]["file"]["code"] and told[1:4] == [[[]]] * 3
        listener.close()
    assert "alice secret" in host.jitctl("status").out  # an admin is told what was wrong


def test_s41_nobody_else_answers_in_jitds_name(host):
    """While jitd is down nobody can take its name or the place of its socket, so nobody answers for it."""
    host.nopasswd("alice")
    host.grant("alice")
    host.root("systemctl mask --now jitd.socket jitd.service 2>&1")
    for who in ("alice", NOBODY):
        with Connection(host, who) as other:
            with pytest.raises(BusError, match="AccessDenied"):
                other.call(bus.DAEMON, "/org/freedesktop/DBus", bus.DAEMON, "RequestName", "su", [bus.JITD, 3])
    down = host.user("alice").run("jitctl list")
    assert down.code == 5 and "Unit jitd.service is masked. Is it running?" in down.err, down
    acts = ("mkdir /run/jit", "mv /run/jit /run/was", "rm -rf /run/jit/gate", "touch /run/jit/gate", "ln -sf /tmp /run/jit",
            "chmod 777 /run/jit")
    place = host.user("alice").run("; ".join(f"{act} && echo did: {act}" for act in acts) + "; true")
    assert "did:" not in place.out and place.err.count("ermission denied") + place.err.count("not permitted") >= 3
    # And if somebody had: a folder or a socket that is not root's alone is asked nothing.
    folder = f"/proc/{host.pid}/root/run/jit"
    alice = host.uid("alice")
    for owner, mode, listener in ((alice, 0o711, alice), (0, 0o711, alice), (0, 0o777, 0), (alice, 0o711, 0)):
        host.root("rm -rf /run/jit; mkdir /run/jit")
        with listening(folder, listener) as fake:
            os.chmod(folder, mode)
            os.chown(folder, owner, 0)
            refused = host.user("alice").run("sudo -n id")
            assert refused.code == 1 and "[UNAVAILABLE]" in refused.err, (owner, mode, listener)
            assert asked(fake) == b""
    host.root("rm -rf /run/jit; mkdir -m 0711 /run/jit")
    with listening(folder, 0) as fake:  # the control: root's own is asked
        host.user("alice").run("sudo -n id")
        assert asked(fake).startswith(b"\0AUTH EXTERNAL")
    host.root("rm -rf /run/jit; systemctl unmask jitd.socket jitd.service 2>&1; systemctl start jitd.socket jitd.service")
    assert host.user("alice").run("sudo -n id -u").out == "0\n"
    with pytest.raises(PermissionError):
        next(bus.sockets(host, alice, 1, bus.GATE))


@contextmanager
def listening(folder: str, uid: int):
    """A socket named gate in this folder, whose listener is this uid."""
    before, place = os.open(".", os.O_PATH), os.open(folder, os.O_PATH)
    fake = socket.socket(socket.AF_UNIX)
    os.fchdir(place)
    try:
        fake.bind("gate")
        os.chmod("gate", 0o666)
        os.seteuid(uid)
        fake.listen()
    finally:
        os.seteuid(0)
        os.fchdir(before)
        os.close(before)
        os.close(place)
    with fake:
        yield fake


def asked(fake: socket.socket) -> bytes:
    """What the first who came said."""
    fake.setblocking(False)
    try:
        with fake.accept()[0] as client:
            client.setblocking(True)
            client.settimeout(5)
            return client.recv(100)
    except BlockingIOError:
        return b""
