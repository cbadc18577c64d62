# SPDX-License-Identifier: Apache-2.0
"""Hostile grant files are refused with their code, recorded, and change nothing: what was accepted keeps serving."""

import random
import subprocess
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


def test_s47_flipped_bits(serving):
    """A file with one flipped bit, anywhere, is refused with BAD_SIGNATURE."""
    text = for_bob().encode()
    signature = serving.olivia.sign(text.decode())
    for place in random.Random(1).sample(range(len(text)), 5):
        flipped = bytearray(text)
        flipped[place] ^= 1 << random.Random(place).randrange(8)
        refuses(serving, "BAD_SIGNATURE", bytes(flipped), signature)


def test_s47_flipped_bits_in_the_signature(serving):
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


@pytest.mark.parametrize("namespace", ["file", "git", "jit-grants@v2", "jit-approval@v1", "jit-trust@v1"])
def test_s54_other_namespace(serving, namespace):
    """A signature olivia made for something else is refused with NAMESPACE."""
    text = for_bob()
    refuses(serving, "NAMESPACE", text, serving.olivia.sign(text, namespace))


def test_unknown_key(serving):
    """A signature by a key this host does not trust is refused with UNKNOWN_KEY."""
    text = for_bob()
    refuses(serving, "UNKNOWN_KEY", text, Signer("mallory").sign(text))


WRONG = {
    "FAST_FORWARD": lambda now: {"serial": int(now) + 3600},
    "ROLLBACK": lambda now: {"serial": int(now) - 3600},
    "EXPIRED": lambda now: {"issued": now - 7200, "expires": now - 10},
    "ISSUED": lambda now: {"issued": now + 3600},
    "LIFETIME": lambda now: {"issued": now - 10, "expires": now + 8 * 86400},
    "ORG": lambda now: {"org": "elsewhere"},
}


@pytest.mark.parametrize("code", WRONG)
def test_s48_s51_wrong_header(serving, code):
    """A rightly signed file that is old, from the future, too long-lived or another org's is refused by its code."""
    text = for_bob(**WRONG[code](time.time()))
    refuses(serving, code, text, serving.olivia.sign(text))


def test_s50_equivocation(serving):
    """A second file with the serial of the accepted one and other contents is refused with EQUIVOCATION."""
    serial = next(line.split()[-1] for line in serving.first.splitlines() if line.startswith("serial"))
    text = for_bob(serial=int(serial))
    refuses(serving, "EQUIVOCATION", text, serving.olivia.sign(text))


def test_s57_long_dotted_key(serving):
    """A key of 31,000 parts, which overflows the stack of a TOML parser, is refused with LINT, and jitd lives."""
    pid = serving.root("systemctl show --value -p MainPID jitd.service").out
    text = for_bob() + ".".join("a" * 31000) + " = 1\n"
    refuses(serving, "LINT", text, serving.olivia.sign(text))
    assert serving.root("systemctl show --value -p MainPID jitd.service").out == pid


@pytest.mark.parametrize("line", ['reason2 = "x"', "[other]", "[[grant]] # more", 'note = """\nx"""', "grant = []", "user = 7",
                                  "later = 2026-11-22To2:00:00Z", "é = 1"])
def test_s57_strict_toml(serving, line):
    """An unknown key, another table, a multi-line string, a wrong type, what a parser aborts on: refused, and jitd lives."""
    pid = serving.root("systemctl show --value -p MainPID jitd.service").out
    text = for_bob() + line + "\n"
    before = len(serving.events("file.refused"))
    serving.put(text, serving.olivia.sign(text))
    serving.wait_for("a refusal", lambda: len(serving.events("file.refused")) > before)
    assert serving.events("file.refused")[-1]["JIT_CODE"] in ("LINT", "PARSE", "FIELD")
    still_serving(serving)
    assert serving.root("systemctl show --value -p MainPID jitd.service").out == pid


@pytest.mark.parametrize("reason", [r"\u001b[2J", r"\u0000", r"\u202e", r"a\nb"])
def test_s57_terminal_tricks(serving, reason):
    """Control, escape and bidi characters in a reason, escaped or not, are refused before they reach a terminal."""
    text = grant_file(Grant("bob", reason=reason))
    before = len(serving.events("file.refused"))
    serving.put(text, serving.olivia.sign(text))
    serving.wait_for("a refusal", lambda: len(serving.events("file.refused")) > before)
    still_serving(serving)


