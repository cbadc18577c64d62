# SPDX-License-Identifier: Apache-2.0
"""PAM stacks an admin has changed: lines that fail, end the stack early, or stand where ours should."""

import subprocess

import pytest

from lib import image
from lib.grants import Grant


@pytest.fixture
def host(host):
    """With pam_result.so, which answers what its line says."""
    module = host.work / "pam_result.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", module, image.SOURCE / "tests/support/pam_result.c"], check=True)
    folder = host.root("dirname $(find /usr/lib -name pam_permit.so)").out.strip()
    host.write(f"{folder}/pam_result.so", module.read_bytes())
    host.nopasswd("alice")
    return host


def before_scope_line(host, service: str, line: str) -> None:
    """Puts a line in front of pam_jit's last one."""
    path = f"/etc/pam.d/{service}"
    lines = host.path(path).read_text().splitlines(keepends=True)
    at = next(n for n, text in enumerate(lines) if "pam_jit.so scope" in text)
    host.write(path, "".join([*lines[:at], line + "\n", *lines[at:]]))


@pytest.mark.parametrize("line", ["session requisite pam_result.so session_err", "session sufficient pam_result.so success"])
def test_a_stack_that_ends_before_the_scope_line(host, line):
    """A line that keeps pam_jit's last one from running keeps no session from its end: revoke ends the command."""
    before_scope_line(host, "sudo", line)
    host.accepted(grant := Grant("alice"))
    shown = host.user("alice").run("sudo -n grep -o jit.slice.* /proc/self/cgroup").out
    assert shown.startswith("jit.slice/jit-")
    terminal = host.user("alice").tty()
    terminal.sendline("sudo -n sleep 1000")
    host.wait_for("the command", lambda: host.processes("sleep 1000"))
    host.wait_for("no session but this",
                  lambda: [s["account"] for s in host.json("list sessions --all")["sessions"]] == ["alice"])
    host.jitctl(f"revoke {grant.id} --reason over")
    terminal.shell()
    host.wait_for("its end", lambda: not host.processes("sleep 1000"))


def test_an_error_that_masks_the_scope_line(host):
    """A PAM_SESSION_ERR before it does not let a command run that pam_jit's last line refuses."""
    before_scope_line(host, "sudo", "session required pam_result.so session_err")
    host.accepted(Grant("alice"))
    assert host.user("alice").run("sudo -n id -u").out == "0\n"
    # The last line is misspelt: a line that can't be read refuses.
    path = "/etc/pam.d/sudo"
    host.write(path, host.path(path).read_text().replace("pam_jit.so scope", "pam_jit.so scop"))
    refused = host.user("alice").run("sudo -n id -u")
    assert refused.code == 1 and not refused.out and "[CONFIG]" in refused.err
    host.wait_for("no session left", lambda: not host.json("list sessions --all")["sessions"])


def test_pam_systemd_in_the_stack_of_sudo(host):
    """Where pam_systemd moves sudo to a login's scope, the last line makes the session another scope of its own."""
    before_scope_line(host, "sudo", "session required pam_systemd.so")
    host.accepted(grant := Grant("alice"))
    for _ in range(5):
        assert "jit.slice/jit-" in host.user("alice").run("sudo -n cat /proc/self/cgroup").out
    terminal = host.user("alice").tty()
    terminal.sendline("sudo -n sleep 1000")
    host.wait_for("the command", lambda: host.processes("sleep 1000"))
    host.jitctl(f"revoke {grant.id} --reason over")
    terminal.shell()


@pytest.mark.long
def test_sudo_i_whose_last_line_is_skipped(host, long_run):
    """A session of sudo -i that a line keeps from its scope is reported within half a minute."""
    before_scope_line(host, "sudo-i", "session requisite pam_result.so session_err")
    host.accepted(Grant("alice"))
    terminal = host.user("alice").tty()
    terminal.sendline("sudo -n -i")
    terminal.root_shell()
    closed = host.wait_event("session.closed", user="alice", code="UNAVAILABLE", timeout=40)
    assert "never came to its scope" in closed["MESSAGE"]
    long_run.note("reported")


def test_a_first_line_that_is_not_first(host):
    """Lines in front of pam_jit's are named by `jitctl pam status`: they could keep it from being asked."""
    path = "/etc/pam.d/sudo"
    text = host.path(path).read_text()
    for stack in ("account", "session"):
        host.write(path, text.replace(f"{stack} requisite pam_jit.so", f"{stack} sufficient pam_result.so success\n"
                                                                       f"{stack} requisite pam_jit.so", 1))
        assert "out of order" in host.jitctl("pam status sudo").out
    # The account line is skipped: the session line finds no person.
    host.write(path, text.replace("account requisite pam_jit.so", "account sufficient pam_result.so success\n"
                                                                 "account requisite pam_jit.so", 1))
    host.accepted(Grant("alice"))
    refused = host.user("alice").run("sudo -n id")
    assert refused.code == 1 and "[IDENTITY]" in refused.err and not refused.out


def test_s06_a_missing_module_refuses(host):
    """With pam_jit.so deleted sudo refuses everybody but shows no hole; root at the console still gets in."""
    host.accepted(Grant("alice"))
    host.root("rm $(find /usr/lib -name pam_jit.so)")
    refused = host.user("alice").run("sudo -n id")
    assert refused.code == 1 and "uid=0" not in refused.out
    console = host.user("root").tty("script -qec 'login root' /dev/null")
    console.expect("assword: ")
    console.sendline("root-password")
    console.root_shell()
