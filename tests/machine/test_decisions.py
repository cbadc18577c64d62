# SPDX-License-Identifier: Apache-2.0
"""Deciding on a request: how many people, which people, and nobody for themselves."""

import json
import random

import pytest

from lib.asking import POLICY, ROLE_ROOT, Asking
from lib.shell import Shell


def test_two_people_let_alice_in(fresh):
    """A production host waits for two distinct people; who approved is on record after the grant is over."""
    asking = Asking(fresh)
    shell = Shell(fresh.user("alice"))
    id_ = asking.request()["id"]
    one = asking.approve("carol", id_)
    assert one["state"] == "pending" and [a["principal"] for a in one["approvals"]] == ["carol"]
    assert "waits for 1 more of" in shell.run("sudo -n id -u")[0].text
    two = asking.approve("olivia", id_)
    assert two["state"] == "approved" and two["grant"]
    assert shell.run("sudo -n id -u")[0].text == "0"  # in the shell that was open before
    fresh.wait_event("session.closed")
    asking.says("alice", "done")
    assert "[RELEASED]" in shell.run("sudo -n id -u")[0].text
    log = [json.loads(line) for line in fresh.settled().jitctl(f"log --grant {two['grant']} --json=short").out.splitlines()]
    assert {"grant.created", "grant.activated", "check.allowed", "session.opened", "session.closed", "grant.released"} <= {
        r["event"] for r in log}
    assert all(r["approvers"] == "carol,olivia" for r in log if r["event"] != "session.closed")
    told = fresh.jitctl("log").out
    assert told.count("request.approved") == 2 and "approvers=carol,olivia" in told


def test_s60_nobody_approves_their_own_elevation(fresh):
    """Neither alice by any way, nor a second account of hers, nor root can be one of those who approve."""
    asking = Asking(fresh)
    id_ = asking.request()["id"]
    bus = f"busctl call org.jitd1 /org/jitd1 org.jitd1.Manager Approve sa{{sv}} {id_} 0"
    assert asking.refused("alice", f"approve {id_}") == "SELF"
    assert "own elevation" in fresh.user("alice").run(bus).text
    assert asking.refused("alice-adm", f"approve {id_}") == "SELF"
    assert asking.refused("root", f"approve {id_}") == "ACCESS_DENIED"  # logged in as root, and no rule names root
    for way in (f"runuser -u carol -- jitctl approve {id_}", f"su carol -c 'jitctl approve {id_}'"):
        assert "[SELF]" in fresh.root(way, check=False).text, way
    # Elevated, and as somebody else from inside of that.
    grant = fresh.grant("bob")
    for way in (f"sudo -n jitctl approve {id_}", f"sudo -n -u carol jitctl approve {id_}", f"sudo -n su carol -c 'jitctl approve {id_}'",
                f"sudo -n su - olivia -c 'jitctl approve {id_}'"):
        said = fresh.user("bob").run(way)
        assert said.code != 0 and ("[SELF]" in said.text or "[TARGET]" in said.text), (way, said)
    fresh.jitctl(f"revoke {grant} --reason over")
    # A request out of somebody else's login belongs to both.
    fresh.root("usermod -aG developers carol")
    said = fresh.user("alice").run("su carol -c 'jitctl request root --for 5m --reason INC-1 -q'", input="carol-password\n")
    other = said.out.strip()[-32:]
    assert asking.state(other) == "pending", said
    fresh.root("usermod -aG leads alice")
    for person in ("alice", "alice-adm", "carol"):
        assert asking.refused(person, f"approve {other}") == "SELF", person
    asking.approve("dave", other)
    assert asking.state(id_) == "pending" and asking.shown(id_)["approvals"] == []
    assert not asking.elevates()


