# SPDX-License-Identifier: Apache-2.0
"""jitd is gone, stuck or another one when a session has to end; or sudo is."""

import sqlite3
import time
from contextlib import closing

from lib import leftovers
from lib.grants import Grant
from lib.shell import Shell

BOTH = "jitd.socket jitd.service"


class Session:
    """alice's or another's login with a sudo session in it."""

    def __init__(self, host, account: str = "alice", *kinds: str, shell: Shell | None = None):
        self.host, self.mark = host, leftovers.mark()
        self.shell = shell or Shell(host.user(account))
        self.shell.start(f"sudo -n leave {self.mark} {' '.join(kinds)}")
        host.wait_for("it", self.running, 20)
        host.wait_for("its record", lambda: any(one["account"] == account for one in sessions(host)))
        self.id = next(one["id"] for one in sessions(host) if one["account"] == account)

    def running(self) -> bool:
        return len(leftovers.left(self.host, self.mark)) >= 3

    def ends(self, since: float, within: float = 2) -> float:
        """Seconds from `since` to the last process gone, the shell being alive."""
        took = leftovers.gone(self.host, [self.mark], since, within)[self.mark]
        self.shell.finish(5)
        return took


def sessions(host) -> list[dict]:
    return host.json("list sessions")["sessions"]


def jitd_pid(host) -> str:
    return host.enter("systemctl", "show", "--value", "-p", "MainPID", "jitd.service").out.strip()


def test_s71_with_jitd_frozen_or_masked_pid_1_ends_it(host):
    """With jitd stopped by SIGSTOP, and with its units masked, sessions end at the backstop, give or take 2 s."""
    leftovers.bring(host)
    host.nopasswd("alice", "bob")
    grants = Grant("alice", lasts=600), Grant("bob", lasts=600)
    host.accepted(*grants)
    shells = {name: Shell(host.user(name)) for name in ("alice", "bob")}
    grants[0].lasts = time.time() - grants[0].made + 10  # the backstop is fixed when the session opens
    grants[1].lasts = grants[0].lasts + 4
    host.accepted(*grants)
    alice, bob = (Session(host, name, shell=shell) for name, shell in shells.items())
    host.enter("kill", "-STOP", jitd_pid(host))
    took = alice.ends(grants[0].not_after)
    print(f"jitd frozen: gone {took:.2f} s after the end")
    assert took > -2
    host.enter("systemctl", "mask", "--runtime", *BOTH.split())
    host.enter("kill", "-KILL", jitd_pid(host))
    host.enter("systemctl", "stop", *BOTH.split())
    took = bob.ends(grants[1].not_after)
    print(f"jitd masked: gone {took:.2f} s after the end")
    assert took > -2
    host.enter("systemctl", "unmask", "--runtime", *BOTH.split())
    host.root(f"systemctl start {BOTH}")
    assert sessions(host) == []
    assert {event["JIT_CODE"] for event in host.settled().events("session.closed")} == {"EXPIRED"}


def test_s71_what_was_taken_away_meanwhile(host):
    """A grant that is taken out of the file while jitd is down: its session ends within 2 s of jitd's start, no other does."""
    leftovers.bring(host)
    host.nopasswd("alice", "bob")
    grants = Grant("alice"), Grant("bob")
    host.accepted(*grants)
    alice, bob = Session(host), Session(host, "bob")
    host.root(f"systemctl stop {BOTH}")
    host.deliver(grants[1])
    began = time.time()
    host.root(f"systemctl start {BOTH}")
    took = alice.ends(began, 3)
    print(f"gone {took:.2f} s after the start of jitd")
    assert took <= 2.0
    assert bob.running() and [one["id"] for one in sessions(host)] == [bob.id]


def test_sessions_outlive_jitd(host):
    """jitd is restarted, killed, and stopped with its socket and started: open sessions go on, are listed, end at their end,
    and those that ended meanwhile are not listed."""
    leftovers.bring(host)
    host.nopasswd("alice", "bob")
    grant = Grant("alice", lasts=600)
    host.accepted(grant, Grant("bob"))
    alice, bob = Session(host), Session(host, "bob")
    for way in ("systemctl restart jitd", f"kill -KILL {jitd_pid(host)}", f"systemctl stop {BOTH}; systemctl start {BOTH}"):
        way = way if "KILL" not in way else f"kill -KILL {jitd_pid(host)}"
        host.root(way)
        assert {one["id"] for one in sessions(host)} == {alice.id, bob.id}, way
        assert alice.running() and bob.running(), way
    host.root(f"systemctl stop {BOTH}")
    host.enter("pkill", "-KILL", "-f", str(bob.mark))
    bob.shell.finish(5)
    host.root(f"systemctl start {BOTH}")
    assert [one["id"] for one in sessions(host)] == [alice.id]
    host.ends_in(2, grant, beside=(Grant("bob"),))
    took = alice.ends(grant.not_after)
    print(f"after four restarts: gone {took:.2f} s after the end")
    assert took > -0.1
    host.wait_event("session.closed", session=alice.id)
    closed = {event["JIT_SESSION"]: event.get("JIT_CODE") for event in host.events("session.closed")}
    assert closed == {alice.id: "EXPIRED", bob.id: None}
    assert host.jitctl("log --verify").code == 0


def test_a_session_whose_coming_was_not_written_down(host):
    """A session that came to its scope, which jitd did not write down before it ended: the next jitd finds it there, and
    knows when it is over."""
    leftovers.bring(host)
    host.nopasswd("alice")
    host.accepted(Grant("alice"))
    alice = Session(host)
    host.root(f"systemctl stop {BOTH}")
    with closing(sqlite3.connect(host.path("/var/lib/jit/state.db"))) as state, state:
        state.execute("UPDATE sessions SET state = 'opening'")
    host.root(f"systemctl start {BOTH}")
    assert [one["id"] for one in sessions(host)] == [alice.id]
    host.enter("pkill", "-KILL", "-f", str(alice.mark))
    alice.shell.finish(5)
    assert "JIT_CODE" not in host.wait_event("session.closed", session=alice.id)


def test_s70_sudo_itself_is_killed(host):
    """kill -9 of sudo: with nothing left of it its session is over at once, and on record; with something that ignores TERM
    and HUP it is listed as open, and ends at the grant's end."""
    leftovers.bring(host)
    host.nopasswd("alice", "bob")
    grant = Grant("bob", lasts=600)
    host.accepted(Grant("alice"), grant)
    alice, bob = Session(host), Session(host, "bob", "deaf")
    began = time.time()
    host.enter("pkill", "-KILL", "-f", f"leave {alice.mark}")
    host.enter("pkill", "-KILL", "-f", f"sleep {alice.mark}")
    host.wait_event("session.closed", user="alice")
    print(f"sudo killed to session.closed: {time.time() - began:.2f} s")
    assert [one["id"] for one in sessions(host)] == [bob.id]

    host.enter("pkill", "-KILL", "-f", f"leave {bob.mark}")
    host.wait_for("the end of sudo", lambda: not host.processes(f"leave {bob.mark}"))
    assert leftovers.left(host, bob.mark) and [one["id"] for one in sessions(host)] == [bob.id]
    assert not host.events("session.closed", user="bob")
    host.ends_in(2, grant, beside=(Grant("alice"),))
    took = bob.ends(grant.not_after, 5)
    print(f"its deaf leftover: gone {took:.2f} s after the end")
    assert host.wait_event("session.closed", user="bob")["JIT_CODE"] == "EXPIRED"
