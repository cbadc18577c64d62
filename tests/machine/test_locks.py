# SPDX-License-Identifier: Apache-2.0
"""Accounts nobody may use (lock), and accounts that need no grant (exempt)."""


def test_a_lock_ends_sessions_and_beats_grants_until_unlock(host):
    """jitctl lock ends alice's root shell and refuses her grant, over a restart too; unlock lets it serve again."""
    host.nopasswd("alice")
    host.grant("alice")
    terminal = host.user("alice").tty()
    terminal.sendline("sudo -n -i")
    terminal.root_shell()
    assert "told session" in host.jitctl("lock alice --reason 'laptop stolen'").out
    terminal.shell()
    refused = host.user("alice").run("sudo -n id")
    assert refused.code == 1 and "[LOCKED]" in refused.text
    status = host.user("alice").run("jitctl").out
    assert "alice is locked on db-01" in status and "jitctl unlock alice" in status
    host.root("systemctl restart jitd")
    assert "[LOCKED]" in host.user("alice").run("sudo -n id").text
    assert [(lock["account"], lock["by"], lock["reason"]) for lock in host.json("list locks")["locks"]] == [
        ("alice", "root", "laptop stolen")]
    assert host.jitctl("grant alice --for 1h --reason more", check=False).code == 3
    host.jitctl("unlock alice --reason found")
    assert host.user("alice").run("sudo -n id -u").out == "0\n"
    assert [event["JIT_REASON"] for event in host.settled().events("lock.set", user="alice")] == ["laptop stolen"]
    assert [event["JIT_REASON"] for event in host.events("lock.cleared", user="alice")] == ["found"]
    host.wait_event("session.terminated", user="alice", code="LOCKED")


def test_what_a_lock_refuses(host):
    """Only admins lock; an unknown name is locked with a word of warning; nobody unlocks what is not locked."""
    asked = host.user("bob").run("jitctl lock alice")
    assert asked.code == 3 and "no admin" in asked.err
    assert host.user("bob").run("jitctl list locks").code == 3
    early = host.jitctl("lock mallory")
    assert early.code == 0 and "No account mallory" in early.err
    wrong = host.jitctl("lock ../x", check=False)
    assert wrong.code == 2 and "not an account name" in wrong.err
    assert host.jitctl("unlock alice", check=False).code == 6


def test_exempt_accounts_need_no_grant_but_a_lock_beats_that(host):
    """An account in `exempt` uses sudo and su without a grant, on record as EXEMPT; once locked it does not."""
    host.nopasswd("bob")
    host.write("/etc/jit/jitd.toml.d/automation.toml", 'exempt = ["bob"]\n')
    host.jitctl("reload")
    assert host.user("bob").run("sudo -n id -u").out == "0\n"
    assert host.events("check.allowed", user="bob", code="EXEMPT")
    host.jitctl("lock bob")
    refused = host.user("bob").run("sudo -n id")
    assert refused.code == 1 and "[LOCKED]" in refused.text