def test_s61_the_same_person_twice_is_one(fresh):
    """Approvals count by person: twice the same, or by two accounts of one, are one approval."""
    asking = Asking(fresh)
    fresh.root("usermod -aG developers bob; usermod -aG leads bob")
    id_ = asking.request("bob")["id"]
    asking.approve("alice-adm", id_)  # of principal alice
    fresh.root("usermod -aG leads alice")
    assert asking.refused("alice", f"approve {id_}") == "ALREADY_DECIDED"
    assert asking.refused("alice-adm", f"approve {id_}") == "ALREADY_DECIDED"
    assert asking.refused("bob", f"approve {id_}") == "SELF"
    assert asking.state(id_) == "pending"
    asking.approve("carol", id_)
    assert asking.elevates("bob")


def test_approvals_narrow_and_never_widen(fresh):
    """An approver may give less time than was asked for, never more; the shortest counts, from the last approval on."""
    asking = Asking(fresh)
    id_ = asking.request()["id"]
    assert asking.refused("carol", f"approve {id_} --for 31m") == "LIMIT"
    asking.approve("carol", id_, "--for 10m --reason 'ten will do'")
    grant = asking.shown(asking.approve("olivia", id_, "--for 20m")["grant"])
    assert grant["not_after_usec"] - grant["not_before_usec"] == 600_000_000
    assert (grant["origin"], grant["approvers"], grant["request"]) == ("request", ["carol", "olivia"], id_)
    approved = fresh.events("request.approved", request=id_)
    assert [(e["JIT_COUNT"], e["JIT_NEEDED"], e["JIT_ACTOR"]) for e in approved] == [("1", "2", "carol"), ("2", "2", "olivia")]
    later = asking.request("bob", options="--start +1h")["id"]
    asking.approve("carol", later)
    planned = asking.shown(asking.approve("olivia", later)["grant"])
    assert planned["state"] == "scheduled" and "[NOT_YET]" in fresh.user("bob").run("sudo -n id").text


def test_who_may_deny(fresh):
    """Whoever is named to approve may deny, and admins, and who asked; nobody else can tell that there is something."""
    asking = Asking(fresh, settings='admins = ["olivia"]\n')
    ids = [asking.request()["id"] for _ in range(3)]
    assert asking.refused("bob", f"deny {ids[0]}") == "NOT_FOUND"
    for person, id_ in zip(("carol", "alice", "root"), ids):
        assert asking.says(person, f"deny {id_} --reason 'no need'").code == 0
        assert asking.state(id_) == "denied"
        assert asking.refused("dave", f"approve {id_}") == "ALREADY_DECIDED"
    answer = asking.explained()
    assert answer["code"] == "NO_GRANT" and "no need" in answer["text"] and answer["next"].startswith("jitctl request root")


def test_s32_a_foreign_id_and_one_that_is_not_are_the_same(fresh):
    """Foreign and unknown ids are both answered NotFound, in the same words."""
    asking = Asking(fresh)
    id_ = asking.request()["id"]
    for verb in ("show", "approve", "deny", "cancel", "wait"):
        said = [asking.says("bob", f"{verb} {one}") for one in (id_, "0" * 32)]
        assert said[0].code == said[1].code == 6, said
        assert said[0].text.replace(id_, "") == said[1].text.replace("0" * 32, "")


def test_s66_who_approved_must_still_be_good_at_the_end(fresh):
    """An approver who is locked meanwhile does not count at the last approval, nor when a scheduled grant begins."""
    asking = Asking(fresh)
    id_ = asking.request()["id"]
    asking.approve("carol", id_)
    fresh.jitctl("lock carol")
    assert asking.refused("carol", f"approve {id_}") == "LOCKED"
    asking.approve("dave", id_)
    assert asking.state(id_) == "pending" and [a["principal"] for a in asking.shown(id_)["approvals"]] == ["dave"]
    fresh.jitctl("unlock carol")
    asking.approve("olivia", id_)
    assert asking.elevates()
    later = asking.request("bob", options="--start +10s")["id"]
    asking.approve("dave", later)
    grant = asking.approve("olivia", later)["grant"]
    fresh.jitctl("lock olivia")
    assert fresh.wait_event("grant.revoked", grant=grant, timeout=20)["JIT_CODE"] == "LOCKED"
    assert not asking.elevates("bob")


