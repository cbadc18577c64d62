# SPDX-License-Identifier: Apache-2.0
"""Root inside root: whoever elevates again stays inside the session they came by, and goes with it."""

import re
import time
from pathlib import Path

import pytest

from lib import leftovers, procfs
from lib.grants import Grant
from lib.shell import Shell

POLICY = """
[role.root]
run_as = ["root", "postgres", "bob"]
services = ["sudo", "su"]
max_duration = "8h"
"""

# What is typed, one shell inside the other; all of it runs in one scope.
CHAINS = {
    "sudo su -": ["sudo -n su -"],
    "sudo -i, su -": ["sudo -n -i", "su -"],
    "su -, sudo -i": ["su -", "sudo -i"],
    "sudo sudo -u postgres sh": ["sudo -n sudo -u postgres sh"],
    "sudo -s, su postgres, exit, su - carol": ["sudo -n -s", "su postgres", "exit", "su - carol"],
}


def scope(terminal) -> str:
    """The unit that the shell at the prompt runs in."""
    terminal.sendline("echo at:$(sed -n 's/^0:://p' /proc/self/cgroup):")
    terminal.expect(r"at:/(\S*):\r")
    return terminal.match[1].rsplit("/", 1)[-1]


def enter(terminal, command: str) -> None:
    terminal.sendline(command)
    if command == "su -":
        if terminal.expect([r"assword: ", r"[#$] $"]) == 0:
            terminal.sendline("root-password")
    # The next shell answers when it is there.
    terminal.sendline("echo ready $((40 + 2))")
    terminal.expect("ready 42")


@pytest.mark.parametrize("gated", ["sudo", "sudo and su"])
def test_nested_elevation_stays_inside(fresh, gated):
    """sudo su -, sudo -i and su -, su - and sudo, sudo sudo -u postgres: whether su is gated or only kept inside by the lines
    of sudo, all of it runs in the first session's scope, and is gone with it; the person's own shell is not."""
    host = fresh.ready(*gated.split(" and "))
    host.write("/etc/jit/policy.toml", POLICY)
    host.jitctl("reload")
    host.nopasswd("alice")
    grant = Grant("alice", lasts=600)
    host.accepted(grant)
    chains = {name: chain for name, chain in CHAINS.items() if gated != "sudo" or chain[0] != "su -"}
    opened = []
    for number, chain in enumerate(chains.values()):
        terminal, scopes = host.user("alice").tty(), set()
        for command in chain:
            enter(terminal, command)
            scopes.add(scope(terminal))
        terminal.sendline(f"sleep 800{number} & setsid sleep 800{number} &")
        opened.append((terminal, scopes))
    assert [len(scopes) for _, scopes in opened] == [1] * len(chains), opened
    assert all(re.fullmatch(r"jit-[0-9a-f]{32}\.scope", one) for _, scopes in opened for one in scopes)
    host.wait_for("all of it", lambda: len(host.processes("sleep 800")) == 2 * len(chains))
    host.ends_in(3, grant)
    for name, (terminal, _) in zip(chains, opened):
        terminal.shell(timeout=max(1, grant.not_after - time.time() + 4))
        print(f"{name}: {time.time() - grant.not_after:.2f} s after the end")
        assert "alive 42" in terminal.type("echo alive $((40 + 2))")
    host.wait_for("the end of all", lambda: not host.processes("sleep 800"))
    # Their sudos have a session line of PAM to run yet.
    host.wait_for("an empty list", lambda: not host.json("list sessions")["sessions"])


