# SPDX-License-Identifier: Apache-2.0
"""Rolling out without fear: permissive lets everybody pass, and a change nobody confirms undoes itself."""

import re
import time

import pytest

from lib.grants import Grant

FILES = ("sudo", "sudo-i", "su", "su-l", "sshd")


def pam(host) -> dict[str, bytes]:
    return {name: host.path(f"/etc/pam.d/{name}").read_bytes() for name in FILES}


def state(host, service: str = "sudo") -> str:
    states = {s["state"] for s in host.json(f"pam status {service}")["services"]}
    assert len(states) == 1, states
    return states.pop()


@pytest.fixture
def open_host(fresh):
    """Configured, and nothing gated yet."""
    return fresh.ready()


def test_permissive_lets_everybody_pass_and_records(open_host):
    """With --permissive bob, who has no grant, elevates as before; the record says what enforcing would have done; no end
    of anything ends his session. Switching to enforcing and back takes one command."""
    host = open_host
    host.nopasswd("alice", "bob")
    for service in ("sudo", "su", "sshd"):
        host.jitctl(f"pam enable {service} --permissive")
        assert state(host, service) == "permissive"
    grant = host.grant("alice")
    bob = host.user("bob").tty()
    bob.sendline("sudo -n -i")
    bob.root_shell()
    recorded = host.settled().events("check.would_deny", user="bob", service="sudo-i", decision="would_deny", code="NO_GRANT")
    assert [event.get("JIT_TARGET") for event in recorded] == [None, "root"]
    assert host.user("bob").run("su - carol -c 'id -un'", input="carol-password\n").out == "carol\n"
    assert host.settled().events("check.would_deny", user="bob", service="su-l", target="carol")
    assert host.user("root").run("id -u").out == "0\n"
    assert host.settled().events("check.would_deny", user="root", service="sshd")
    # Who has a grant elevates under it, and is no would-be refusal.
    assert host.user("alice").run("sudo -n id -u").out == "0\n"
    assert host.settled().events("session.opened", user="alice", grant=grant) and not host.events("check.would_deny", user="alice")

    assert "[PERMISSIVE]" not in bob.before and "jit:" not in bob.before
    host.jitctl("revoke --all --reason over")
    host.jitctl("pam enable sudo")
    assert state(host) == "on"
    assert "[NO_GRANT]" in host.user("bob").run("sudo -n id -u").err
    assert "[REVOKED]" in host.user("alice").run("sudo -n id -u").err
    bob.sendline("id -u; echo still $((6 * 7))")
    bob.expect("0\r\nstill 42")
    host.jitctl("pam enable sudo --permissive")
    assert host.user("bob").run("sudo -n id -u").out == "0\n"


def test_permissive_without_jitd(open_host):
    """With jitd dead or stuck permissive still lets everybody pass, within 3.0 s altogether, and syslog has the record."""
    host = open_host
    host.nopasswd("bob")
    host.jitctl("pam enable sudo --permissive")
    pid = host.root("systemctl show --value -p MainPID jitd.service").out.strip()
    host.enter("kill", "-STOP", pid)
    began = time.monotonic()
    done = host.user("bob").run("s=$(date +%s%N); sudo -n id -u; echo took $(( ($(date +%s%N) - s) / 1000000 ))")
    host.enter("kill", "-CONT", pid)
    assert done.out.startswith("0\n") and int(re.search(r"took (\d+)", done.out)[1]) <= 3200, done
    print(f"stuck: {time.monotonic() - began:.2f} s with the login")

    host.root("systemctl mask --now jitd.socket jitd.service 2>&1")
    before = len(host.journal("SYSLOG_IDENTIFIER=pam_jit"))
    assert host.user("bob").run("sudo -n id -u").out == "0\n"
    lines = host.wait_for("syslog", lambda: host.journal("SYSLOG_IDENTIFIER=pam_jit")[before:])
    assert re.search(r"would_deny: user=bob service=sudo code=UNAVAILABLE text=.*jitd", lines[0]["MESSAGE"]), lines[0]
    # Where nobody answers, a gate is permissive or not enabled at all.
    assert host.jitctl("pam enable sudo", check=False).code == 5 and state_by_hand(host) == "permissive"


def state_by_hand(host) -> str:
    text = host.path("/etc/pam.d/sudo").read_text()
    return "permissive" if "pam_jit.so permissive" in text else "on" if "pam_jit.so" in text else "off"


def test_s07_unknown_options_deny_even_with_permissive(host):
    """A mistyped option denies, says the option, the file and nothing else, and is in the log; also with permissive."""
    host.nopasswd("alice")
    host.accepted(Grant("alice"))
    for options in ("fail_opne", "permissive fail_opne", "permissive=1"):
        text = host.path("/etc/pam.d/sudo").read_text()
        host.write("/etc/pam.d/sudo", text.replace("pam_jit.so #", f"pam_jit.so {options} #", 1)
                   .replace("account requisite pam_jit.so #", f"account requisite pam_jit.so {options} #"))
        refused = host.user("alice").run("sudo -n id -u")
        wrong = options.split()[-1]
        said = f"unknown option '{wrong}' on pam_jit's line in /etc/pam.d/sudo [CONFIG]"
        assert refused.code == 1 and "0\n" not in refused.out and said in refused.err, refused
        assert host.wait_for("log", lambda: [e for e in host.journal("SYSLOG_IDENTIFIER=pam_jit") if said in e["MESSAGE"]])
        host.write("/etc/pam.d/sudo", text)
    text = host.path("/etc/pam.d/sudo").read_text()
    host.write("/etc/pam.d/sudo", "auth sufficient pam_jit.so permissive\n" + text)
    host.write("/etc/sudoers.d/nopasswd", "", 0o440)
    assert "does not belong in the auth stack" in host.user("alice").run("sudo -S id -u", input="wrong\n").err
    host.write("/etc/pam.d/sudo", text)


