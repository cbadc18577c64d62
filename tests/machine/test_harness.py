# SPDX-License-Identifier: Apache-2.0
"""The ground the other tests stand on: without the product, sudo lets both in."""


def test_sudo_works_without_the_product(plain):
    """Plain Debian lets alice and bob, members of group sudo, become root: what refuses them later is the gate."""
    for name in ("alice", "bob"):
        assert plain.user(name).sudo("id -u").out == "0\n"
    assert plain.user("carol").sudo("id -u").code == 1


def test_a_login_is_a_real_one(plain):
    """A person who logs in to a test machine has a loginuid and a session of her own."""
    seen = plain.user("alice").run("cat /proc/self/loginuid; echo; tail -n1 /proc/self/cgroup").out.split()
    assert seen[0] == str(plain.uid("alice"))
    assert "session-" in seen[1]


def test_a_root_shell_on_a_terminal(plain):
    """A terminal of a test machine shows what a person sees, and the own shell is there after sudo -i ends."""
    terminal = plain.user("alice").tty()
    terminal.sendline("sudo -i")
    terminal.expect("password for alice: ")
    terminal.sendline(plain.user("alice").password)
    terminal.root_shell()
    terminal.sendline("exit")
    terminal.shell()
    assert "alice" in terminal.type("id -un")
