# SPDX-License-Identifier: Apache-2.0
"""The sudoers group plugin: rules for roles, which hold only while a grant does, and nobody's standing entry."""

import re
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from lib import image
from lib.grants import Grant
from lib.machine import Result

EXAMPLE = "/usr/share/doc/jitd/examples/00-jit"
INSTALL = f"install -m 0440 {EXAMPLE} /etc/sudoers.d/00-jit"
OURS = "/etc/sudoers.d/00-jit"
PLUGIN = "/usr/libexec/sudo/jit_group.so"
# carol may ask for both roles, olivia for none; neither is in sudoers.
POLICY = "".join(f'[role.{name}]\nrun_as = ["{target}"]\nservices = ["sudo"]\nmax_duration = "8h"\n\n'
                 for name, target in (("root", "root"), ("dba", "postgres"))) + """\
[[rule]]
roles = ["root", "dba"]
who = ["carol"]
approval = "auto"
max_duration = "1h"
"""


@pytest.fixture
def roles(host):
    """With our lines in sudoers, and a rule for dba."""
    host.write("/etc/jit/policy.toml", POLICY)
    host.jitctl("reload")
    host.root(INSTALL)
    host.append(OURS, "%:dba ALL=(postgres) /usr/bin/id, /usr/bin/sleep\n")
    host.root("visudo -cq")
    return host


def words(result: Result) -> list[str]:
    """What the product said to the person."""
    return [line for line in result.text.splitlines() if line.startswith("jit: ")]


def stopped(host):
    """jitd is there, and says nothing."""
    return host.root("systemctl kill --signal=STOP jitd.service")


def timed(user, command: str, password: bool = True) -> tuple[Result, float]:
    """How the command ended, and after how many seconds, by the machine's own clock: without the time of the login."""
    done = user.run(f"s=$(date +%s%N); {command}; c=$?; echo took $(( ($(date +%s%N) - s) / 1000000 )); exit $c",
                    input=user.password + "\n" if password else "")
    return done, int(re.search(r"took (\d+)", done.out)[1]) / 1000


@contextmanager
def questions(host):
    """Yields a list that has, at the end, the questions for roles that jitd was asked meanwhile."""
    outside = host.seen_from_here(host.processes("/usr/libexec/jit/jitd")[0].split()[0])
    log = host.work / "strace"
    trace = subprocess.Popen(["strace", "-f", "-qq", "-p", outside, "-o", log, "-s", "4096", "-e", "trace=recvmsg"])
    found: list[str] = []
    try:
        host.wait_for("strace", lambda: re.search(r"TracerPid:\t[1-9]", Path(f"/proc/{outside}/status").read_text()))
        yield found
    finally:
        trace.terminate()
        trace.wait(10)
        found += re.findall(r"HasRole", log.read_text())
        log.unlink()


def test_sudo_without_an_entry_while_a_grant_is_active(roles):
    """A person without any entry of their own gets sudo while a grant of the role is active: not before, not after."""
    carol = roles.user("carol")
    refused = carol.sudo("id -u")
    assert refused.code == 1 and "0" not in refused.out.split()
    assert len(words(refused)) == 1 and words(refused)[0].endswith("[NO_GRANT]"), refused
    grant = roles.grant("carol")
    allowed = carol.sudo("id -u")
    assert (allowed.out, words(allowed)) == ("0\n", [])
    roles.jitctl(f"revoke {grant} --reason over")
    refused = carol.sudo("id -u")
    assert refused.code == 1 and "0" not in refused.out.split() and len(words(refused)) == 1
    assert {event["JIT_USER"] for event in roles.events("check.allowed")} == {"carol"}


def test_the_signed_file_is_enough_too(roles):
    """A grant of a signed file makes the rule match within the grant's own window."""
    carol = roles.user("carol")
    roles.accepted(Grant("carol", starts=3600, lasts=7200))
    assert carol.sudo("id -u").code == 1
    roles.accepted(grant := Grant("carol", lasts=8))
    assert carol.sudo("id -u").out == "0\n"
    time.sleep(max(0.0, grant.not_after - time.time()))
    assert carol.sudo("id -u").code == 1


