# SPDX-License-Identifier: Apache-2.0
"""Grants made and taken back on the host: jitctl grant, jitctl revoke."""

import json
import time

from lib.alongside import alongside
from lib.grants import Grant


def test_grant_and_revoke(host):
    """jitctl grant lets alice in at once; when jitctl revoke has returned, nothing is allowed and nothing is left."""
    host.nopasswd("alice")
    grant = host.grant("alice")
    terminal = host.user("alice").tty()
    terminal.sendline("sudo -n -i")
    terminal.root_shell()
    terminal.sendline("setsid sleep 2001 & sleep 2002 &")
    terminal.root_shell()
    host.jitctl(f"revoke {grant} --reason 'done early'")
    refused = host.user("alice").run("sudo -n id")
    assert refused.code == 1 and "[REVOKED]" in refused.text
    terminal.shell()
    host.wait_for("nothing left running", lambda: not host.processes("sleep 200"))
    assert "still here" in terminal.type("echo still here")
    assert "[REVOKED]" in terminal.type("sudo -n id")


def test_no_check_allowed_after_revoke(host):
    """Of many sudos in flight, none that began after jitctl revoke had returned is allowed."""
    host.nopasswd("alice")
    grant = host.grant("alice")
    seen: list[tuple[float, int]] = []

    def hammer() -> None:
        started = time.monotonic()
        seen.append((started, host.user("alice").run("sudo -n true").code))

    with alongside(hammer, hammer, hammer):
        host.wait_for("a sudo that was let in", lambda: any(code == 0 for _, code in seen))
        host.jitctl(f"revoke {grant} --reason over")
        returned = time.monotonic()
        host.wait_for("six later ones", lambda: sum(start > returned for start, _ in seen) >= 6, 20)
    assert [code for start, code in seen if start > returned and code == 0] == []


def test_s03_a_cached_ticket_does_not_outlive_revoke(host):
    """sudo's cached ticket is worth nothing once the grant is revoked."""
    grant = host.grant("alice")
    terminal = host.user("alice").tty()
    terminal.sendline("sudo id -u")
    terminal.expect("password for alice: ")
    terminal.sendline("alice-password")
    assert "\n0" in terminal.shell()
    assert "\n0" in terminal.type("sudo -n id -u")
    host.jitctl(f"revoke {grant} --reason over")
    assert "[REVOKED]" in terminal.type("sudo -n id -u")


def test_revoke_says_what_still_lets_in(host):
    """Revoking one of two grants names the other, and cuts nothing; revoke --user ends both."""
    host.nopasswd("alice")
    first, second = host.grant("alice"), host.grant("alice", lasts="1h")
    assert second in host.jitctl(f"revoke {first} --reason over 2>&1").out
    assert host.user("alice").run("sudo -n id -u").out == "0\n"
    host.jitctl("revoke --user alice --reason over")
    assert "[REVOKED]" in host.user("alice").run("sudo -n id").text


def test_a_revoked_id_never_lives_again(host):
    """A revoked grant stays dead: after re-delivery, after a restart, and in a newer file that still carries it."""
    host.nopasswd("alice")
    grant = Grant("alice")
    text = host.accepted(grant)
    assert host.user("alice").run("sudo -n id -u").out == "0\n"
    host.jitctl(f"revoke {grant.id} --reason over")

    def dead() -> bool:
        refused = host.user("alice").run("sudo -n id")
        return refused.code == 1 and "[REVOKED]" in refused.text

    assert dead()
    host.put(text, host.olivia.sign(text))
    host.jitctl("reload")
    assert dead(), "after re-delivery"
    host.root("systemctl restart jitd.service")
    assert dead(), "after a restart"
    host.accepted(grant)
    assert dead(), "with a newer serial"
    host.reboot()
    assert dead(), "after a reboot"


def test_revoke_works_with_the_bus_stuck(host):
    """With dbus-daemon stuck root's jitctl revoke works, and ends the session."""
    host.nopasswd("alice")
    grant = host.grant("alice")
    terminal = host.user("alice").tty()
    terminal.sendline("sudo -n -i")
    terminal.root_shell()
    bus = host.root("systemctl show --value -p MainPID dbus.service").out.strip()
    host.enter("kill", "-STOP", bus)
    try:
        assert host.enter("jitctl", "revoke", grant, "--reason", "over", timeout=10).code == 0
        terminal.shell()
    finally:
        host.enter("kill", "-CONT", bus)


def test_nobody_grants_to_himself(host):
    """Elevated by a grant, alice cannot make herself another one, nor lengthen hers."""
    host.nopasswd("alice")
    host.grant("alice")
    for command in ("sudo -n jitctl grant alice --for 8h --reason more", "sudo -n jitctl grant bob --for 8h --reason more"):
        refused = host.user("alice").run(command + " --json=short")
        assert refused.code == 3 and json.loads(refused.err)["error"]["code"] == "SELF"
    assert len(host.json("list grants")["grants"]) == 1


def test_a_plain_user_may_not_grant(host):
    """An account that is no admin cannot grant, revoke, or see what is another's."""
    grant = host.grant("alice")
    assert host.user("bob").run("jitctl grant bob --for 1h --reason please").code != 0
    assert host.user("bob").run(f"jitctl revoke {grant} --reason spite").code != 0
    assert grant not in host.user("bob").run("jitctl list grants --all").text
    assert host.user("bob").run("jitctl show " + grant).code == 6
    assert grant in host.user("alice").run("jitctl list grants").text


def test_no_session_outlives_its_command(host):
    """However short the commands, none of their sessions is listed once they are over."""
    host.nopasswd("alice")
    host.grant("alice")
    assert host.user("alice").run("for i in $(seq 60); do sudo -n true || exit; done").code == 0
    host.wait_for("the end of all", lambda: not host.json("list sessions")["sessions"])
    host.wait_for("a record of each", lambda: len(host.events("session.closed")) == 60)
