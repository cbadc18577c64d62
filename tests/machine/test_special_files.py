# SPDX-License-Identifier: Apache-2.0
"""What is no plain file of root in the grant file's place: refused by its code, with little memory, and nobody waits."""

import os
import re
import signal
import stat
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lib.grants import Grant, grant_file
from lib.host import Host

MIB = 1 << 20


@pytest.fixture(scope="module")
def serving(installed):
    """A host with a file in force that lets alice in."""
    with Host(installed) as host:
        host.ready("sudo")
        host.nopasswd("alice", "bob")
        host.accepted(Grant("alice", lasts=3600))
        host.control = answer_time(host, lambda: host.write("/etc/jit/grants.toml", "control"), "BAD_SIGNATURE")
        clean(host)
        yield host


def answer_time(host: Host, act: Callable[[], None], code: str) -> float:
    """Seconds from the delivery to the record of its refusal."""
    before = len(host.events("file.refused", code=code))
    began = time.time()
    act()
    return int(host.refused(code, before)["__REALTIME_TIMESTAMP"]) / 1e6 - began


def in_place(host: Host, make: Callable[[Path], object], name: str = "grants.toml") -> None:
    """Makes something beside the file and moves it into the file's place; the other of the two is a good one."""
    text = grant_file(Grant("bob"))
    signature = host.olivia.sign(text)
    new = host.path("/etc/jit/.new")

    def put() -> None:
        new.write_text(text if name == "grants.toml" else signature)
        new.chmod(0o644)
        if make(new) != KEEP:
            new.rename(host.path(f"/etc/jit/{name}"))

    # The good one must not be complete with what was there before: neither is there, and the signature comes first.
    if name == "grants.toml":
        host.write("/etc/jit/grants.toml.sig", signature)
        put()
    else:
        put()
        host.write("/etc/jit/grants.toml", text)


def instead(make: Callable[[Path], object]) -> Callable[[Path], object]:
    """Something that is no changed file but another thing."""
    return lambda new: (new.unlink(), make(new))


KEEP = "nothing is put in place"


def sparse(size: int) -> Callable[[Path], object]:
    return lambda new: (new.write_bytes(b""), os.truncate(new, size))


def socket_at(new: Path) -> None:
    os.mknod(new, stat.S_IFSOCK | 0o600)


def device_at(new: Path) -> None:
    os.mknod(new, stat.S_IFCHR | 0o600, os.makedev(1, 5))


def growing(host: Host) -> None:
    """Eight MiB to which somebody appends byte after byte, and goes on while it is looked at."""
    host.write("/etc/jit/grants.toml.sig", "no signature")
    host.write("/etc/jit/grants.toml", "#" * (8 * MIB))
    # Each dd writes for longer than jitd waits for quiet after the one before. Ends with the tests, also with killed ones.
    host.writer = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", "sh", "-c",
         'while :; do dd if=/dev/zero of="$0" bs=1 count=500000 oflag=append conv=notrunc status=none; done',
         host.path("/etc/jit/grants.toml")], start_new_session=True)


def symlink(host: Host) -> Callable[[Path], object]:
    """To the right file, elsewhere."""
    return lambda new: (new.rename(host.path("/etc/right.toml")), new.symlink_to("/etc/right.toml"))


