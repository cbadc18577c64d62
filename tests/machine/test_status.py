# SPDX-License-Identifier: Apache-2.0
"""What a person is told of the own sessions, inside and outside of them, and of what does not end or is not there."""

import json
import re
import time

from lib.asking import ROLE_DBA, ROLE_ROOT, TWO_PEOPLE, Asking

FINISH = ROLE_ROOT + 'on_end = "finish"\nfinish_limit = "58s"\n'


def elevated(host, user: str = "alice"):
    terminal = host.user(user).tty()
    terminal.sendline("sudo -n -i")
    terminal.root_shell()
    return terminal


def typed(terminal, line: str) -> str:
    """A command in the root shell: what it showed."""
    terminal.sendline(line)
    return terminal.root_shell()


def sessions(host, user: str = "alice") -> list[dict]:
    return host.json(f"list sessions --user {user}")["sessions"]


def test_the_root_shell_knows_its_session(host):
    """Typed in the root shell, status, its prompt and --mine are of the session and its person; root's own are as ever."""
    host.nopasswd("alice", "bob")
    grant, other = host.grant("alice"), host.grant("bob")
    terminal, _ = elevated(host), elevated(host, "bob")
    [session] = sessions(host)
    said = typed(terminal, "jitctl")
    assert f"alice is root on db-01 by grant {grant}, " in said and f"{session['id']}  sudo-i to root on pts/" in said, said
    assert ": here" in said and "needs no grant" not in said
    assert "[root 29min" in typed(terminal, "jitctl status --prompt")
    status = json.loads(host.user("alice").run("sudo -n jitctl status --json=short").out)
    assert (status["account"], status["elevated"], status["inside"]) == ("alice", True, True)
    assert len(status["sessions"]) == 2 and status["session"] in {one["id"] for one in status["sessions"]} - {session["id"]}
    mine = typed(terminal, "jitctl list --mine -q; jitctl list sessions --mine -q; jitctl list -q | wc -l")
    assert grant in mine and other not in mine and session["id"] in mine and sessions(host, "bob")[0]["id"] not in mine
    assert "\n2\r" in mine
    assert "needs no grant" in host.jitctl("status").out
    assert not host.json("status")["inside"]
    outside = json.loads(host.user("alice").run("jitctl status --json=short").out)
    assert (outside["inside"], outside["session"]) == (False, session["id"])
    assert [one["id"] for one in outside["sessions"]] == [session["id"]]


def test_a_session_as_another_account_knows_itself(fresh):
    """Become postgres by a grant, postgres is told of that session, and of nothing else of its person."""
    asking = Asking(fresh, policy=ROLE_ROOT + ROLE_DBA)
    dba = fresh.jitctl("grant alice --role dba --for 20m --reason INC-1 -q").out.strip()
    root = fresh.jitctl("grant alice --role root --for 30m --reason INC-1 -q").out.strip()
    said = fresh.user("alice").run("sudo -n -u postgres sh -c 'jitctl; jitctl status --prompt; jitctl list -q'")
    assert f"alice is postgres on db-01 by grant {dba}, 19min" in said.out and "[dba 19min" in said.out, said
    assert root not in said.out and said.out.count(dba) == 1
    assert "postgres is not elevated" in fresh.root("runuser -u postgres jitctl").out
    inside = fresh.user("alice").run("sudo -n runuser -u postgres jitctl").out  # which is root's session
    assert "postgres is not elevated" in inside and "session" not in inside, inside
    assert asking.says("bob", "list sessions -q").out == ""


def test_the_end_of_the_session_counts(host):
    """A longer grant that is made later does not prolong what runs: `grant` says so, and status and prompt name the own end."""
    host.nopasswd("alice")
    host.grant("alice", lasts="58s")
    terminal = elevated(host)
    [session] = sessions(host)
    more = host.jitctl("grant alice --for 30m --reason INC-2")
    assert f"session {session['id']} on pts/" in more.err and " all the same: elevate again after it" in more.err, more
    assert "min" not in typed(terminal, "jitctl status --prompt").split("[root", 1)[1]
    assert "s left (until" in typed(terminal, "jitctl | head -n 1")
    assert "alice is elevated on db-01: role root" in (outside := host.user("alice").run("jitctl").out)
    assert "min" not in outside.splitlines()[0] and "29min" in outside
    terminal.sendline("exit")
    terminal.shell()
    assert "elevate again" not in host.jitctl("grant alice --for 31m --reason INC-3").err


