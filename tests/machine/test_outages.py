# SPDX-License-Identifier: Apache-2.0
"""jitd stopped, stuck or killed: people are refused in time, root is not, and no end is missed."""

import json
import re
import socket
import threading
import time

from lib.alongside import alongside
from lib.grants import Grant


def timed(user, command: str):
    """How the command ended, and after how long, by the machine's own clock: without the time of the login."""
    done = user.run(f"s=$(date +%s%N); {command}; c=$?; echo took $(( ($(date +%s%N) - s) / 1000000 )); exit $c")
    return done, int(re.search(r"took (\d+)", done.out)[1]) / 1000


def test_stopped(host):
    """With service and socket stopped sudo is denied within 3.0 s, with a line that says so; root is not concerned."""
    host.nopasswd("alice")
    host.accepted(Grant("alice"))
    host.root("systemctl stop jitd.socket jitd.service")
    denied, seconds = timed(host.user("alice"), "sudo -n id")
    assert denied.code == 1 and "uid=0" not in denied.out and seconds <= 3.0
    assert re.search(r"^jit: .*\[UNAVAILABLE\]$", denied.err, re.M)
    assert host.root("sudo id -u").out == "0\n"
    assert host.root("sudo -u postgres id -un").out == "postgres\n"
    assert host.root("su - carol -c 'id -un'").out == "carol\n"
    host.root("systemctl start jitd.socket jitd.service")
    assert host.user("alice").run("sudo -n id -u").out == "0\n"


def test_stopped_for_longer(host):
    """Masked as jitd(8) says, jitd stays down whoever asks, and is there again afterwards; only stopped, the bus starts it."""
    host.nopasswd("alice")
    host.accepted(Grant("alice"))
    active = "systemctl is-active jitd.socket jitd.service"
    host.root("systemctl stop jitd.socket jitd.service")
    assert host.user("bob").run("jitctl status").code == 0
    host.root("systemctl mask --runtime --now jitd.socket jitd.service")
    for user in ("alice", "root"):
        assert host.user(user).run("jitctl status").code == 5
    assert "[UNAVAILABLE]" in host.user("alice").run("sudo -n id").err
    assert host.root(active, check=False).out == "inactive\ninactive\n"
    host.root("systemctl unmask --runtime jitd.socket jitd.service && systemctl start jitd.socket jitd.service")
    assert host.root(active).out == "active\nactive\n"
    assert host.user("alice").run("sudo -n id -u").out == "0\n"


def test_console(host):
    """With jitd stopped root logs in at the console as ever."""
    host.root("systemctl stop jitd.socket jitd.service")
    console = host.user("root").tty("script -qec 'login root' /dev/null")
    console.expect("assword: ")
    console.sendline("root-password")
    console.root_shell()
    console.sendline("id -un; echo code=$?")
    console.expect("root\r\ncode=0")


def test_s71_a_session_ends_without_jitd(host):
    """With jitd stopped a running session still ends at the end of its grant."""
    host.nopasswd("alice")
    grant = Grant("alice", lasts=12)
    host.accepted(grant)
    terminal = host.user("alice").tty()
    terminal.sendline("sudo -n -i")
    terminal.root_shell()
    host.root("systemctl stop jitd.socket jitd.service")
    terminal.shell(timeout=max(1, grant.not_after - time.time() + 3))
    assert -0.5 < time.time() - grant.not_after < 2.0


