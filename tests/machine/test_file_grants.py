# SPDX-License-Identifier: Apache-2.0
"""The main job: a signed file, delivered by any means, lets a person elevate until its end. No command is given."""

import re
import time

import pytest

from lib.grants import Grant, grant_file

POLICY = """
[role.root]
run_as = ["root", "postgres"]
services = ["sudo", "su"]
max_duration = "8h"
"""


def test_takes_effect_within_a_second(host):
    """A grant file signed by plain ssh-keygen takes effect within a second of delivery, without a command."""
    host.nopasswd("alice", "bob")
    assert host.user("alice").run("sudo -n id").code == 1
    took = []
    for count in (1, 2, 3):
        text = grant_file(Grant("alice"))
        signature = host.olivia.sign(text)
        delivered = time.time()
        host.put(text, signature)
        host.wait_for("file.accepted", lambda: len(host.events("file.accepted")) == count)
        took.append(int(host.events("file.accepted")[-1]["JIT_TIME"]) / 1e6 - delivered)
    assert min(took) < 1.0, took
    assert host.user("alice").run("sudo -n id -u").out == "0\n"
    assert host.user("bob").run("sudo -n id -u").code == 1


def test_the_refusal_is_the_front_door(host):
    """Without a grant sudo is refused with exit 1 and one line that says why and what to type next."""
    refused = host.user("bob").sudo("id")
    assert refused.code == 1 and refused.out == ""
    lines = [line for line in refused.err.splitlines() if line.startswith("jit: ")]
    assert len(lines) == 1
    assert re.fullmatch(r'jit: no grant lets bob use sudo on db-01\. Ask an admin: jitctl grant bob --for 30m --reason "..." \[NO_GRANT\]', lines[0])


SUDO = {
    "with the password": "echo alice-password | sudo -S -p '' id -u",
    "with a cached ticket": "echo alice-password | sudo -S -p '' -v; sudo -n id -u; exit $?",
    "-i": "echo alice-password | sudo -S -p '' -i id -u",
    "-s": "echo alice-password | sudo -S -p '' -s id -u",
}


@pytest.mark.parametrize("way", SUDO)
def test_sudo_with_a_grant(host, way):
    """Under a grant every way of calling sudo works; without one, each is refused."""
    for name, command in (("alice", SUDO[way]), ("bob", SUDO[way].replace("alice", "bob"))):
        refused = host.user(name).run(command)
        assert refused.code == 1 and "[NO_GRANT]" in refused.text and not refused.out
    host.accepted(Grant("alice"))
    assert host.user("alice").run(SUDO[way]).out == "0\n"
    assert "[NO_GRANT]" in host.user("bob").run(SUDO[way].replace("alice", "bob")).text


@pytest.mark.parametrize("way", ["sudo -n id -u", "sudo id -u", "sudo -n -i id -u", "sudo -n -s id -u"])
def test_sudo_without_a_password(host, way):
    """NOPASSWD in sudoers is about the password: the gate decides all the same."""
    host.nopasswd("alice", "bob")
    host.accepted(Grant("alice"))
    assert host.user("alice").run(way).out == "0\n"
    refused = host.user("bob").run(way)
    assert refused.code == 1 and "[NO_GRANT]" in refused.text


def test_sudoedit(host):
    """sudo -e edits under a grant, and is refused without one."""
    host.nopasswd("alice", "bob")
    host.write("/usr/local/bin/edit-once", '#!/bin/sh\necho "by $SUDO_EDITOR_NAME" >"$1"\n', 0o755)
    host.accepted(Grant("alice"))
    edit = "SUDO_EDITOR_NAME={0} SUDO_EDITOR=/usr/local/bin/edit-once sudo -n -e /etc/edited-by-{0}"
    assert host.user("alice").run(edit.format("alice")).code == 0
    assert host.path("/etc/edited-by-alice").read_text() == "by alice\n"
    assert host.user("bob").run(edit.format("bob")).code == 1
    assert not host.path("/etc/edited-by-bob").exists()


def test_other_targets_need_run_as(host):
    """sudo -u another account works only where the role's run_as names it."""
    host.nopasswd("alice")
    host.accepted(Grant("alice"))
    refused = host.user("alice").run("sudo -n -u postgres id -un")
    assert refused.code == 1 and "[TARGET]" in refused.text and not refused.out
    host.write("/etc/jit/policy.toml", POLICY)
    host.jitctl("reload")
    assert host.user("alice").run("sudo -n -u postgres id -un").out == "postgres\n"
    assert "[TARGET]" in host.user("alice").run("sudo -n -u carol id").text


@pytest.mark.parametrize("su", ["su -c 'id -u'", "su - -c 'id -u'"])
def test_su_with_a_grant(host, su):
    """su works under a grant, and is refused without one though the password is right."""
    host.accepted(Grant("alice"))
    assert host.user("alice").run(su, input="root-password\n").out.endswith("0\n")
    refused = host.user("bob").run(su, input="root-password\n")
    assert refused.code == 1 and "[NO_GRANT]" in refused.text and "0\n" not in refused.out


