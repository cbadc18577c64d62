# SPDX-License-Identifier: Apache-2.0
"""More time for a grant that is active, without a gap and without a cut; and giving one back."""

import time

from lib.asking import AUTOMATIC, ROLE_ROOT, TWO_PEOPLE, Asking
from lib.grants import Grant
from lib.shell import Shell

STAGING = ROLE_ROOT + AUTOMATIC


def test_extending_a_live_session(fresh):
    """jitctl extend, typed in the root shell itself, moves its end: the shell that would have ended lives on, and ends then."""
    asking = Asking(fresh, environment="staging", policy=STAGING)
    terminal = fresh.user("alice").tty()
    grant = asking.request(lasts="8s")["grant"]
    ends = asking.shown(grant)["not_after_usec"] / 1e6
    terminal.sendline("sudo -n -i")
    terminal.root_shell()
    terminal.sendline(f"jitctl extend {grant} --for 6s --reason 'INC-1234 takes longer'")
    terminal.expect("goes on until")
    terminal.root_shell()
    assert asking.shown(grant)["not_after_usec"] / 1e6 == ends + 6
    fresh.wait_for("the first end to be past", lambda: time.time() > ends + 1.5, 15)
    terminal.sendline("echo still $((40 + 2))")
    terminal.expect("still 42")
    terminal.shell(timeout=ends + 6 - time.time() + 3)
    assert time.time() >= ends + 6
    assert "[EXPIRED]" in fresh.user("alice").run("sudo -n id").text
    assert len(fresh.settled().events("session.opened")) == len(fresh.events("session.terminated")) == 1
    extended = fresh.events("grant.extended", grant=grant)[-1]
    assert extended["JIT_REASON"] == "INC-1234 takes longer"


def test_an_extension_has_its_limit_and_its_rule(fresh):
    """Extensions reach max_extension and no further, in all; where the rule asks people, they are asked again."""
    asking = Asking(fresh, environment="staging", policy=STAGING)
    grant = asking.request(lasts="30m")["grant"]
    assert asking.refused("alice", f"extend {grant} --for 61m --reason INC-1") == "LIMIT"
    assert asking.says("alice", f"extend {grant} --for 40m --reason INC-1").code == 0
    assert "by 20min at most" in asking.says("alice", f"extend {grant} --for 21m --reason INC-1").text
    assert asking.refused("alice", f"extend {grant} --for 5m --reason 'just so'") == "INVALID_ARGUMENT"
    assert asking.says("alice", f"extend {grant} --for 20m --reason INC-1").code == 0
    assert asking.refused("alice", f"extend {grant} --for 1s --reason INC-1") == "LIMIT"
    assert asking.says("bob", f"extend {grant} --for 1s --reason INC-1").code == 6
    fresh.root("systemctl restart jitd")
    assert asking.refused("alice", f"extend {grant} --for 1s --reason INC-1") == "LIMIT"

    asking.policy = ROLE_ROOT + TWO_PEOPLE
    asking.write()
    id_ = asking.request("bob")["id"]
    asking.approve("carol", id_)
    mine = asking.approve("olivia", id_)["grant"]
    before = asking.shown(mine)["not_after_usec"]
    more = asking.says("bob", f"extend {mine} --for 30m --reason INC-2")
    assert more.code == 4
    wait = fresh.json("list requests")["requests"][0]
    assert (wait["kind"], wait["grant"]) == ("extension", mine)
    asking.approve("carol", wait["id"])
    assert asking.shown(mine)["not_after_usec"] == before
    asking.approve("olivia", wait["id"], "--for 10m")
    assert asking.shown(mine)["not_after_usec"] == before + 600_000_000
    assert asking.elevates("bob")