def test_what_finishes_says_so_and_how_it_ends(host):
    """After the grant status names the state and the time left; done and revoke, which can't end it, name what can."""
    host.nopasswd("alice")
    host.write("/etc/jit/policy.toml", FINISH)
    host.jitctl("reload")
    grant = host.grant("alice", lasts="10s")
    terminal = elevated(host)
    terminal.expect("What runs may finish within 58s")
    [session] = sessions(host)
    way = f"jitctl revoke --session {session['id']} --reason"
    said = typed(terminal, "jitctl")
    assert re.search(rf"to finish what runs: grant {grant} is over, \d+s left", said) and "jitctl request root" in said, said
    assert re.search(r"\[root finishing \d+s\]", typed(terminal, "jitctl status --prompt"))
    said = host.user("alice").run("jitctl; jitctl done")
    assert said.code == 6 and "still elevated on db-01, to finish what runs" in said.out and way in said.err, said
    over = host.jitctl(f"revoke {grant} --reason over", check=False)
    assert over.code == 6 and "over already" in over.err and way in over.err
    columns = host.root("script -qec 'stty cols 80; jitctl list sessions' /dev/null").out.splitlines()
    assert all(len(line.replace("\x1b[1m", "").replace("\x1b[0m", "")) <= 80 for line in columns), columns
    assert re.match(rf"{session['id']}  alice  root  sudo-i  finishing  \d+s ", columns[1]), columns
    host.jitctl(f"revoke --session jit-{session['id']}.scope --reason over")
    terminal.expect(r"\[REVOKED\]")


def test_what_is_not_there_is_said(host):
    """A mistyped name or id is an error that names the way, not a success."""
    host.nopasswd("alice")
    host.grant("alice")
    terminal = elevated(host)
    [session] = sessions(host)
    for user, code, words in (("alcie", 6, "neither an account"), ("a:b", 2, "not an account name"), ("bob", 0, "")):
        done = host.jitctl(f"revoke --user {user} --reason over", check=False)
        assert done.code == code and words in done.err, done
    wrong = host.jitctl(f"revoke {session['id']} --reason over", check=False)
    assert wrong.code == 6 and f"is a session: jitctl revoke --session {session['id']}" in wrong.err
    assert host.json(f"show {session['scope']}")["object"]["role"] == "root"
    host.jitctl("revoke --user alice --reason over")
    terminal.shell()
    host.wait_for("its end", lambda: not sessions(host))
    gone = host.jitctl(f"show {session['id']}", check=False)
    assert gone.code == 6 and f"jitctl log --session {session['id']}" in gone.err
    assert host.jitctl("revoke --user alice --reason over").out == "nothing to end\n"


def test_more_time_is_told_from_a_role(fresh):
    """Who decides sees that a request is for more time, how much, and that it waits no longer than the grant lasts."""
    asking = Asking(fresh, policy=ROLE_ROOT + TWO_PEOPLE)
    id_ = asking.request(lasts="10m")["id"]
    asking.approve("carol", id_)
    grant = asking.approve("olivia", id_)["grant"]
    said = asking.says("alice", f"extend {grant} --for 30s --reason INC-1")
    assert said.code == 4 and "for 30s more of role root waits for 2 of" in said.out and "9min" in said.out, said
    [request] = json.loads(asking.says("carol", "list requests --json=short").out)["requests"]
    assert request["expires_usec"] == asking.shown(grant)["not_after_usec"] < (time.time() + 600) * 1e6
    assert "\troot\t+30s\tpending\t" in asking.says("carol", "list requests").out
    assert "30s more of role root, waits for 2 of" in asking.says("alice", "status").out
