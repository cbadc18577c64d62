# SPDX-License-Identifier: Apache-2.0
"""Text from people: whatever it holds, it reaches no terminal, and one event stays one record of jitd's."""

import json
import unicodedata

import pytest

from lib import bus, grants
from lib.bus import BusError, Connection
from lib.grants import Grant

# What a terminal would act on, and what would look like something else.
HOSTILE = {
    "clear": "x\x1b[2J\x1b[H", "clipboard": "x\x1b]52;c;cm0gLXJmIC8=\x07", "cr": "innocent\rguilty", "bell": "x\x07",
    "c1": "x\u009b2J", "override": "x\u202etxet", "zero width": "al\u200bice", "newline": "x\nJIT_EVENT=check.allowed",
    "separator": "x\u2028y", "delete": "x\x7f", "tag": "x\U000e0041",
}
LONG = "r" * 4096
INVALID = "x\udcff\udcfe\udcc3("  # bytes that are no UTF-8, as Python passes them on


def unprintable(text: str) -> list[str]:
    """Characters that a terminal acts on or does not show; tab and newline are jitctl's own."""
    return [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Co", "Cn", "Cs") and c not in "\n\t"]


def jitctl(host, *arguments: str):
    """Its code and what it printed, of which every character is printable."""
    done = host.enter("jitctl", *arguments)
    assert unprintable(done.text) == [], arguments
    return done


def looks(host) -> None:
    """Everything jitctl can show, as text and as JSON."""
    ids = [grant["id"] for grant in host.json("list grants --all")["grants"]]
    ids += [session["id"] for session in host.json("list sessions")["sessions"]]
    for line in (["status"], ["list", "--all"], ["list", "sessions"], ["list", "locks"], ["explain", "--user", "alice"],
                 ["log"], ["log", "--verify"], ["host"], ["trust", "list"], ["pam", "status"],
                 ["verify", "/etc/jit/grants.toml"], *(["show", one] for one in ids)):
        for form in ("off", "short", "pretty"):
            shown = jitctl(host, *line, f"--json={form}").out
            if form == "short":
                for one in shown.splitlines():
                    json.loads(one)


def records(host) -> int:
    """Entries of jitd in the journal that are records."""
    return len(host.events())


def test_s42_s43_hostile_words_on_the_command_line(host):
    """A reason, ticket, name or id with what a terminal acts on is refused, in printable words, and leaves no record."""
    grant = host.grant("alice")
    host.wait_event("grant.activated", grant=grant)
    before = records(host)
    for name, word in {**HOSTILE, "long": LONG, "invalid": INVALID}.items():
        for line in (["grant", "bob", "--for", "1h", "--reason", word], ["revoke", grant, "--reason", word],
                     ["grant", "bob", "--for", "1h", "--reason", "x", "--ticket", word], ["lock", "bob", "--reason", word],
                     ["grant", word, "--for", "1h", "--reason", "x"], ["grant", "bob", "--for", word, "--reason", "x"],
                     ["grant", "bob", "--for", "1h", "--reason", "x", "--role", word], ["show", word],
                     ["revoke", word, "--reason", "x"], ["revoke", "--user", word, "--reason", "x"],
                     ["explain", "--user", word], ["explain", "--service", word], ["list", word], [word],
                     ["verify", word], ["log", "--since", word], ["pam", "enable", word], ["trust", "list", "--trust", word]):
            done = jitctl(host, *line, "--json=short" if len(name) % 2 else "--json=off")
            nothing = '"ended":[]' in done.out or "nothing to end" in done.out  # nobody of that name holds anything
            assert done.code != 0 or nothing, (name, line)
    assert records(host) == before
    assert jitctl(host, "explain", "--target", HOSTILE["clear"], "--user", "alice").code == 3
    looks(host)


def test_s42_s43_hostile_words_on_the_bus(host):
    """Who leaves jitctl out gets no further: words are refused or recorded escaped, and one call is one record."""
    grant = host.grant("alice")
    host.wait_event("grant.activated", grant=grant)
    with Connection(host, "root") as root:
        for name, word in HOSTILE.items():
            before = records(host)
            for member, signature, arguments in (
                    ("Grant", "sstsa{sv}", ["bob", "root", 60_000_000, word, {}]),
                    ("Grant", "sstsa{sv}", ["bob", "root", 60_000_000, "x", {"ticket": ("s", word)}]),
                    ("Grant", "sstsa{sv}", ["bob", word, 60_000_000, "x", {}]),
                    ("Grant", "sstsa{sv}", [word, "", 60_000_000, "x", {}]),
                    ("Revoke", "ssa{sv}", [word, "x", {}]), ("RevokeSession", "ssa{sv}", [word, "x", {}]),
                    ("Lock", "ssa{sv}", [word, "x", {}]),
                    ("Lock", "ssa{sv}", ["bob", word, {}]), ("RevokeAll", "sa{sv}", [word, {}]),
                    ("Revoke", "ssa{sv}", [grant, word, {}]), ("Unlock", "ssa{sv}", [word, "x", {}]),
                    ("Show", "sa{sv}", [word, {}]), ("Show", "sa{sv}", ["x", {word: ("s", "x")}]),
                    ("Explain", "a{sv}", [{"user": ("s", word)}]), ("Explain", "a{sv}", [{"service": ("s", word)}])):
                refused = root.refusal(member, signature, *arguments)
                assert unprintable(refused.text) == [], (name, member)
            assert records(host) == before, name
        for reason in (LONG, b"x\xff\xfe\xc3("):
            with Connection(host, "root", path=bus.GATE) as peer:
                assert unprintable(peer.refusal("Revoke", "ssa{sv}", grant, reason, {}).text) == []
        assert root.refusal("Revoke", "ssa{sv}", grant, LONG, {}).name == "org.jitd1.Error.InvalidArgument"
        with pytest.raises(ConnectionError):  # the bus hangs up on who sends no UTF-8
            root.manager("Revoke", "ssa{sv}", grant, b"x\xff\xfe\xc3(", {})
    looks(host)


def test_s42_s43_hostile_words_of_pam(host):
    """A terminal, host, service or account of any name at the gate: one check is one record and one line of the log,
    and what shows it is escaped."""
    host.grant("alice")
    alice = host.uid("alice")
    with Connection(host, "root", path=bus.GATE) as root:
        for number, word in enumerate([*HOSTILE.values(), "x" * 4096]):
            before, answered = records(host), 0
            for key in ("tty", "rhost", "service", "target", "account"):
                # Denied, but none so often that its denials are summed up.
                who = "alice" if key in ("tty", "rhost") else f"user{number}"
                for phase in ("account", "session"):
                    nonce = [number, len(key), len(phase), *range(13)]
                    request = {"v": ("u", 1), "nonce": ("ay", nonce), "phase": ("s", phase), "service": ("s", "sudo"),
                               "uid": ("u", alice), "account": ("s", who), "target": ("s", "root"),
                               "loginuid": ("u", alice), key: ("s", word)}
                    try:
                        answer = root.call(bus.JITD, bus.OBJECT, "org.jitd1.Gate", "Check", "a{sv}", [request])[2]
                        answered += 1
                        assert unprintable(str({**answer, "text": ""})) == []  # pam_jit escapes that
                    except BusError as error:
                        assert unprintable(error.text) == [] and len(word) == 4096
            host.wait_for("the records", lambda: records(host) >= before + answered)
            fresh = host.events()[before:]
            assert len(fresh) == answered >= 4, word
            for entry in fresh:
                assert [name for name, value in entry.items() if isinstance(value, list) or unprintable(value)] == [], word
    assert len(jitctl(host, "log").out.splitlines()) == records(host)
    looks(host)


def test_s42_s43_hostile_words_in_files(host):
    """A file whose words hold what a terminal acts on, raw or by an escape of TOML, is refused; verify, status, reload
    and the record say so in printable words."""
    def check(text: str, kind: str) -> None:
        before = records(host)
        host.put(text.encode("utf-8", "surrogateescape"), host.olivia.sign(text))
        assert jitctl(host, "reload").code == 1
        host.wait_for(f"a record of {kind}", lambda: records(host) > before)
        entry = host.events("file.refused")[-1]
        assert records(host) == before + 1, kind
        assert [field for field, value in entry.items() if isinstance(value, list) or unprintable(value)] == [], kind
        assert jitctl(host, "verify", "/etc/jit/grants.toml", "--json=short" if before % 2 else "--json=off").code == 1
        assert jitctl(host, "status", "--json=off" if before % 2 else "--json=short").code == 0

    host.accepted(Grant("alice", id="INC-TRUE"))
    for name, word in {**HOSTILE, "nul": "x\0y"}.items():
        escaped = "".join(c if c.isascii() and c.isprintable() else f"\\U{ord(c):08X}" for c in word)
        for kind, put in ((f"{name}, escaped", escaped), (f"{name}, raw", word)):
            if put != "x\0y":
                check(grants.grant_file(Grant("alice", reason=put)), f"reason, {kind}")
        if name not in ("clear", "override", "newline", "nul"):
            continue
        check(grants.grant_file(org=escaped), f"org, {name}")
        check(grants.grant_file(Grant(escaped)), f"user, {name}")
        check(grants.grant_file(Grant("alice", id=escaped)), f"id, {name}")
    check(grants.grant_file(Grant("alice", reason=LONG)), "long")
    for file, text in (("host.toml", 'name = "db\\u001b[2J"\n'), ("host.toml", '[labels]\n"a\\u202eb" = "x"\n'),
                       ("trust.toml", 'format = 1\norg = "x\\u0007"\n'), ("jitd.toml", 'admins = ["\\u200balice"]\n'),
                       ("policy.toml", '[role."r\\u001b"]\nrun_as = ["root"]\n')):
        kept = host.path(f"/etc/jit/{file}").read_text() if host.path(f"/etc/jit/{file}").exists() else None
        host.write(f"/etc/jit/{file}", text)
        assert jitctl(host, "reload").code == 1, file
        for line in (["host"], ["trust", "list"], ["verify", "/etc/jit/grants.toml"]):
            jitctl(host, *line)
        if kept is None:
            host.path(f"/etc/jit/{file}").unlink()
        else:
            host.write(f"/etc/jit/{file}", kept)
    assert [g["id"] for g in host.json("list grants")["grants"]] == ["INC-TRUE"]
    looks(host)