def test_what_can_not_be_extended(fresh):
    """A signed end is its signer's, an end that came is for ever, and root extends for others, not for itself."""
    asking = Asking(fresh, environment="staging", policy=STAGING)
    signed = Grant("alice")
    fresh.accepted(signed)
    assert asking.refused("alice", f"extend {signed.id} --for 5m --reason INC-1") == "LIMIT"
    over = asking.request("bob", lasts="30m")["grant"]
    asking.says("bob", "done")
    assert asking.refused("bob", f"extend {over} --for 5m --reason INC-1") == "NOT_FOUND"
    local = fresh.grant("bob")
    before = asking.shown(local)["not_after_usec"]
    fresh.jitctl(f"extend {local} --for 5m --reason 'INC-1 by root'")
    assert asking.shown(local)["not_after_usec"] == before + 300_000_000
    # Elevated by her own grant alice is no other person.
    said = fresh.user("alice").run(f"sudo -n jitctl extend {local} --for 5m --reason INC-1 --json=short")
    assert said.code == 3 and "SELF" in said.err


def test_an_extension_waits_no_longer_than_its_grant(fresh):
    """A request for more time ends with the grant it is about."""
    asking = Asking(fresh, policy=ROLE_ROOT + TWO_PEOPLE)
    id_ = asking.request(lasts="30m")["id"]
    asking.approve("carol", id_)
    grant = asking.approve("olivia", id_)["grant"]
    assert asking.says("alice", f"extend {grant} --for 5m --reason INC-1").code == 4
    more = fresh.json("list requests")["requests"][0]["id"]
    fresh.jitctl(f"revoke {grant} --reason over")
    assert fresh.wait_event("request.expired", request=more)
    assert asking.refused("carol", f"approve {more}") == "ALREADY_DECIDED"


def test_done_gives_back(fresh):
    """jitctl done ends the person's own grants and what runs under them, from the root shell too; never a foreign one."""
    asking = Asking(fresh, environment="staging", policy=STAGING)
    first, second = asking.request()["grant"], asking.request(lasts="10m")["grant"]
    other = asking.request("bob")["grant"]
    assert asking.says("alice", f"done {other}").code == 6
    terminal = fresh.user("alice").tty()
    terminal.sendline("sudo -n -i")
    terminal.root_shell()
    said = asking.says("alice", f"done {first}")
    assert f"gave back grant {first}" in said.out and f"still yours: grant {second}" in said.out
    terminal.sendline("echo alive $((1 + 1))")
    terminal.expect("alive 2")
    terminal.sendline("jitctl done")
    terminal.shell()
    assert "[RELEASED]" in fresh.user("alice").run("sudo -n id").text
    assert asking.says("alice", "done").code == 6
    assert asking.elevates("bob")
    assert {e["JIT_GRANT"] for e in fresh.events("grant.released")} == {first, second}


def test_several_extensions_reach_the_backstop_and_no_further(fresh):
    """A session survives each of its old ends with all it runs; extended to the limit it ends there, with jitd frozen, too."""
    asking = Asking(fresh, environment="staging", policy=STAGING.replace('max_extension = "1h"', 'max_extension = "6s"'))
    shell = Shell(fresh.user("alice"))
    grant = asking.request(lasts="10s")["grant"]
    ends = asking.shown(grant)["not_after_usec"] / 1e6
    shell.start("sudo -n sh -c 'setsid sleep 7003 & sleep 7003'")
    fresh.wait_for("both", lambda: len(fresh.processes("sleep 7003")) >= 2)
    extend = ["jitctl", "extend", grant, "--reason", "INC-1", "--for"]
    assert [fresh.enter(*extend, more).code for more in ("3s", "3s", "1s")] == [0, 0, 3]
    session = fresh.json("list sessions")["sessions"][0]
    assert session["ends_usec"] == asking.shown(grant)["not_after_usec"] and session["backstop_usec"] / 1e6 == ends + 6
    jitd = fresh.root("systemctl show --value -p MainPID jitd.service").out.strip()
    fresh.wait_for("the first end to be past", lambda: time.time() > ends + 1, 20)
    assert fresh.events("session.opened") and not fresh.events("session.terminated")
    assert len(fresh.processes("sleep 7003")) >= 2
    fresh.enter("kill", "-STOP", jitd)
    fresh.wait_for("its end", lambda: not fresh.processes("sleep 7003"), ends + 6 - time.time() + 2)
    late = time.time() - ends - 6
    fresh.enter("kill", "-CONT", jitd)
    print(f"gone {late:.2f} s after the last end")
    assert late > -2