def test_the_approver_sees_what_was_done_with_the_last_grant(fresh):
    """Who decides sees the last grant of that person, how often and for what it was used, and how it ended."""
    asking = Asking(fresh)
    first = asking.request()["id"]
    asking.approve("carol", first)
    grant = asking.approve("olivia", first)["grant"]
    for _ in range(3):
        assert asking.elevates()
    fresh.wait_for("three sessions over", lambda: len(fresh.events("session.closed")) == 3)
    asking.says("alice", "done")
    fresh.root("systemctl restart jitd")
    second = asking.request(reason="INC-9 again")["id"]
    last = asking.shown(second, "carol")["last"]
    assert (last["grant"], last["sessions"], last["state"], last["targets"]) == (grant, 3, "released", ["sudo to root"])
    seen = asking.says("carol", f"show {second}").out
    assert "released: INC-1234 replace disk; 3 sessions (sudo to root)" in seen


@pytest.mark.parametrize("round_", range(3))
def test_s63_s64_sixty_four_decisions_at_once_have_one_winner(fresh, round_):
    """However many people approve, deny and withdraw at the same time, one of them decides, and one record says so."""
    one = POLICY.replace("approvals = 2", "approvals = 1")
    asking = Asking(fresh, policy=one)
    id_ = asking.request()["id"]
    random.seed(round_)
    people = {"alice": f"jitctl cancel {id_}", "carol": f"jitctl approve {id_}", "dave": f"jitctl deny {id_}",
              "olivia": f"jitctl approve {id_} --for 10m"}
    shells = {name: Shell(fresh.user(name)) for name in people}
    order = list(people)
    random.shuffle(order)
    for name in order:
        shells[name].start(people[name], count=16)
    codes = {name: [t.code for t in shells[name].finish()] for name in people}
    winners = [name for name, seen in codes.items() if 0 in seen]
    assert len(winners) == 1 and codes[winners[0]].count(0) == 1, codes
    final = {"alice": "withdrawn", "dave": "denied"}.get(winners[0], "approved")
    assert asking.state(id_) == final
    kinds = [e["JIT_EVENT"] for e in fresh.settled().events(request=id_) if e["JIT_EVENT"].startswith("request.")]
    assert sorted(kinds) == sorted(["request.created", f"request.{final}"])
    assert len(fresh.json("list grants --all")["grants"]) == (final == "approved")


def test_a_decision_that_can_not_be_recorded_gives_nothing(fresh):
    """With journald stuck an approval gives no access, and says so; what was asked is not lost."""
    asking = Asking(fresh, policy=ROLE_ROOT + '\n[[rule]]\nroles = ["root"]\nwho = ["alice"]\napprovers = ["carol"]\n')
    carol, alice = Shell(fresh.user("carol")), Shell(fresh.user("alice"))
    id_ = asking.request()["id"]
    pid = fresh.root("systemctl show --value -p MainPID systemd-journald.service").out.strip()
    fresh.enter("kill", "-STOP", pid)
    try:
        second = alice.run("jitctl request root --for 5m --reason INC-2 -q")[0]
        assert second.code == 4, second  # it gives no access by itself: its record follows
        said = carol.run(f"jitctl approve {id_}")[0]
        assert said.code != 0 and "[AUDIT]" in said.text, said
        assert alice.run("sudo -n id -u")[0].code != 0
    finally:
        fresh.enter("kill", "-CONT", pid)
    assert not asking.elevates()
    fresh.wait_event("request.created", request=second.text.strip())
    assert asking.state(id_) == "pending"  # as it was: she says it again, and it counts
    asking.approve("carol", id_)
    assert asking.elevates()
    assert fresh.jitctl("log --verify").code == 0