def timers(host) -> list[str]:
    listed = host.root("systemctl list-units --all --plain --no-legend 'jit-pam-revert@*.timer'").out
    return [line.split()[0] for line in listed.splitlines()]


def test_unconfirmed_changes_undo_themselves(open_host):
    """`pam enable --confirm` reverts at its time with jitd masked and jitctl gone, marked lines only; `pam confirm` keeps
    it; what comes too late is told what happened."""
    host = open_host
    host.nopasswd("alice", "bob")
    before = pam(host)
    kept = host.jitctl("pam enable sudo --permissive --confirm 10min")
    assert "jitctl pam confirm" in kept.err
    waiting = host.json("pam status")["unconfirmed"]
    assert len(waiting) == 1 and (waiting[0]["service"], waiting[0]["undo"]) == ("sudo", "off")
    assert 590e6 < waiting[0]["left_usec"] <= 601e6
    # Both clocks, so that neither a step of the one nor a stand-still of the other matters.
    timer = timers(host)
    assert len(timer) == 1
    shown = host.root(f"systemctl show -p TimersMonotonic -p TimersCalendar -p Unit {timer[0]}").out
    assert "OnActiveUSec=10min 1s" in shown and "OnCalendar=20" in shown, shown
    assert host.jitctl("pam confirm").out == "confirmed sudo\n"
    assert timers(host) == [] and host.json("pam status")["unconfirmed"] == []
    assert host.jitctl("pam confirm", check=False).code == 6

    permissive = pam(host)
    began = time.time()
    host.jitctl("pam enable sudo --confirm 8s")
    assert state(host) == "on"
    refused = host.user("bob").run("sudo -n id -u")
    assert "[NO_GRANT]" in refused.err
    host.root("systemctl mask --now jitd.socket jitd.service 2>&1; mv /usr/bin/jitctl /usr/bin/away")
    host.append("/etc/pam.d/sudo-i", "# mine\n")
    host.wait_for("the way back", lambda: state_by_hand(host) == "permissive", 30)
    took = time.time() - began
    print(f"reverted {took:.2f} s after the command")
    assert took >= 8
    host.wait_for("the end of the unit", lambda: not list(host.path("/var/lib/jit-pam").glob("pending-*")))
    assert pam(host) == permissive | {"sudo-i": permissive["sudo-i"] + b"# mine\n"}
    assert host.user("bob").run("sudo -n id -u").out == "0\n"
    host.root("mv /usr/bin/away /usr/bin/jitctl")
    late = host.jitctl("pam confirm", check=False)
    assert late.code == 1 and "too late" in late.err and "sudo went back to permissive" in late.err
    assert "nobody ran 'jitctl pam confirm' before the deadline" in host.journal("SYSLOG_IDENTIFIER=jit-pam-revert")[-1]["MESSAGE"]
    assert host.root("systemctl list-units --failed --no-legend 'jit-*'").out == ""
    host.jitctl("pam disable sudo")
    assert pam(host) == before | {"sudo-i": before["sudo-i"] + b"# mine\n"}
    assert host.json("pam status")["reverted"] == []


def test_a_reboot_undoes_what_was_not_confirmed(open_host):
    """After a power cut and a boot with jitd masked and jitctl gone, before anybody can log in, what was confirmed is gated
    and what was not is as it was."""
    host = open_host
    host.jitctl("pam enable sudo --confirm 10min")
    host.jitctl("pam confirm sudo")
    before = pam(host)
    host.jitctl("pam enable su --confirm 10min")
    host.jitctl("pam enable sshd --permissive --confirm 10min")
    assert state(host, "su") == "on" and state(host, "sshd") == "permissive"
    host.root("systemctl mask --now jitd.socket jitd.service 2>&1; mv /usr/bin/jitctl /usr/bin/away; sync")
    host.kill()
    host.boot()
    assert pam(host) == before
    assert b"pam_jit.so" in before["sudo"]
    shown = host.root("systemctl show --value -p ExecMainExitTimestampMonotonic jit-pam-revert@boot.service; "
                      "systemctl show --value -p InactiveExitTimestampMonotonic systemd-user-sessions.service").out.split()
    assert 0 < int(shown[0]) < int(shown[1])
    assert host.user("carol").run("id -un").out == "carol\n"
    host.root("mv /usr/bin/away /usr/bin/jitctl")
    assert "before the reboot" in host.jitctl("pam confirm su", check=False).err
    # A boot without anything to undo has nothing to do.
    host.kill()
    host.boot()
    assert pam(host) == before
    assert host.root("systemctl show --value -p ConditionResult jit-pam-revert@boot.service").out == "no\n"


def test_killed_while_enabling(open_host):
    """jitctl killed at any point of `pam enable --confirm`: each file is the old or the new one, and what is new goes back."""
    host = open_host
    before = pam(host)
    enable = ("jitctl", "pam", "enable", "sudo", "--confirm", "1h")
    began = time.monotonic()
    assert host.enter(*enable).code == 0
    took = time.monotonic() - began
    after = pam(host)
    host.jitctl("pam disable sudo")
    assert pam(host) == before
    half = 0
    for part in range(1, 21):
        host.enter("timeout", "--signal=KILL", f"{took * part / 20:.4f}", *enable)
        now = pam(host)
        assert {name: content for name, content in now.items() if content not in (before[name], after[name])} == {}
        changed = now != before
        pending = list(host.path("/var/lib/jit-pam").glob("pending-sudo"))
        assert not changed or (pending and timers(host))
        half += changed
        host.jitctl("pam disable sudo")
        assert pam(host) == before
    print(f"{half} of 20 got as far as the files")
