# SPDX-License-Identifier: Apache-2.0
"""Packages come, are replaced and go while the gate is on: it stays as it was, or goes without a trace."""

import time

import pytest

from lib import debs, image
from lib.grants import Grant

FILES = ("sudo", "sudo-i", "su", "su-l", "sshd")
DEBIANS = ("sudo", "util-linux", "openssh-server")


def pam(host, names=FILES) -> dict[str, bytes]:
    return {name: host.path(f"/etc/pam.d/{name}").read_bytes() for name in names}


def states(host) -> dict[str, str]:
    return {s["file"].rsplit("/", 1)[1]: s["state"] for s in host.json("pam status")["services"]}


def marked(host) -> list[str]:
    """Files of /etc/pam.d with a line of ours, whatever they are called."""
    return [file.name for file in host.path("/etc/pam.d").iterdir() if b"pam_jit" in file.read_bytes()]


def bring(host, *files) -> str:
    """Puts packages into the machine; returns their names for a command line."""
    for file in files:
        host.write(f"/root/new/{file.name}", file.read_bytes())
    return " ".join(f"/root/new/{file.name}" for file in files)


def dpkg(host, arguments: str) -> str:
    """dpkg as a script runs it, with nobody to ask."""
    said = host.root(f"DEBIAN_FRONTEND=noninteractive dpkg {arguments} </dev/null 2>&1", timeout=180).out
    assert host.root("dpkg --audit").out == ""
    return said


def is_gated(host) -> None:
    """alice has a grant, bob has none; root is not asked."""
    assert host.user("alice").sudo("id -u").out == "0\n"
    refused = host.user("bob").sudo("id -u")
    assert refused.code == 1 and "[NO_GRANT]" in refused.err
    assert host.root("su - carol -c 'id -un'").out == "carol\n"


@pytest.fixture
def debians(host, tmp_path):
    """next(N): new versions of sudo, util-linux and openssh-server, each with new PAM files; how they look, too."""
    sources = {name: debs.Installed(host.tree, name) for name in DEBIANS}
    owners = {"sudo": "sudo", "sudo-i": "sudo", "su": "util-linux", "su-l": "util-linux", "sshd": "openssh-server"}

    def make(number: int):
        new = {}
        for name in FILES:
            old = (host.tree / f"etc/pam.d/{name}").read_text()
            new[name] = (f"# Version {number}\n# of {name}.\n" + old +
                         f"session optional pam_keyinit.so # {number}\n" + ("# The end" if number % 2 else ""))
        built = [source.next(number, tmp_path, {f"/etc/pam.d/{f}": new[f] for f in FILES if owners[f] == package})
                 for package, source in sources.items()]
        return bring(host, *built), {name: text.encode() for name, text in new.items()}

    return make


def test_upgrades_of_sudo_su_and_ssh_keep_the_gate(host, debians):
    """After an upgrade of sudo, util-linux and openssh-server what was gated is gated, whether dpkg keeps the gated PAM
    files or replaces them; what was not is not; `pam disable` then gives back the new files byte for byte."""
    host.jitctl("pam enable sshd")
    host.grant("alice")
    before = pam(host)
    packages, new = debians(1)
    dpkg(host, f"--force-confdef --force-confold -i {packages}")
    assert pam(host) == before | {"su-l": new["su-l"]}, "su-l has no line of ours, so dpkg may replace it"
    is_gated(host)

    packages, new = debians(2)
    said = dpkg(host, f"--force-confnew -i {packages}")
    assert "/etc/pam.d/sudo: was replaced, is gated again" in said
    assert set(states(host).values()) == {"on"}
    assert {name: content for name, content in pam(host).items() if b"# Version 2" not in content} == {}
    is_gated(host)
    assert "[NO_GRANT]" in host.user("bob").run("su - carol -c true", input="carol-password\n").err

    host.jitctl("pam disable su")
    host.jitctl("pam disable sshd")
    host.jitctl("pam enable sudo --permissive")
    packages, new = debians(3)
    dpkg(host, f"--force-confnew -i {packages}")
    assert states(host) == {"sudo": "permissive", "sudo-i": "permissive", "su": "off", "su-l": "off", "sshd": "off"}
    assert host.user("bob").sudo("id -u").out == "0\n"
    assert b"pam_jit.so nest" in pam(host)["su"] and pam(host)["sshd"] == new["sshd"]

    host.jitctl("pam disable sudo")
    assert pam(host) == new
    said = dpkg(host, "--purge jitctl libpam-jit jitd")
    assert marked(host) == []
    assert host.user("bob").sudo("id -u").out == "0\n"


def test_upgrading_with_sessions_open(host, tmp_path):
    """An upgrade and a way back of our own packages: an open session stays and ends at its time, the gate stays, grants
    stay, and nobody's sudo fails meanwhile."""
    host.nopasswd("alice", "bob")
    host.grant("bob")
    session = Grant("alice")
    host.accepted(session)
    alice, bob = host.user("alice").tty(), host.user("bob").tty()
    alice.sendline("sudo -n -i")
    alice.root_shell()
    bob.type("rm -f stop; (n=0; bad=0; until [ -e stop ]; do sudo -n true || bad=$((bad + 1)); n=$((n + 1)); done; "
             "echo $n $bad >counted) 2>errors &")
    gated = pam(host)
    now = image.packages()
    later = [debs.newer(package, "9.0", tmp_path) for package in now]
    for packages in (later, now):
        dpkg(host, f"--force-downgrade -i {bring(host, *packages)}")
        assert pam(host) == gated
        assert host.root("systemctl is-active jitd.service jitd.socket").out == "active\nactive\n"
        alice.sendline("echo still $((6 * 7))")
        alice.expect("still 42")
        alice.root_shell()
    bob.type("touch stop; wait")
    count, failed = host.path("/home/bob/counted").read_text().split()
    print(f"{count} times sudo, {failed} failed")
    assert int(failed) == 0 and int(count) > 20, host.path("/home/bob/errors").read_text()
    session = Grant("alice", lasts=4, id=session.id)  # the same grant, and a nearer end
    host.accepted(session)
    alice.shell(timeout=max(1, session.not_after - time.time() + 3))
    assert -0.5 < time.time() - session.not_after < 2.0
    assert "[EXPIRED]" in host.user("alice").run("sudo -n id").text
    assert bob.type("sudo -n id -u").splitlines()[-1] == "0"