# -- several signers

def two_needed(host: Host, **principals: str) -> Signer:
    carol = Signer("carol")
    host.write("/etc/jit/trust.toml", grants.trust_file(host.olivia, carol, threshold=2, principals=principals))
    host.jitctl("reload")
    host.nopasswd("alice")
    return carol


def test_s53_two_signatures(fresh):
    """Where two people must sign, one signature is refused with THRESHOLD, and both let alice in."""
    host = fresh.ready("sudo")
    carol = two_needed(host)
    host.deliver(Grant("alice"))
    host.refused("THRESHOLD", 0)
    assert host.user("alice").run("sudo -n id").code == 1
    host.accepted(Grant("alice"), signers=(host.olivia, carol))
    assert host.user("alice").run("sudo -n id -u").out == "0\n"


def test_s53_one_person_with_two_keys(fresh):
    """Two signatures with two keys of one person, or with one key twice, count once: THRESHOLD."""
    host = fresh.ready("sudo")
    second = two_needed(host, carol="olivia")
    host.deliver(Grant("alice"), signers=(host.olivia, second))
    host.refused("THRESHOLD", 0)
    host.deliver(Grant("alice"), signers=(host.olivia, host.olivia))
    host.refused("THRESHOLD", 1)
    assert host.user("alice").run("sudo -n id").code == 1


# -- the high-water mark

def test_s48_rollback(fresh):
    """An older file, though rightly signed, is refused with ROLLBACK: at once, after a restart, a reboot, a reinstall."""
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
    host.reboot()
    assert refused(), "after a reboot"
    names = " ".join(image.copy_packages(host))
    host.root("apt-get -y remove jitd 2>&1", timeout=120)
    host.root(f"apt-get -y --no-install-recommends install {names} 2>&1", timeout=120)
    host.jitctl("pam enable sudo")
    assert refused(), "after a reinstall"


# -- its own end

def test_s49_no_grant_outlives_its_file(fresh):
    """A file that is not replaced ends what it gave in the second it expires; what was granted here goes on."""
    host = fresh.ready("sudo")
    host.nopasswd("alice", "bob", "carol")
    own = host.grant("bob")
    host.accepted(Grant("alice", lasts=3600))
    shell = host.user("alice").tty()
    shell.sendline("sudo -n -i")
    shell.root_shell()
    watch = host.user("alice").tty("while sudo -n true 2>/dev/null; do sleep 0.1; done; date +%s.%N")
    expires = time.time() + 3
    host.accepted(Grant("alice", lasts=3600), expires=expires)
    shell.shell()
    assert -0.1 < time.time() - expires < 2.0  # at a terminal; the record is exact
    watch.expect(r"(\d+\.\d+)\s")
    assert -0.1 < float(watch.match[1]) - expires < 2.0
    expired = host.wait_event("file.expired")
    assert abs(int(expired["__REALTIME_TIMESTAMP"]) / 1e6 - expires) < 1.0
    assert int(expired["PRIORITY"]) <= 4, "an alert"
    assert "[EXPIRED]" in host.user("alice").run("sudo -n id").text
    assert host.user("bob").run("sudo -n id -u").out == "0\n"
    assert host.json("show " + own)["object"]["state"] == "active"
    assert "[NO_GRANT]" in host.user("carol").run("sudo -n id").text
    host.accepted(Grant("carol"))
    assert host.user("carol").run("sudo -n id -u").out == "0\n"


def test_s56_the_packages_ask_for_the_mended_libsodium(fresh):
    """libsodium23 before 1.0.18-1+deb12u1 took keys with a part of small order (CVE-2025-69277)."""
    for package in image.packages():
        depends = subprocess.run(["dpkg-deb", "--field", package, "Depends"], check=True, capture_output=True, text=True).stdout
        if "libsodium" in depends:
            assert "libsodium23 (>= 1.0.18-1+deb12u1)" in depends, package.name
    said = fresh.enter("dpkg-query", "--show", "--showformat=${Depends}\\n", "jitd", "jitctl").out
    assert said.count("libsodium23 (>= 1.0.18-1+deb12u1)") == 2
