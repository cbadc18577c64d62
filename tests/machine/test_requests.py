# SPDX-License-Identifier: Apache-2.0
"""Asking for a role: what the policy grants at once, what it sends to people, and how one waits."""

import json
import re

import pytest

from lib.asking import AUTOMATIC, POLICY, ROLE_DBA, ROLE_ROOT, TWO_PEOPLE, Asking
from lib.shell import Shell


def test_a_staging_host_approves_at_once(fresh):
    """A rule with approval = "auto" grants at once, and plain sudo works in the shell that is open already."""
    asking = Asking(fresh, environment="staging")
    shell = Shell(fresh.user("alice"))
    assert "[NO_GRANT]" in shell.run("sudo -n id -u")[0].text
    made = shell.run("jitctl request root --for 30m --reason 'INC-1234 replace disk'")[0]
    assert made.code == 0 and "is approved: grant" in made.text
    assert shell.run("sudo -n id -u")[0].text == "0"
    records = [e["JIT_EVENT"] for e in fresh.events(user="alice") if e["JIT_EVENT"].startswith(("request", "grant"))]
    assert records == ["request.created", "request.approved", "grant.created", "grant.activated"]
    answer = asking.explained()
    assert (answer["decision"], answer["rule"]) == ("allow", "policy.toml:13") and answer["request"]
    # What the rule demands is said, and no later rule is tried for it.
    assert asking.refused("alice", "request root --for 30m --reason 'just so'") == "INVALID_ARGUMENT"
    assert asking.refused("alice", "request root --for 2h --reason INC-1") == "LIMIT"
    assert asking.refused("olivia", "request root --for 5m --reason INC-1") == "ACCESS_DENIED"
    assert asking.refused("alice", "request nonesuch --for 5m --reason INC-1") == "ROLE_UNKNOWN"
    assert asking.refused("root", "request root --for 5m --reason INC-1") == "INVALID_ARGUMENT"


def test_an_automatic_rule_has_its_limit_and_then_people_are_asked(fresh):
    """Who has used up auto_limit falls under the next rule that fits; a second account is no second allowance."""
    limited = AUTOMATIC.replace('"1h"', '"1h"\nauto_limit = "2/week"').replace('who = [', 'who = ["alice-adm", ')
    asking = Asking(fresh, environment="staging", policy=ROLE_ROOT + limited + TWO_PEOPLE)
    assert asking.request("alice")["state"] == "approved"
    assert asking.request("alice-adm")["state"] == "approved"
    third = asking.request("alice")
    assert third["state"] == "pending" and third["needed"] == 2
    assert "at most 2/week" in asking.says("alice-adm", "request root --for 5m --reason INC-1").text
    assert asking.request("bob")["state"] == "approved"


def test_a_request_waits_and_says_so_everywhere(fresh):
    """While a request waits, the denial line, status, explain and the lists of both sides name it and the next step."""
    asking = Asking(fresh)
    assert asking.explained()["next"] == 'jitctl request root --for 30m --reason "..."'
    request = asking.request(options="--ticket INC-1234")
    assert request["state"] == "pending" and request["needed"] == 2 and request["rule"] == "policy.toml:21"
    id_ = request["id"]
    denied = fresh.user("alice").run("sudo -n id").text
    assert f"request {id_} of alice for role root waits for 2 of @leads, principal:olivia" in denied
    assert f"jitctl wait {id_} [PENDING]" in denied
    answer = asking.explained()
    assert asking.says("alice", "explain").code == 4
    assert (answer["decision"], answer["code"], answer["request"], answer["rule"]) == ("pending", "PENDING", id_, "policy.toml:21")
    assert answer["next"] == f"one of @leads, principal:olivia runs: jitctl approve {id_}"
    assert id_ in asking.says("alice", "status").out
    for approver in ("carol", "olivia", "dave"):
        assert json.loads(asking.says(approver, "status --json=short").out)["to_decide"] == 1
        assert id_ in asking.says(approver, "list requests").out
    for nobody in ("bob", "alice"):
        assert json.loads(asking.says(nobody, "status --json=short").out)["to_decide"] == 0
    assert asking.says("bob", f"show {id_}").code == 6 and id_ not in asking.says("bob", "list requests --all").text
    seen = asking.says("carol", f"show {id_}").out
    for words in ("alice (uid", "role root on db-01", "30min", "INC-1234 replace disk (ticket INC-1234)", "policy.toml:21"):
        assert words in seen, words


