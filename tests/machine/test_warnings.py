# SPDX-License-Identifier: Apache-2.0
"""What a person sees before the end of a session, and what a role makes of that end."""

import time

from lib.asking import AUTOMATIC, ROLE_ROOT, Asking
from lib.grants import Grant

WARN = 'warn = ["6s", "3s"]\n'


def elevated(host, user: str = "alice", command: str = "sudo -n -i"):
    terminal = host.user(user).tty()
    terminal.sendline(command)
    terminal.root_shell()
    return terminal


def warnings(host, **fields) -> int:
    return len(host.events("session.warned", **fields))


def test_warnings_and_an_extension(fresh):
    """The terminal says when the session ends and what to type; after that was typed it says so again, and the end itself."""
    asking = Asking(fresh, environment="staging", policy=ROLE_ROOT + AUTOMATIC, settings=WARN)
    grant = asking.request(lasts="16s")["grant"]
    terminal = elevated(fresh)
    terminal.expect(rf"\*\*\* jit: your session as root ends in 6s. More time: (jitctl extend {grant} --for )30m --reason")
    typed = terminal.match[1]
    terminal.expect("ends in 3s")
    terminal.sendline(f"{typed} 10s --reason 'INC-1234 takes longer'")
    terminal.expect("goes on until")
    terminal.expect("ends in 6s")
    terminal.expect("ends in 3s")
    terminal.expect(r"your session as root ends now: its grant is over \[EXPIRED\]")
    terminal.shell()
    assert warnings(fresh, grant=grant) == 4
    assert " echo " in terminal.type("stty -a")


def test_warnings_are_kept_over_restarts_and_spare_who_wants_none(host):
    """A restart of jitd neither repeats a warning nor loses the next; mesg n is respected, and the log has it all the same."""
    host.nopasswd("alice", "bob")
    host.write("/etc/jit/jitd.toml", 'warn = ["10s", "4s"]\n')
    host.jitctl("reload")
    host.accepted(*(held := [Grant("alice"), Grant("bob")]))
    alice = elevated(host)
    silent = host.user("bob").tty()
    silent.type("mesg n")
    silent.sendline("sudo -n -i")
    silent.root_shell()
    host.ends_in(14, *held)
    alice.expect(r"your session as root ends in 10s\.\r")  # nobody may ask for more here
    host.wait_for("bob's record", lambda: warnings(host, user="bob") == 1)
    host.root("systemctl restart jitd")
    host.root("systemctl stop jitd.socket jitd.service; systemctl start jitd.socket jitd.service")
    alice.expect("ends in 4s")
    assert "ends in" not in alice.before
    alice.expect(r"\[EXPIRED\]")
    alice.shell()
    shown = silent.shell()
    assert "jit:" not in shown
    assert warnings(host, user="alice") == warnings(host, user="bob") == 2


def test_roots_profile_is_no_answer_to_warnings(fresh):
    """Under su - root's .profile says mesg n; who took messages before is warned all the same, over a restart of jitd, too."""
    fresh.ready("su")
    fresh.write("/etc/jit/jitd.toml", WARN)
    fresh.jitctl("reload")
    fresh.accepted(grant := Grant("alice"))
    terminal = fresh.user("alice").tty()
    terminal.sendline("su -")
    terminal.expect("assword: ")
    terminal.sendline("root-password")
    terminal.root_shell()
    terminal.sendline("mesg")
    assert "is n" in terminal.root_shell()
    fresh.ends_in(10, grant)
    terminal.expect("ends in 6s")
    fresh.root("systemctl restart jitd")
    terminal.expect("ends in 3s")
    terminal.expect(r"ends now: its grant is over \[EXPIRED\]")
    terminal.shell()


def test_a_session_can_not_outlast_what_was_known_when_it_began(host):
    """A grant that comes later and lasts longer does not move PID 1's limit: the person is told in time to use sudo again, and
    the end is jitd's, with its record."""
    host.nopasswd("alice")
    host.write("/etc/jit/jitd.toml", 'warn = ["3s"]\n')
    host.jitctl("reload")
    host.grant("alice", lasts="12s")
    terminal = elevated(host)
    longer = host.grant("alice", lasts="10min")
    terminal.expect(rf"ends in 3s\. Grant {longer} goes on until \S+: use sudo again after it")
    terminal.expect(rf"ends now: it can't be any longer; grant {longer} goes on until \S+, so use sudo again \[EXPIRED\]")
    terminal.shell()
    assert len(host.settled().events("session.terminated", code="EXPIRED")) == 1
    assert "0\r" in terminal.type("sudo -n id -u")


def test_what_runs_may_finish(host):
    """on_end = "finish": the end refuses new sessions and lets what runs go on, up to finish_limit; a revoke still ends it."""
    host.nopasswd("alice", "bob")
    host.write("/etc/jit/policy.toml", ROLE_ROOT + 'on_end = "finish"\nfinish_limit = "8s"\n')
    host.jitctl("reload")
    host.accepted(*(held := [Grant("alice"), Grant("bob")]))
    shell, short, bobs = elevated(host), host.user("alice").tty(), elevated(host, "bob")
    short.sendline("sudo -n sh -c 'until [ -e /var/tmp/go ]; do sleep .1; done; echo came to its $(echo end)'")
    host.wait_for("its session", lambda: len(host.json("list sessions")["sessions"]) == 3)
    over = host.ends_in(3, *held)
    shell.expect(r"the grant of your session as root is over. What runs may finish within 8s")
    assert time.time() >= over
    assert "[EXPIRED]" in host.user("alice").run("sudo -n id").text
    host.root("systemctl restart jitd")
    states = [session["state"] for session in host.json("list sessions")["sessions"]]
    assert states == ["finishing"] * 3, states
    host.write("/var/tmp/go", "")
    bobs.expect("may finish")
    assert host.jitctl("revoke --user bob --reason 'INC-9 over'", check=False).code == 0
    bobs.expect(r"ends now: it was revoked \[REVOKED\]")
    bobs.shell()
    short.expect("came to its end")
    shell.expect(r"ends now: its grant is over \[EXPIRED\]")
    shell.shell()
    assert 8 <= time.time() - over < 13
    host.wait_for("an empty list", lambda: not host.json("list sessions")["sessions"])


def test_a_kill_does_not_ask(host):
    """on_end = "kill": what ignores every signal that can be ignored is gone at once, without the grace."""
    host.nopasswd("alice")
    host.write("/etc/jit/policy.toml", ROLE_ROOT + 'on_end = "kill"\n')
    host.write("/etc/jit/jitd.toml", 'grace = "20s"\n')
    host.jitctl("reload")
    id_ = host.grant("alice")
    terminal = host.user("alice").tty()
    terminal.sendline("sudo -n sh -c \"trap '' TERM HUP INT; echo ready; while :; do sleep 1004; done\"")
    terminal.expect("ready\r\n")
    began = time.monotonic()
    host.jitctl(f"revoke {id_} --reason 'INC-9 over'")
    terminal.shell()
    assert time.monotonic() - began < 10
    assert not host.processes("sleep 1004")