SIG = "grants.toml.sig"
# What is put there, and the code it is refused with.
FILES: dict[str, tuple[str, Callable[[Host], None]]] = {
    "a symlink to the right file": ("NOT_REGULAR", lambda host: in_place(host, symlink(host))),
    "a symlink to the right signature": ("NOT_REGULAR", lambda host: in_place(host, symlink(host), SIG)),
    "a symlink to nothing": ("NOT_REGULAR", lambda host: in_place(host, instead(lambda new: new.symlink_to("/nowhere")))),
    "a FIFO": ("NOT_REGULAR", lambda host: in_place(host, instead(os.mkfifo))),
    "a FIFO as signature": ("NOT_REGULAR", lambda host: in_place(host, instead(os.mkfifo), SIG)),
    "a folder": ("NOT_REGULAR", lambda host: in_place(host, instead(Path.mkdir))),
    "/dev/zero": ("NOT_REGULAR", lambda host: in_place(host, instead(device_at))),
    "/dev/zero as signature": ("NOT_REGULAR", lambda host: in_place(host, instead(device_at), SIG)),
    "a socket": ("NOT_REGULAR", lambda host: in_place(host, instead(socket_at))),
    "10 GB of nothing": ("TOO_BIG", lambda host: in_place(host, sparse(10 * 1000 * MIB))),
    "10 GB of nothing as signature": ("TOO_BIG", lambda host: in_place(host, sparse(10 * 1000 * MIB), SIG)),
    "64 MiB of nothing": ("BAD_SIGNATURE", lambda host: in_place(host, sparse(64 * MIB))),
    "a byte more": ("TOO_BIG", lambda host: in_place(host, sparse(64 * MIB + 1))),
    "a growing file": ("CHANGED", growing),
    "a file of alice": ("OWNER", lambda host: in_place(host, lambda new: os.chown(new, host.uid("alice"), 0))),
    "a signature of alice": ("OWNER", lambda host: in_place(host, lambda new: os.chown(new, host.uid("alice"), 0), SIG)),
    "a file all may write": ("MODE", lambda host: in_place(host, lambda new: new.chmod(0o646))),
    "a file its group may write": ("MODE", lambda host: in_place(host, lambda new: new.chmod(0o664))),
    "a signature all may write": ("MODE", lambda host: in_place(host, lambda new: new.chmod(0o666), SIG)),
    "a file jitd can't read": ("UNREADABLE", lambda host: in_place(host, lambda new: new.chmod(0o600))),
    "no signature": ("MISSING", lambda host: in_place(host, lambda new: (new.unlink(), KEEP)[1], SIG)),
}
BUSY = 3.0  # seconds more than the control: other tests may have the processor now
# Read to its end: it may be a file of 100,000 grants. And read again and again, until it grows in that moment.
SLOW = {"64 MiB of nothing": 2.0, "a growing file": 8.0}


@pytest.mark.parametrize("what", FILES)
def test_s52_what_is_no_file_of_root(serving, what):
    """Refused with its code soon, in 2 MiB more memory; the last file serves, also in the middle of it."""
    code, put = FILES[what]
    serving.root(f"echo 5 >/proc/{pid(serving)}/clear_refs")
    idle, before = memory(serving, "VmHWM"), len(serving.events("check.allowed", user="alice"))
    during: list = []
    person = threading.Thread(target=lambda: during.append(
        serving.user("alice").run("for i in 1 2 3 4 5 6; do sudo -n id -u; done")))
    person.start()
    try:
        late = answer_time(serving, lambda: put(serving), code)
    finally:
        if writer := getattr(serving, "writer", None):
            os.killpg(writer.pid, signal.SIGKILL)
            writer.wait()
            del serving.writer
        person.join()
        clean(serving)
    assert during[0].out == "0\n" * 6
    assert len(serving.events("check.allowed", user="alice")) - before >= 6
    assert late < 2 * serving.control + BUSY + SLOW.get(what, 0)
    assert memory(serving, "VmHWM") - idle <= 2 * MIB
    assert "[NO_GRANT]" in serving.user("bob").run("sudo -n id").text


def pid(host: Host) -> str:
    return host.root("systemctl show --value -p MainPID jitd.service").out.strip()


def memory(host: Host, field: str) -> int:
    """Bytes; VmHWM is the most it was since clear_refs."""
    return int(re.search(rf"{field}:\s+(\d+)", host.root(f"cat /proc/{pid(host)}/status").out)[1]) * 1024


def clean(host: Host) -> None:
    for name in ("grants.toml", "grants.toml.sig"):
        place = host.path(f"/etc/jit/{name}")
        if place.is_dir():
            place.rmdir()
        else:
            place.unlink(missing_ok=True)


def test_s59_the_transport_reaches_only_the_files_it_brings(host):
    """Who delivers for root can't touch what was accepted, and jitd has no network to fetch anything from."""
    host.accepted(Grant("alice"))
    for command in ("ls /var/lib/jit", "cp /etc/jit/grants.toml /var/lib/jit/accepted", "rm -f /var/lib/jit/accepted",
                    "mv /etc/jit/grants.toml.sig /var/lib/jit/accepted"):
        assert host.user("carol").run(command).code != 0, command
    state = host.path("/var/lib/jit").stat()
    assert (state.st_uid, state.st_mode & 0o7777) == (host.uid("jitd"), 0o700)
    devices = host.root(f"cat /proc/{pid(host)}/net/dev").out
    assert re.findall(r"^\s*(\S+):", devices, re.M) == ["lo"]
    for family in ("tcp", "tcp6", "udp", "udp6", "raw", "packet"):
        table = host.root(f"cat /proc/{pid(host)}/net/{family}", check=False).out
        assert len(table.splitlines()) <= 1, family