def test_requests_outlive_kill_and_reboot(fresh):
    """kill -9 and a reboot lose no request, no approval and no decision."""
    asking = Asking(fresh)
    first, second = asking.request("alice")["id"], asking.request("bob")["id"]
    asking.approve("carol", first)
    asking.says("bob", f"cancel {second}")
    pid = fresh.root("systemctl show --value -p MainPID jitd.service").out.strip()
    fresh.root(f"kill -9 {pid}")
    fresh.wait_for("jitd again", lambda: fresh.jitctl("status", check=False).code == 0)
    assert [a["principal"] for a in asking.shown(first)["approvals"]] == ["carol"]
    fresh.reboot()
    assert asking.state(first) == "pending" and asking.state(second) == "withdrawn"
    assert asking.shown(first)["approvers"] == ["@leads", "principal:olivia"]
    asking.approve("olivia", first)
    assert asking.elevates()


def test_a_request_expires(fresh):
    """A request that nobody answers within request_ttl has expired, and says so in the log and to who asks."""
    asking = Asking(fresh, settings='request_ttl = "3s"\n')
    id_ = asking.request()["id"]
    waited = asking.says("alice", f"wait {id_}")
    assert waited.code == 3 and f"request {id_} for role root is expired" in waited.out
    assert fresh.wait_event("request.expired", request=id_)["JIT_CODE"] == "EXPIRED"
    assert asking.refused("carol", f"approve {id_}") == "ALREADY_DECIDED"
    answer = asking.explained()
    assert answer["code"] == "NO_GRANT" and "found no answer in time" in answer["text"] and "jitctl request" in answer["next"]


def test_waiting_on_a_terminal(fresh):
    """--wait shows one live line on a terminal; interrupted it leaves the request pending and says so."""
    asking = Asking(fresh)
    terminal = fresh.user("alice").tty()
    terminal.sendline("jitctl request root --for 30m --reason INC-1 --wait")
    terminal.expect(r"request ([0-9a-f]{32}) for role root waits for 2 of @leads")
    id_ = terminal.match.group(1)
    terminal.expect(r"\r\x1b\[K.* left, waiting for 2 of")
    asking.approve("carol", id_)
    terminal.expect(r"\r\x1b\[K.* left, waiting for 1 more of")
    terminal.sendintr()
    terminal.expect(f"[Rr]equest {id_} still waits")
    terminal.shell()
    assert "130" in terminal.type("echo $?")
    assert asking.state(id_) == "pending"
    terminal.sendline(f"jitctl wait {id_}")
    terminal.expect("waiting for 1 more of")
    asking.approve("olivia", id_)
    terminal.expect("is approved: grant")
    terminal.shell()
    assert "\n0" in terminal.type("sudo -n id -u")


def test_waiting_without_a_terminal_is_silent(fresh):
    """Off a terminal --wait says nothing until it is over, and the exit code is the answer."""
    asking = Asking(fresh)
    id_ = asking.request()["id"]
    shell = Shell(fresh.user("alice"))
    shell.start(f"jitctl wait {id_}")
    asking.approve("carol", id_)
    asking.says("olivia", f"deny {id_} --reason 'not tonight'")
    waited = shell.finish()[0]
    assert waited.code == 3
    assert waited.text == f"request {id_} for role root is denied by olivia: not tonight"
    late = asking.request("bob")["id"]
    assert asking.says("bob", f"wait {late} --timeout 1s").code == 124
    assert asking.state(late) == "pending"
    denied = fresh.events("request.denied", request=id_)
    assert [(e["JIT_ACTOR"], e["JIT_APPROVERS"]) for e in denied] == [("olivia", "carol")]
    assert "olivia denied request" in asking.explained()["text"]