ABSENT = "systemctl mask --now jitd.socket jitd.service 2>&1; rm /usr/libexec/jit/jitd"
BROKEN = "cp /bin/false /usr/libexec/jit/jitd.new; mv /usr/libexec/jit/jitd.new /usr/libexec/jit/jitd; " \
         "systemctl stop jitd.socket jitd.service; systemctl start --no-block jitd.socket jitd.service"
NO_MODULE = "rm /usr/lib/*/security/pam_jit.so"
NO_SCRIPT = "rm /usr/libexec/jit/pam-lines.sh"
HALF = "dpkg --unpack /root/packages/libpam-jit_*.deb >/dev/null 2>&1"


def test_upgrading_without_jitd(host, tmp_path):
    """With jitd masked or broken an upgrade goes through, the gate stays shut for all but root, and a reinstallation
    cures a broken jitd."""
    later = bring(host, *(debs.newer(package, "9.0", tmp_path) for package in image.packages()))
    gated = pam(host)
    host.root("systemctl mask --now jitd.socket jitd.service 2>&1")
    dpkg(host, f"-i {later}")
    assert pam(host) == gated and states(host)["sudo"] == "on"
    assert "[UNAVAILABLE]" in host.user("bob").sudo("id -u").err
    assert host.root("sudo -u carol id -un; su - carol -c 'id -un'").out == "carol\ncarol\n"
    host.root(f"systemctl unmask jitd.socket jitd.service 2>&1; {BROKEN}")
    dpkg(host, f"-i {later}")
    assert pam(host) == gated
    assert "[NO_GRANT]" in host.user("bob").sudo("id -u").err


def test_s06_removing_gives_sudo_back_whatever_is_broken(host):
    """With jitd absent and masked, or broken, the module or its script deleted, or the packages half installed: sudo is denied
    as long as the lines are there, and removing or purging the packages gives back /etc/pam.d as it was before they came,
    byte for byte, and with it sudo."""
    original = {name: (host.tree / "etc/pam.d" / name).read_bytes() for name in FILES}
    names = " ".join(image.copy_packages(host))
    ways = [(ABSENT, "--remove jitctl libpam-jit jitd"),
            (BROKEN, "--purge --force-depends jitd"),
            (NO_MODULE, "--remove libpam-jit"),
            (f"{HALF}; {NO_SCRIPT}", "--purge libpam-jit")]
    for breaking, going in ways:
        host.root(breaking, check=False)
        refused = host.user("bob").sudo("id -u")
        assert refused.code == 1 and "0\n" not in refused.out, breaking
        host.root(f"DEBIAN_FRONTEND=noninteractive dpkg {going} </dev/null 2>&1", timeout=60)
        assert pam(host) == original, (breaking, going)
        assert marked(host) == []
        assert host.user("bob").sudo("id -u").out == "0\n"
        assert host.root("su - carol -c 'id -un'").out == "carol\n"
        if (breaking, going) == ways[-1]:
            break
        host.root("systemctl unmask jitd.socket jitd.service 2>&1")
        dpkg(host, f"-i {names}")
        assert marked(host) == [], "what was removed comes back ungated"
        host.ready("sudo")  # alone: su gets nest lines
        assert b"pam_jit.so nest" in pam(host)["su"]


def test_a_person_may_purge_from_within_a_session(host):
    """alice purges the packages in the root shell they opened for her: it goes on, and nothing is left of them."""
    host.nopasswd("alice")
    host.grant("alice")
    alice = host.user("alice").tty()
    alice.sendline("sudo -n -i")
    alice.root_shell()
    # As jitd might after a break-in: what it planted in its folder leads nowhere.
    host.root("ln -s /etc/pam.d /var/lib/jit/link; ln /etc/hostname /var/lib/jit/hard; mkfifo /var/lib/jit/fifo")
    alice.sendline("dpkg --purge jitctl libpam-jit jitd; echo code=$?")
    alice.expect("code=0", timeout=60)
    alice.root_shell()
    assert marked(host) == []
    assert host.path("/etc/pam.d/sudo").exists() and host.path("/etc/hostname").read_text() == "db-01\n"
    assert not host.path("/var/lib/jit-pam").exists() and not host.path("/var/lib/jit").exists()
    alice.sendline("exit")
    alice.shell()
    assert alice.type("sudo -n id -u").splitlines()[-1] == "0"


def test_a_file_that_cannot_be_changed_stops_the_removal(host):
    """Where a line can't be taken out the package stays, with its module, says which file it is, and goes when it can."""
    file = "/etc/pam.d/sudo"
    host.root(f"mount --bind {file} {file}")
    refused = host.root("dpkg --remove libpam-jit 2>&1", check=False, timeout=60)
    assert refused.code and f"{file}: cannot be changed" in refused.out and "chattr -i" in refused.out
    assert host.root("ls /usr/lib/*/security/pam_jit.so").out
    host.root(f"umount {file}")
    host.root("dpkg --remove libpam-jit 2>&1", timeout=60)
    assert marked(host) == []