def test_the_reason_is_read_before_the_password_and_once(roles):
    """Who may ask for the role reads why not before any password is asked for, and pam_jit does not say it again; with
    -n, where no password is asked for, it is read all the same."""
    terminal = roles.user("carol").tty()
    terminal.sendline("sudo id -u")
    terminal.expect("password for carol: ")
    assert terminal.before.count("jit: ") == 1 and "jitctl request root" in terminal.before
    terminal.sendline("carol-password")
    assert "jit: " not in terminal.shell()
    said = roles.user("carol").run("sudo -n id -u")
    assert said.code == 1 and len(words(said)) == 1


def test_who_may_ask_for_nothing_is_told_by_the_gate(roles):
    """Who may not ask for a role is told by pam_jit after the password, as without the plugin."""
    terminal = roles.user("olivia").tty()
    terminal.sendline("sudo id -u")
    terminal.expect("password for olivia: ")
    assert "jit: " not in terminal.before
    terminal.sendline("olivia-password")
    assert terminal.shell().count("jit: ") == 1


def test_a_role_with_a_command_list(roles):
    """A rule for a role gives the commands it names, as the account it names, and nothing of another role's rule."""
    roles.jitctl("grant carol --for 30m --reason 'INC-1234 look' --role dba")
    carol = roles.user("carol")
    assert carol.sudo("-u postgres id -un").out == "postgres\n"
    for command in ("-u postgres cat /etc/passwd", "-u postgres bash -c id", "id -u", "-i", "-u alice id"):
        refused = carol.sudo(command)
        assert refused.code == 1 and "uid=" not in refused.out and refused.out != "0\n", command


def test_the_gate_still_has_the_last_word(roles):
    """A rule that is wider than the role reaches no account that the role does not."""
    roles.write("/etc/sudoers.d/01-wide", "%:dba ALL=(ALL:ALL) ALL\n", 0o440)
    roles.jitctl("grant carol --for 30m --reason 'INC-1234 look' --role dba")
    carol = roles.user("carol")
    assert carol.sudo("-u postgres id -un").out == "postgres\n"
    refused = carol.sudo("id -u")
    assert refused.code == 1 and "[TARGET]" in refused.text and not refused.out


def test_listing(roles):
    """sudo -l lists the rules of the roles held now, root's sudo -l -U those of another; root is not asked for."""
    carol = roles.user("carol")
    assert "ALL" not in carol.sudo("-l").out
    roles.grant("carol")
    assert "(ALL : ALL) ALL" in carol.sudo("-l").out
    assert "(postgres)" not in carol.sudo("-l").out
    roles.jitctl("grant carol --for 30m --reason 'INC-1234 look' --role dba")
    assert "(postgres) /usr/bin/id" in carol.sudo("-l").out
    listed = roles.root("sudo -l -U carol")
    assert "(ALL : ALL) ALL" in listed.out and "(postgres) /usr/bin/id" in listed.out and words(listed) == []
    other = roles.root("sudo -l -U olivia", check=False)
    assert "not allowed to run sudo" in other.text and words(other) == []


def test_settings_for_a_role(roles):
    """Defaults:%:ROLE holds for who holds the role."""
    roles.write("/etc/sudoers.d/01-prompt", 'Defaults:%:root passprompt="by a role: "\n', 0o440)
    carol = roles.user("carol")
    assert "by a role: " not in carol.run("sudo -S id -u", input="carol-password\n").err
    roles.grant("carol")
    said = carol.run("sudo -S id -u", input="carol-password\n")
    assert "by a role: " in said.err and said.out == "0\n"


def test_any_number_of_lines_cost_one_question(roles):
    """However many rules for roles are evaluated, jitd is asked once in one run of sudo, and not at all for root and for
    whom a later rule lets in."""
    roles.write("/etc/sudoers.d/01-more", "".join(f"%:other{n} ALL=(ALL) ALL\n" for n in range(20)) +
                "Defaults:%:dba !lecture\nDefaults:%:other1 !lecture\n", 0o440)
    roles.grant("carol")
    with questions(roles) as asked:
        assert roles.user("carol").sudo("id -u").out == "0\n"
    assert len(asked) == 1
    roles.root("rm /etc/sudoers.d/01-more")
    roles.nopasswd("bob")
    roles.grant("bob")
    with questions(roles) as asked:
        assert roles.user("bob").run("sudo -n id -u").out == "0\n"
        assert roles.root("sudo id -u; sudo -u postgres id -un; sudo -l").out.startswith("0\npostgres\n")
    assert asked == []
    roles.root(f"sed -i 's/^#Defaults/Defaults/' {OURS} && visudo -cq")  # settings are looked at in every run
    with questions(roles) as asked:
        assert roles.user("bob").run("sudo -n id -u").out == "0\n"
    assert len(asked) == 1


