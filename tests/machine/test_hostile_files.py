# SPDX-License-Identifier: Apache-2.0
"""Hostile grant files are refused with their code, recorded, and change nothing: what was accepted keeps serving."""

import os
import random
import time

import pytest

from lib import grants, image
from lib.grants import Grant, Signer, grant_file
from lib.host import Host


@pytest.fixture(scope="module")
def serving(installed):
    """A host with a file in force that lets alice in; the cases below must not change that."""
    with Host(installed) as host:
        host.ready("sudo")
        host.nopasswd("alice", "bob")
        host.first = host.accepted(Grant("alice", lasts=3600))
        yield host


def still_serving(host: Host) -> None:
    assert host.user("alice").run("sudo -n id -u").out == "0\n"
    assert "[NO_GRANT]" in host.user("bob").run("sudo -n id").text


def refuses(host: Host, code: str, text: str | bytes, *signatures: str) -> None:
    before = len(host.events("file.refused", code=code))
    host.put(text, *signatures)
    host.refused(code, before)
    still_serving(host)


def for_bob(**header) -> str:
    return grant_file(Grant("bob"), **header)


def test_flipped_bits(serving):
    """A file with one flipped bit, anywhere, is refused with BAD_SIGNATURE."""
    text = for_bob().encode()
    signature = serving.olivia.sign(text.decode())
    for place in random.Random(1).sample(range(len(text)), 5):
        flipped = bytearray(text)
        flipped[place] ^= 1 << random.Random(place).randrange(8)
        refuses(serving, "BAD_SIGNATURE", bytes(flipped), signature)


def test_flipped_bits_in_the_signature(serving):
    """A signature with a changed letter is refused with SIG_FORMAT, UNKNOWN_KEY, NAMESPACE or BAD_SIGNATURE."""
    text = for_bob()
    lines = serving.olivia.sign(text).splitlines(keepends=True)
    for number in range(1, len(lines) - 1):
        old = lines[number]
        changed = ("B" if old[7] != "B" else "C").join([old[:7], old[8:]])
        before = len(serving.events("file.refused"))
        serving.put(text, "".join(lines[:number] + [changed] + lines[number + 1:]))
        serving.wait_for("a refusal", lambda: len(serving.events("file.refused")) > before)
        assert serving.events("file.refused")[-1]["JIT_CODE"] in (
            "SIG_FORMAT", "UNKNOWN_KEY", "NAMESPACE", "BAD_SIGNATURE")
    still_serving(serving)


@pytest.mark.parametrize("namespace", ["file", "git", "jit-grants@v2", "jit-approve@v1"])
def test_other_namespace(serving, namespace):
    """A signature olivia made for something else is refused with NAMESPACE."""
    text = for_bob()
    refuses(serving, "NAMESPACE", text, serving.olivia.sign(text, namespace))


def test_unknown_key(serving):
    """A signature by a key this host does not trust is refused with UNKNOWN_KEY."""
    text = for_bob()
    refuses(serving, "UNKNOWN_KEY", text, Signer("mallory").sign(text))


def test_no_signature(serving):
    """A file without signature, or with an empty one, is refused."""
    before = len(serving.events("file.refused"))
    serving.put(for_bob(), "")
    serving.wait_for("a refusal", lambda: len(serving.events("file.refused")) > before)
    still_serving(serving)


WRONG = {
    "FAST_FORWARD": lambda now: {"serial": int(now) + 3600},
    "ROLLBACK": lambda now: {"serial": int(now) - 3600},
    "EXPIRED": lambda now: {"issued": now - 7200, "expires": now - 10},
    "ISSUED": lambda now: {"issued": now + 3600},
    "LIFETIME": lambda now: {"issued": now - 10, "expires": now + 8 * 86400},
    "ORG": lambda now: {"org": "elsewhere"},
}


@pytest.mark.parametrize("code", WRONG)
def test_wrong_header(serving, code):
    """A rightly signed file that is old, from the future, too long-lived or another org's is refused by its code."""
    text = for_bob(**WRONG[code](time.time()))
    refuses(serving, code, text, serving.olivia.sign(text))


def test_equivocation(serving):
    """A second file with the serial of the accepted one and other contents is refused with EQUIVOCATION."""
    serial = next(line.split()[-1] for line in serving.first.splitlines() if line.startswith("serial"))
    text = for_bob(serial=int(serial))
    refuses(serving, "EQUIVOCATION", text, serving.olivia.sign(text))


def test_long_dotted_key(serving):
    """A key of 31,000 parts, which overflows the stack of a TOML parser, is refused with LINT, and jitd lives."""
    pid = serving.root("systemctl show --value -p MainPID jitd.service").out
    text = for_bob() + ".".join("a" * 31000) + " = 1\n"
    refuses(serving, "LINT", text, serving.olivia.sign(text))
    assert serving.root("systemctl show --value -p MainPID jitd.service").out == pid


@pytest.mark.parametrize("line", ['reason2 = "x"', "[other]", "[[grant]] # more", 'note = """\nx"""', "grant = []", "user = 7"])
def test_strict_toml(serving, line):
    """An unknown key, another table, a multi-line string, a wrong type: refused."""
    text = for_bob() + line + "\n"
    before = len(serving.events("file.refused"))
    serving.put(text, serving.olivia.sign(text))
    serving.wait_for("a refusal", lambda: len(serving.events("file.refused")) > before)
    assert serving.events("file.refused")[-1]["JIT_CODE"] in ("LINT", "PARSE", "FIELD")
    still_serving(serving)