def test_killed_under_load(host):
    """kill -9 of jitd under a stream of grants and revokes: what was acknowledged holds, ended stays ended."""
    host.nopasswd("alice", "bob")
    short = Grant("alice", lasts=9)
    host.accepted(short)
    terminal = host.user("alice").tty()
    terminal.sendline("sudo -n -i")
    terminal.root_shell()
    granted, revoked, ended = [], [], []

    def change() -> None:
        made = host.enter("jitctl", "grant", "bob", "--for", "1h", "--reason", "load", "--json=short")
        if made.code:
            return
        grant = json.loads(made.out)["id"]
        granted.append(grant)
        if len(granted) % 2 and host.enter("jitctl", "revoke", grant, "--reason", "load").code == 0:
            revoked.append(grant)

    def watch() -> None:
        terminal.shell(timeout=short.not_after - time.time() + 60)
        ended.append(time.time())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    kills = 0
    with alongside(change, change):
        while time.time() < short.not_after - 1:
            host.enter("pkill", "-KILL", "-x", "jitd")
            kills += 1
            # Some work between two kills: three more acknowledged grants, whatever time they take.
            now = len(granted)
            host.wait_for("grants after a kill", lambda: len(granted) >= now + 3, 15)
        host.enter("pkill", "-KILL", "-x", "jitd")
        watcher.join()
    assert ended, "the session goes on"
    late = ended[0] - short.not_after
    print(f"{kills} kills, {len(granted)} grants, {len(revoked)} revokes, session ended {late:.2f} s after its time")
    assert late < 2.0
    state = {g["id"]: g["state"] for g in host.json("list grants --all")["grants"]}
    assert [g for g in granted if g not in state] == []
    assert {g: state[g] for g in revoked if state[g] != "revoked"} == {}
    assert [g for g in granted if g not in revoked and state[g] not in ("active", "revoked")] == []
    assert "[EXPIRED]" in host.user("alice").run("sudo -n id").text


def test_sudo_while_jitd_is_killed(host):
    """A sudo that meets a jitd being killed is answered by the next one: no refusal in twenty kills."""
    host.nopasswd("alice")
    host.accepted(Grant("alice"))
    terminal = host.user("alice").tty()
    for _ in range(20):
        host.enter("pkill", "-KILL", "-x", "jitd")
        assert "uid=0" in terminal.type("sudo -n id")


def test_s35_a_gate_full_of_silent_clients(host):
    """600 connections that never ask keep nobody waiting: sudo, revoke and a delivery work as ever."""
    host.nopasswd("alice")
    host.accepted(Grant("bob"))
    gate = f"/proc/{host.pid}/root/run/jit/gate"
    silent = [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(600)]
    for client in silent:
        client.connect(gate)
    host.accepted(Grant("alice"))
    assert host.user("alice").run("sudo -n id -u").out == "0\n"
    assert host.enter("jitctl", "revoke", "--user", "alice", "--reason", "over", timeout=5).code == 0
    assert "[REVOKED]" in host.user("alice").run("sudo -n id -u").text
    for client in silent:
        client.close()


def test_s76_a_full_disk(host):
    """With no room in /var/lib/jit nothing new is granted, a revoke still holds, and room cures it."""
    host.nopasswd("alice")
    grant = host.grant("alice")
    host.root("systemctl stop jitd.socket jitd.service; cp -a /var/lib/jit /var/lib/jit.was; "
              "mount -t tmpfs -o size=400k,mode=0700,uid=$(id -u jitd),gid=$(id -g jitd) full /var/lib/jit; "
              "cp -a /var/lib/jit.was/. /var/lib/jit/; systemctl start jitd.socket jitd.service")
    assert host.user("alice").run("sudo -n id -u").out == "0\n"
    host.root("dd if=/dev/zero of=/var/lib/jit/filler bs=4k 2>/dev/null || true")
    refused = host.jitctl("grant bob --for 1h --reason INC-9", check=False)
    assert refused.code == 1 and "/var/lib/jit" in refused.err
    until_restart = host.jitctl(f"revoke {grant} --reason over", check=False)
    assert until_restart.code == 1 and "restart" in until_restart.err
    assert "[REVOKED]" in host.user("alice").run("sudo -n id -u").text
    host.root("rm /var/lib/jit/filler")
    host.grant("bob")
    host.root("systemctl restart jitd")  # the revoke went to disk with what came next
    assert "[REVOKED]" in host.user("alice").run("sudo -n id -u").text