def test_a_role_that_ends_inside_a_ticket(roles):
    """With sudo's ticket still good, the end of the grant is the end of sudo; a running session ends as ever."""
    terminal = roles.user("carol").tty()
    grant = roles.grant("carol")
    terminal.sendline("sudo id -u")
    terminal.expect("password for carol: ")
    terminal.sendline("carol-password")
    assert "0" in terminal.shell().split()
    assert "0" in terminal.type("sudo -n id -u").split()
    terminal.sendline("sudo -n sleep 1000")
    roles.wait_for("the command", lambda: roles.processes("sleep 1000"))
    roles.jitctl(f"revoke {grant} --reason over")
    terminal.shell()
    refused = terminal.type("sudo -n id -u")
    assert "0" not in refused.split() and refused.count("jit: ") == 1
    again = roles.grant("carol")
    assert "0" in terminal.type("sudo -n id -u").split()
    assert again != grant


def test_a_password_free_rule_for_a_role(roles):
    """NOPASSWD on a rule for a role asks for no password, and lets nobody in without the grant."""
    roles.write("/etc/sudoers.d/01-free", "%:root ALL=(ALL:ALL) NOPASSWD: ALL\n", 0o440)
    carol = roles.user("carol")
    assert carol.run("sudo -n id -u").code == 1
    roles.grant("carol")
    assert carol.run("sudo -n id -u").out == "0\n"


@pytest.mark.parametrize("how", ["frozen", "masked"])
def test_s11_with_jitd_silent_rules_for_roles_match_nobody(roles, how):
    """With jitd frozen or gone who has a grant is refused within 3 s in total, beside the time sudo itself takes; root does
    not wait."""
    roles.grant("carol")
    roles.nopasswd("bob")
    commands = ("sudo -n id -u", "sudo -S -p '' id -u", "sudo -S -p '' -u postgres id", "sudo -S -p '' -l")
    usual = {command: timed(roles.user("carol"), command)[1] for command in commands}
    bobs, roots = (timed(roles.user(name), command, password=False)[1] for name, command in
                   (("bob", "sudo -n id -u"), ("root", "sudo id -u")))
    if how == "frozen":
        stopped(roles)
    else:
        roles.root("systemctl mask --now jitd.socket jitd.service 2>&1")
    for command in commands:
        refused, seconds = timed(roles.user("carol"), command)
        assert refused.code == 1 and "0" not in refused.out.split(), refused
        assert seconds <= 3.0 + usual[command], (command, seconds, usual)
        assert len(words(refused)) <= 1, refused
    refused, seconds = timed(roles.user("bob"), "sudo -n id -u", password=False)
    assert refused.code == 1 and "[UNAVAILABLE]" in refused.text and seconds <= 3.0 + bobs
    done, seconds = timed(roles.user("root"), "sudo id -u", password=False)
    assert done.out.startswith("0\n") and seconds < 0.5 + roots
    assert words(done) == []


def test_s11_a_frozen_jitd_does_not_hold_up_who_has_a_rule_of_their_own(roles):
    """Where sudo is not gated, who has a rule of their own gets in at once although jitd is frozen; who needs a role is
    refused within a second, beside the time sudo itself takes, without a word of ours."""
    roles.jitctl("pam disable sudo")
    roles.nopasswd("bob")
    usual = {name: timed(roles.user(name), "sudo -n id -u", password=False)[1] for name in ("bob", "carol")}
    stopped(roles)
    done, seconds = timed(roles.user("bob"), "sudo -n id -u", password=False)
    assert done.out.startswith("0\n") and seconds < 0.5 + usual["bob"]
    refused, seconds = timed(roles.user("carol"), "sudo -n id -u", password=False)
    assert refused.code == 1 and seconds <= 1.0 + usual["carol"]
    assert words(refused) == []