@pytest.mark.parametrize("reason", [r"\u001b[2J", r"\u0000", r"\u202e", r"a\nb"])
def test_terminal_tricks(serving, reason):
    """Control, escape and bidi characters in a reason, escaped or not, are refused before they reach a terminal."""
    text = grant_file(Grant("bob", reason=reason))
    before = len(serving.events("file.refused"))
    serving.put(text, serving.olivia.sign(text))
    serving.wait_for("a refusal", lambda: len(serving.events("file.refused")) > before)
    still_serving(serving)


@pytest.mark.parametrize("what", ["symlink", "fifo", "directory"])
def test_not_a_file(serving, what):
    """A symlink, a FIFO or a folder in the file's place is refused with NOT_REGULAR, and blocks nothing."""
    text = for_bob()
    before = len(serving.events("file.refused", code="NOT_REGULAR"))
    serving.write("/etc/jit/grants.toml.sig", serving.olivia.sign(text))
    serving.write("/etc/elsewhere.toml", text)
    place, new = serving.path("/etc/jit/grants.toml"), serving.path("/etc/jit/.new")
    if what == "symlink":
        new.symlink_to("/etc/elsewhere.toml")
    elif what == "fifo":
        os.mkfifo(new)
    else:
        place.unlink(missing_ok=True)
        new.mkdir()
    new.rename(place)
    try:
        serving.refused("NOT_REGULAR", before)
        still_serving(serving)
    finally:
        place.rmdir() if what == "directory" else place.unlink()


def test_wrong_owner(serving):
    """A file that is alice's own, though rightly signed, is refused with OWNER."""
    text = for_bob()
    before = len(serving.events("file.refused", code="OWNER"))
    serving.write("/etc/jit/grants.toml.sig", serving.olivia.sign(text))
    new = serving.path("/etc/jit/.new")
    new.write_text(text)
    os.chown(new, serving.uid("alice"), 0)
    new.rename(serving.path("/etc/jit/grants.toml"))
    serving.refused("OWNER", before)
    still_serving(serving)


def test_writable_by_all(serving):
    """A file anybody could change is refused with MODE."""
    text = for_bob()
    before = len(serving.events("file.refused", code="MODE"))
    serving.write("/etc/jit/grants.toml.sig", serving.olivia.sign(text))
    serving.write("/etc/jit/grants.toml", text, 0o666)
    serving.refused("MODE", before)
    still_serving(serving)


def test_too_big(serving):
    """A signature beyond 64 KiB is refused with TOO_BIG."""
    text = for_bob()
    refuses(serving, "TOO_BIG", text, serving.olivia.sign(text) * 300)


# -- several signers

def two_needed(host: Host, **principals: str) -> Signer:
    carol = Signer("carol")
    host.write("/etc/jit/trust.toml", grants.trust_file(host.olivia, carol, threshold=2, principals=principals))
    host.jitctl("reload")
    host.nopasswd("alice")
    return carol


def test_two_signatures(fresh):
    """Where two people must sign, one signature is refused with THRESHOLD, and both let alice in."""
    host = fresh.ready("sudo")
    carol = two_needed(host)
    host.deliver(Grant("alice"))
    host.refused("THRESHOLD", 0)
    assert host.user("alice").run("sudo -n id").code == 1
    host.accepted(Grant("alice"), signers=(host.olivia, carol))
    assert host.user("alice").run("sudo -n id -u").out == "0\n"


def test_one_person_with_two_keys(fresh):
    """Two signatures with two keys of one person, or with one key twice, count once: THRESHOLD."""
    host = fresh.ready("sudo")
    second = two_needed(host, carol="olivia")
    host.deliver(Grant("alice"), signers=(host.olivia, second))
    host.refused("THRESHOLD", 0)
    host.deliver(Grant("alice"), signers=(host.olivia, host.olivia))
    host.refused("THRESHOLD", 1)
    assert host.user("alice").run("sudo -n id").code == 1


# -- the high-water mark

def test_rollback(fresh):
    """An older file, though rightly signed, is refused with ROLLBACK: at once, after a restart, after a reinstall."""
    host = fresh.ready("sudo")
    host.nopasswd("alice")
    now = int(time.time())
    old = host.accepted(Grant("alice"), serial=now - 20)
    host.accepted(serial=now - 10)

    def refused() -> bool:
        before = len(host.events("file.refused", code="ROLLBACK"))
        # A blank more makes it another pair, which is recorded anew.
        host.old = getattr(host, "old", old) + "\n"
        host.put(host.old, host.olivia.sign(host.old))
        host.refused("ROLLBACK", before)
        return host.user("alice").run("sudo -n id").code == 1

    assert refused()
    host.root("systemctl restart jitd.service")
    assert refused(), "after a restart"
    names = " ".join(image.copy_packages(host))
    host.root("apt-get -y remove jitd 2>&1", timeout=120)
    host.root(f"apt-get -y --no-install-recommends install {names} 2>&1", timeout=120)
    host.jitctl("pam enable sudo")
    assert refused(), "after a reinstall"