def test_the_end_ends_the_root_shell(host):
    """At not_after alice's root shell ends with all it started; her own shell and terminal live on; sudo is refused."""
    grant = Grant("alice", lasts=600)
    host.accepted(grant)
    terminal = host.user("alice").tty()
    terminal.sendline("sudo -i")
    terminal.expect("password for alice: ")
    terminal.sendline("alice-password")
    terminal.root_shell()
    terminal.sendline("sleep 1001 & setsid sleep 1002 & nohup sleep 1003 >/dev/null 2>&1 &")
    terminal.root_shell()
    host.wait_for("three of them", lambda: len(host.processes("sleep 100")) == 3)
    host.ends_in(2, grant)
    terminal.shell(timeout=grant.not_after - time.time() + 5)
    late = time.time() - grant.not_after
    host.wait_for("the end of all that ran", lambda: not host.processes("sleep 100"))
    assert -0.1 < late < 2.0
    assert terminal.type("echo still $((40 + 2))").strip().endswith("still 42")
    assert " echo " in terminal.type("stty -a")
    # The ticket of the first sudo is still good, and doesn't matter.
    refused = terminal.type("sudo -n id; echo code=$?")
    assert "[EXPIRED]" in refused and "code=1" in refused and "uid=0" not in refused
    assert host.settled().events("session.terminated", user="alice", grant=grant.id)


def test_expiry_with_nopasswd(host):
    """After the end neither NOPASSWD nor a fresh login gets root."""
    host.nopasswd("alice")
    grant = Grant("alice", lasts=600)
    host.accepted(grant)
    assert host.user("alice").run("sudo -n id -u").out == "0\n"
    host.ends_in(1.5, grant)
    host.wait_event("grant.expired", grant=grant.id)
    assert "[EXPIRED]" in host.user("alice").run("sudo -n id").text


def test_a_command_that_ignores_the_end(host):
    """A command that ignores TERM and HUP is killed within five seconds of the end."""
    host.nopasswd("alice")
    grant = Grant("alice", lasts=600)
    host.accepted(grant)
    terminal = host.user("alice").tty()
    terminal.sendline("sudo -n sh -c \"trap '' TERM HUP; echo ready; while :; do sleep 1004; done\"")
    terminal.expect("ready\r\n")
    host.ends_in(2, grant)
    terminal.shell(timeout=grant.not_after - time.time() + 10)
    host.wait_for("its end", lambda: not host.processes("sleep 1004"))
    assert time.time() - grant.not_after < 5.0


def test_overlapping_grants(host):
    """Two grants that overlap: the earlier end cuts nothing, and the last one ends the session."""
    host.nopasswd("alice")
    first, second = Grant("alice", lasts=600), Grant("alice", lasts=1200)
    host.accepted(first, second)
    terminal = host.user("alice").tty()
    terminal.sendline("sudo -n -i")
    terminal.root_shell()
    host.ends_in(1.5, first, beside=(second,))
    host.wait_event("grant.expired", grant=first.id)
    terminal.sendline("id -un; echo code=$?")
    terminal.expect("root\r\ncode=0")
    assert host.user("alice").run("sudo -n id -u").out == "0\n"
    assert not host.settled().events("session.terminated")
    host.ends_in(1.5, second)
    terminal.shell()
    assert host.settled().events("session.terminated", grant=second.id)


def test_a_grant_that_is_gone_from_the_file(host):
    """An empty file with a newer serial takes everything back: it ends the sessions of the grants it lacks."""
    host.nopasswd("alice")
    host.accepted(Grant("alice"))
    terminal = host.user("alice").tty()
    terminal.sendline("sudo -n -i")
    terminal.root_shell()
    host.accepted()
    terminal.shell()
    assert "[NO_GRANT]" in host.user("alice").run("sudo -n id").text


def test_not_yet(host):
    """A grant lets nobody in before its window, and lets in when that begins."""
    host.nopasswd("alice")
    grant = Grant("alice", starts=8, lasts=60)
    host.accepted(grant)
    assert "[NOT_YET]" in host.user("alice").run("sudo -n id").text
    host.wait_event("grant.activated", grant=grant.id, timeout=20)
    assert time.time() >= grant.made + grant.starts - 0.1
    assert host.user("alice").run("sudo -n id -u").out == "0\n"


def test_other_hosts(host):
    """A grant for other hosts does nothing here; host.toml alone says what this one is called."""
    host.nopasswd("alice")
    host.accepted(Grant("alice", hosts=("web-*", "environment=staging")))
    assert "[NO_GRANT]" in host.user("alice").run("sudo -n id").text
    host.accepted(Grant("alice", hosts=("web-*", "environment=production")))
    assert host.user("alice").run("sudo -n id -u").out == "0\n"


def test_reboot(host):
    """A grant in force survives a reboot with its end; one that ended meanwhile does not come back."""
    host.nopasswd("alice", "bob")
    short = Grant("bob", lasts=2)
    host.accepted(Grant("alice"), short)
    host.reboot()
    host.wait_for("the end of the short one", lambda: time.time() > short.not_after, 5)
    assert host.user("alice").run("sudo -n id -u").out == "0\n"
    assert "[EXPIRED]" in host.user("bob").run("sudo -n id").text