def test_another_person_inside_has_an_own_end(host):
    """bob, reached by su from alice's root shell, elevates by his own grant: in a scope of his own, which ends at his end and
    not at hers; his shell inside hers goes with hers."""
    host.nopasswd("alice", "bob")
    host.write("/etc/jit/policy.toml", POLICY)
    host.jitctl("reload")
    alices, bobs = Grant("alice", lasts=600), Grant("bob", lasts=600)
    host.accepted(alices, bobs)
    terminal = host.user("alice").tty()
    scopes = []
    for command in ("sudo -n -i", "su - bob", "sudo -n -i"):
        enter(terminal, command)
        scopes.append(scope(terminal))
    assert scopes[0] == scopes[1] != scopes[2]
    assert all(one.startswith("jit-") for one in scopes)
    listed = {one["scope"]: one for one in host.json("list sessions")["sessions"]}
    assert listed[scopes[0]]["account"] == "alice" and listed[scopes[2]]["account"] == "bob"

    bobs.lasts = time.time() - bobs.made + 2
    host.accepted(alices, bobs)
    host.wait_event("session.closed", user="bob", code="EXPIRED")
    terminal.sendline("echo $(id -un) $((40 + 2))")
    terminal.expect("bob 42")
    assert scope(terminal) == scopes[0]
    alices.lasts = time.time() - alices.made + 2
    host.accepted(alices, bobs)
    terminal.shell(timeout=max(1, alices.not_after - time.time() + 4))
    assert "alive 42" in terminal.type("echo alive $((40 + 2))")


def test_s73_an_open_connection_and_a_reused_terminal_inherit_nothing(host):
    """A cached ticket, an ssh connection that is still open, and a terminal that somebody had before give no session and no
    grant: each sudo is asked for anew."""
    revoked = host.grant("alice")
    ssh = ["-o", "ControlPath=/tmp/control-alice"]
    assert host.enter(*host.user("alice").command(*ssh, "-M", "-fN")[len(host.entry()):]).code == 0
    first = host.user("alice").tty()
    name = re.search(r"/dev/pts/\d+", first.type("tty"))[0]
    first.sendline("sudo id -u")
    first.expect("password for alice: ")
    first.sendline("alice-password")
    first.shell()
    assert "0\r" in first.type("sudo -n id -u")
    first.sendline("exit")
    first.expect("closed|logout")
    first.wait()
    # The kernel gives the lowest free number to the next.
    host.wait_for("the terminal to be free", lambda: host.enter("test", "-e", name).code)
    second = host.user("alice").tty()
    assert name in second.type("tty")
    assert "a password is required" in second.type("sudo -n id -u"), "a ticket of the login before"
    assert "jit-" not in second.type("cat /proc/self/cgroup")
    host.jitctl(f"revoke {revoked} --reason over")
    channel = host.user("alice").command(*ssh)[len(host.entry()):]
    refused = host.enter(*channel, "--", "echo alice-password | sudo -S -p '' id -u; cat /proc/self/cgroup")
    assert "[REVOKED]" in refused.err and not refused.out.startswith("0\n") and "jit-" not in refused.out


@pytest.mark.parametrize("kills", [300, pytest.param(10_000, marks=pytest.mark.long)])
def test_s72_a_sudo_killed_while_its_session_opens(host, long_run, kills):
    """A person who kills their own sudo at any moment of its opening brings nothing of theirs into a session's scope, and
    leaves nothing in one."""
    host.nopasswd("alice")
    host.grant("alice", "8h")
    host.write("/usr/local/bin/kill-sudo", """#!/bin/bash
        for i in $(seq $1); do
            sudo -n true & sudo=$!
            read -rt 0.$(printf %03d $((RANDOM % 25))) <> <(:)
            kill -KILL $sudo 2>/dev/null && killed=$((killed + 1))
            wait $sudo
            : | cat  # others that are new
        done 2>/dev/null
        echo killed $killed
        """, 0o755)
    shell = Shell(host.user("alice"))
    shell.start(f"kill-sudo {kills}")
    seen: dict[str, int] = {}
    scopes = Path(f"/proc/{host.pid}/root/sys/fs/cgroup/jit.slice")
    end = time.monotonic() + 60 + kills / 2  # they take a tenth of it
    while "killed" not in (said := shell.said()):
        assert time.monotonic() < end, said
        for pid in procfs.in_cgroup(scopes):
            program = " ".join(procfs.words(f"/proc/{pid}/comm"))
            seen[program] = seen.get(program, 0) + 1
    made = len({event["JIT_SESSION"] for event in host.events("session.opened")})
    killed = re.search(r"killed (\d+)", said)[1]
    print(f"{killed} of {kills} killed, {made} sessions opened; seen in scopes: {seen}")
    long_run.note(f"{killed} of {kills} killed, nothing else in a scope")
    assert set(seen) <= {"sudo", "true", ""} and seen and int(killed) > kills / 10
    host.wait_for("empty scopes", lambda: not leftovers.in_scopes(host))
