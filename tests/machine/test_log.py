# SPDX-License-Identifier: Apache-2.0
"""The audit trail tells the story: who, what, under which grant, why."""

from lib.grants import Grant


def has(log: list[dict], event: str, **fields: object) -> bool:
    return any(line["event"] == event and all(str(line.get(k)) == str(v) for k, v in fields.items()) for line in log)


def test_the_log_tells_the_story(host):
    """Refusal, delivery, use, session, end, local grant and revoke are in `jitctl log --json=short`, with their why."""
    host.nopasswd("alice", "bob")
    host.user("alice").run("sudo -n id")
    grant = Grant("alice", lasts=5, reason="INC-1234 replace disk")
    host.accepted(grant)
    terminal = host.user("alice").tty()
    terminal.sendline("sudo -n -i")
    terminal.root_shell()
    terminal.shell(timeout=9)
    host.wait_event("grant.expired", grant=grant.id)
    host.user("alice").run("sudo -n id")
    local = host.grant("bob", reason="INC-77 look at the log")
    host.user("bob").run("sudo -n id")
    host.jitctl(f"revoke {local} --reason 'found it'")
    host.user("bob").run("sudo -n id")

    log = host.log()
    assert has(log, "check.denied", user="alice", code="NO_GRANT", service="sudo", decision="deny")
    assert has(log, "file.accepted", keys="olivia-2026")
    assert has(log, "grant.activated", user="alice", grant=grant.id, reason="INC-1234 replace disk", role="root")
    assert has(log, "check.allowed", user="alice", grant=grant.id, service="sudo-i", decision="allow")
    assert has(log, "session.opened", user="alice", target="root", grant=grant.id)
    assert has(log, "session.terminated", user="alice", grant=grant.id, code="EXPIRED")
    assert has(log, "grant.expired", user="alice", grant=grant.id)
    assert has(log, "check.denied", user="alice", code="EXPIRED")
    assert has(log, "grant.created", user="bob", grant=local, reason="INC-77 look at the log", actor="root")
    assert has(log, "check.allowed", user="bob", grant=local)
    assert has(log, "grant.revoked", user="bob", grant=local, reason="found it", actor="root")
    assert has(log, "check.denied", user="bob", code="REVOKED")
    assert all(isinstance(line["time_usec"], int) for line in log)
    order = [line["seq"] for line in log]
    assert [int(number) for number in order] == sorted(int(number) for number in order)


def test_forged_records_are_not_believed(host):
    """Any user can write JIT_ fields into the journal; jitctl log does not show them."""
    host.user("bob").run("printf 'MESSAGE=forged\\nJIT_EVENT=grant.created\\nJIT_USER=bob\\nJIT_SEQ=1\\n' | logger --journald")
    host.wait_for("the forged entry", lambda: host.journal("JIT_USER=bob"))
    assert not has(host.log(), "grant.created", user="bob")