def test_quotas(fresh):
    """An account may have pending_per_account requests waiting, and make ten a minute; others are not held up by it."""
    asking = Asking(fresh)
    made = [asking.request()["id"] for _ in range(4)]
    assert asking.refused("alice", "request root --for 5m --reason INC-1") == "LIMITS_EXCEEDED"
    assert asking.request("bob")["state"] == "pending"
    for id_ in made:
        assert asking.says("alice", f"cancel {id_}").code == 0
    script = ("for i in $(seq 8); do r=$(jitctl request root --for 5m --reason INC-1 -q) && exit 9; "
              "[ -n \"$r\" ] && jitctl cancel $r -q; done")
    said = fresh.user("alice").run(script)
    assert "10 times within a minute" in said.text
    assert len(fresh.settled().events("request.created", user="alice")) == 10
    fresh.root("systemctl restart jitd")
    assert asking.refused("alice", "request root --for 5m --reason INC-1") == "LIMITS_EXCEEDED"
    assert len(fresh.json("list requests --all --user alice")["requests"]) == 10


@pytest.mark.parametrize("reason", ["INC-1 \\033[2J", "INC-1 \\033]52;c;aGk=\\007", "INC-1 \\rroot", "INC-1 \\xe2\\x80\\xae",
                                    "INC-1 \\xe2\\x80\\x8b", "INC-1 \\xc2\\x9b31m", "INC-1 \\nJIT_EVENT=allow", "INC-1 \\xff\\xfe", "INC-1 \\b\\b"])
def test_s42_s43_a_reason_drives_no_terminal_and_forges_no_record(fresh, reason):
    """A reason with control, bidi or invisible characters is refused, and what quotes it is escaped."""
    asking = Asking(fresh, environment="staging")
    before = len(fresh.events("request.created"))
    said = fresh.user("alice").run(f"r=$'{reason}'; jitctl request root --for 5m --reason \"$r\"")
    assert said.code == 2, said
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202e]", said.text), said
    assert len(fresh.settled().events("request.created")) == before
    assert asking.request(reason="INC-1 d\u00e9j\u00e0 vu <b>&\"$(id)`")["state"] == "approved"
    assert "INC-1 d\u00e9j\u00e0 vu" in fresh.jitctl("list grants").out


def test_a_new_policy_judges_what_waits(fresh):
    """When policy.toml changes, requests that wait are judged anew: other approvers, or none."""
    asking = Asking(fresh)
    first, second = asking.request("alice")["id"], asking.request("bob", role="dba")["id"]
    asking.approve("carol", first)
    asking.policy = POLICY.replace('"@leads", "principal:olivia"]\napprovals = 2', '"dave", "carol", "olivia"]\napprovals = 3')
    asking.policy = asking.policy.replace('roles = ["dba"]\nwho = ["@developers"]', 'roles = ["dba"]\nwho = ["carol"]')
    asking.write()
    fresh.wait_event("request.denied", request=second, code="CONFIG")
    changed = fresh.wait_for("three people", lambda: (o := asking.shown(first))["needed"] == 3 and o)
    assert changed["approvers"] == ["dave", "carol", "olivia"] and changed["state"] == "pending"
    for person in ("dave", "olivia", "carol"):  # carol, too: she agreed under other approvers
        assert not asking.elevates()
        asking.approve(person, first)
    assert asking.elevates()
    # A policy that can't be read says nothing: what waits goes on waiting.
    waiting = asking.request("bob")["id"]
    fresh.write("/etc/jit/policy.toml", "[role.root\n")
    fresh.jitctl("reload", check=False)
    fresh.root("systemctl restart jitd")
    assert asking.state(waiting) == "pending"
    asking.policy = POLICY
    asking.write()
    fresh.wait_for("its approvers", lambda: asking.shown(waiting)["approvers"] == ["@leads", "principal:olivia"])


def test_hours_and_a_second_rule(fresh):
    """Outside of its hours a rule does not fit, and the next one is asked."""
    now = fresh.root("date +%a; date -d tomorrow +%a").out.split()  # midnight may pass
    others = ",".join(day for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun") if day not in now)
    timed = AUTOMATIC.replace('approval = "auto"', f'approval = "auto"\nhours = "{others} 00:00-24:00"')
    asking = Asking(fresh, environment="staging", policy=ROLE_ROOT + ROLE_DBA + timed + TWO_PEOPLE)
    assert asking.request()["state"] == "pending"
    asking.policy = asking.policy.replace(f"{others} 00:00", f"{','.join(now)} 00:00")
    asking.write()
    assert asking.request("bob")["state"] == "approved"