# -- these need nothing of jitd

@pytest.fixture
def lines(host):
    """Our lines in sudoers, and an entry of bob's own."""
    host.root(INSTALL)
    host.nopasswd("bob")
    return host


def complaints(result: Result) -> list[str]:
    return [line for line in result.err.splitlines() if "plugin" in line or "jit_group" in line]


def test_the_package_brings_the_lines_and_the_plugin(fresh):
    """The example is what sudo takes; the plugin is root's and nobody else's to write; neither is in force by itself."""
    assert fresh.root(f"stat -c '%U %G %a' {PLUGIN} {EXAMPLE}").out == "root root 644\nroot root 644\n"
    assert fresh.root(f"dpkg -S {PLUGIN}").out == f"jitd: {PLUGIN}\n"
    assert fresh.root("grep -r group_plugin /etc/sudoers /etc/sudoers.d || true").out == ""
    fresh.root(INSTALL)
    assert "parsed OK" in fresh.root(f"visudo -c -f {OURS}").out
    done = fresh.user("alice").sudo("id -u")
    assert (done.out, complaints(done)) == ("0\n", [])


def test_removing_the_package_takes_the_plugin_out_of_sudoers(lines):
    """Removing jitd comments its Defaults line out, keeps mode and owner, says so, and sudo has nothing to complain of."""
    before = lines.path(OURS).read_text()
    said = lines.root("DEBIAN_FRONTEND=noninteractive apt-get -y remove jitd 2>&1", timeout=120).out
    assert f"jit: {OURS}: group_plugin is commented out" in said
    line = 'Defaults group_plugin="jit_group.so"\n'
    assert lines.path(OURS).read_text() == before.replace(line, f"# jitd was removed: {line}")
    assert lines.root(f"stat -c '%U %G %a' {OURS}").out == "root root 440\n"
    assert lines.root("ls -A /etc/sudoers.d").out.split() == ["00-jit", "README", "nopasswd"]
    assert not lines.path(PLUGIN).exists()
    for who, command in (("bob", "sudo -n id -u"), ("root", "sudo id -u")):
        done = lines.user(who).run(command)
        assert (done.out, complaints(done)) == ("0\n", [])
    assert lines.root("visudo -c 2>&1").out.count("parsed OK") == 4


def test_what_has_to_go_by_hand_is_named_and_keeps_no_package(lines):
    """A line of /etc/sudoers, one with more on it, and a file that cannot be changed are named with their place; the
    package goes all the same."""
    lines.append("/etc/sudoers", 'Defaults group_plugin="jit_group.so"\n')
    lines.write("/etc/sudoers.d/both", 'Defaults env_reset, group_plugin="jit_group.so"\n', 0o440)
    number = lines.path("/etc/sudoers").read_text().count("\n")
    said = lines.root("DEBIAN_FRONTEND=noninteractive apt-get -y remove jitd 2>&1", timeout=120).out
    for place in (f"/etc/sudoers:{number}", "/etc/sudoers.d/both:1"):
        assert f"jit: {place}: take group_plugin out by hand" in said
    assert f"jit: {OURS}: group_plugin is commented out" in said
    assert lines.root("dpkg-query -W -f '${db:Status-Status}' jitd").out in ("config-files", "not-installed")
    assert lines.user("bob").run("sudo -n id -u").out == "0\n"  # with the complaint that was announced


def test_an_upgrade_keeps_the_lines(lines):
    """Installing the packages again leaves the lines in force."""
    before = lines.path(OURS).read_text()
    names = " ".join(image.copy_packages(lines))
    lines.root(f"apt-get -y --reinstall --no-install-recommends install {names} 2>&1", timeout=120)
    assert lines.path(OURS).read_text() == before
    assert lines.path(PLUGIN).exists()


def test_the_plugin_is_gone_from_sudo_before_the_command(lines):
    """The command inherits no descriptor of the plugin's."""
    lines.grant("bob")
    listed = lines.user("bob").run("sudo -n ls -l /proc/self/fd").out
    assert "0 ->" in listed and "socket:" not in "".join(line for line in listed.splitlines() if not re.search(r" [012] ->", line))
