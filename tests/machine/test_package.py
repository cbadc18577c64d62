# SPDX-License-Identifier: Apache-2.0
"""The Debian packages: coming, going, and what they leave alone."""

import hashlib

import pytest

from lib import image
from lib.host import Host
from lib.machine import Machine

SERVICES = ("sudo", "sudo-i", "su", "su-l")


def pam_files(machine: Machine) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() + oct(file.stat().st_mode)
            for file in machine.path("/etc/pam.d").iterdir()}


@pytest.fixture
def bare():
    """A Debian on which a test installs by itself."""
    with Host(image.plain()) as host:
        yield host


def test_s06_installing_changes_no_login(bare):
    """Installing the packages changes no login: not a byte in /etc/pam.d, and sudo, su and ssh go on as before."""
    before = pam_files(bare)
    image.install(bare)
    assert pam_files(bare) == before
    assert bare.user("alice").sudo("id -u").out == "0\n"
    assert bare.root("su - carol -c 'id -un'").out == "carol\n"
    assert bare.user("bob").run("id -un").out == "bob\n"


def test_installing_starts_the_daemon(bare):
    """After installing, jitd runs as its own user, is enabled, and owns its name on the bus, at the first start."""
    image.install(bare)
    assert bare.root("systemctl is-active jitd.service jitd.socket").out == "active\nactive\n"
    assert bare.root("systemctl is-enabled jitd.service jitd.socket").out == "enabled\nenabled\n"
    assert bare.root("ps -o user= -C jitd").out.split() == ["jitd"]
    assert "org.jitd1" in bare.root("busctl list --no-legend").out
    assert bare.root("stat -c '%U %a' /run/jit /run/jit/gate /run/jit/end /var/lib/jit").out.splitlines() == [
        "root 711", "root 600", "root 711", "jitd 700"]
    assert bare.root("systemctl show --value -p NRestarts jitd.service").out == "0\n"
    assert bare.root("systemctl --failed --no-legend").out == ""


def test_s79_the_sandbox_scores_well(fresh):
    """systemd-analyze security rates jitd.service 0.6 or better."""
    line = fresh.root("systemd-analyze security --no-pager jitd.service").out.splitlines()[-1]
    score = float(line.split("jitd.service: ")[1].split()[0])
    print(line)
    assert score <= 0.6


def test_the_bus_lets_only_named_methods_through(fresh):
    """A method the bus policy does not name never reaches jitd, root's neither, and nobody else can own the name."""
    call = "busctl --quiet call org.jitd1 /org/jitd1"
    assert fresh.root(f"{call} org.jitd1.Manager GetStatus 'a{{sv}}' 0").code == 0
    for method in ("org.freedesktop.DBus.Properties Set ssv a b s c", "org.jitd1.Gate Close s x", "org.jitd1.Manager Other"):
        assert "denied" in fresh.root(f"{call} {method}", check=False).text.lower()
    owned = fresh.user("alice").run(
        "busctl call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus RequestName su org.jitd1 0")
    assert owned.code and "denied" in owned.text.lower()


def test_s39_no_polkit_action_comes_along(fresh):
    """The packages bring no polkit action or rule and need no polkit: nothing of theirs can say yes by itself."""
    files = fresh.root("dpkg --listfiles jitd libpam-jit jitctl").out
    assert "/usr/libexec/jit/jitd" in files and "polkit" not in files
    fields = "--showformat=${Pre-Depends} ${Depends} ${Recommends} ${Suggests}\n"
    needs = fresh.enter("dpkg-query", "--show", fields, "jitd", "libpam-jit", "jitctl").out
    assert "libsystemd0" in needs and "polkit" not in needs


def test_the_journal_explains_the_records(fresh):
    """journalctl -x explains jitd's records from the catalog."""
    assert fresh.events("daemon.started")
    said = fresh.root("journalctl --no-pager -x JIT_EVENT=daemon.started").out
    assert "Just-in-time privilege elevation is ready" in said


def test_s06_removing_takes_the_lines_out(host):
    """Removing the package takes the lines of `jitctl pam enable` out of /etc/pam.d, byte for byte, and sudo works."""
    original = {name: (host.tree / "etc/pam.d" / name).read_bytes() for name in SERVICES
                if (host.tree / "etc/pam.d" / name).exists()}
    assert b"pam_jit.so" in host.path("/etc/pam.d/sudo").read_bytes()
    assert host.user("bob").sudo("id").code == 1
    host.root("apt-get -y remove libpam-jit 2>&1", timeout=120)
    for name, content in original.items():
        assert host.path(f"/etc/pam.d/{name}").read_bytes() == content, name
    assert host.user("bob").sudo("id -u").out == "0\n"
    assert host.root("su - carol -c 'id -un'").out == "carol\n"


def test_removing_leaves_other_edits_alone(host):
    """An admin's own edits made after `jitctl pam enable` stay when the package goes, hand-written pam_jit lines too."""
    edits = "# mine\nsession optional pam_echo.so\n-account optional pam_jit.so # tried by hand"
    host.append("/etc/pam.d/sudo", edits)
    original = (host.tree / "etc/pam.d/sudo").read_text()
    host.root("dpkg --remove libpam-jit 2>&1", timeout=120)
    assert host.path("/etc/pam.d/sudo").read_text() == original + edits


def test_s06_upgrading_keeps_the_gate(host):
    """Installing the packages again keeps what is gated, the state and the grants in force."""
    grant = host.grant("alice")
    lines = pam_files(host)
    names = " ".join(image.copy_packages(host))
    host.root(f"apt-get -y --reinstall --no-install-recommends install {names} 2>&1", timeout=120)
    assert pam_files(host) == lines
    assert host.user("alice").sudo("id -u").out == "0\n"
    assert host.user("bob").sudo("id -u").code == 1
    assert grant in [g["id"] for g in host.json("list grants")["grants"]]


def test_s06_purging_leaves_nothing(host):
    """Purging leaves no file of ours and no running unit; only the account stays, as is Debian's custom."""
    host.grant("alice")
    assert host.user("alice").sudo("id -u").out == "0\n"
    host.root("apt-get -y purge jitd libpam-jit jitctl 2>&1", timeout=120)
    # find ends with 1 where something vanishes from /run meanwhile.
    left = host.root("find /etc /usr /var /run -xdev \\( -name '*jit*' -o -name '*pam_jit*' \\) "
                     "-not -path '/var/log/*' -not -path '/var/cache/*' -not -path '/run/log/*'; true").out.split()
    left = [path for path in left if "jittest" not in path and not path.startswith("/run/udev")]
    assert left == []
    # An empty jit.slice stays in memory; stopping it would end the very sudo that ran apt.
    assert host.root("systemctl list-units --all --no-legend 'jitd*' 'jit-*'").out == ""
    assert host.user("alice").sudo("id -u").out == "0\n"


def test_no_gate_before_jitd_answers(fresh):
    """`jitctl pam enable` changes nothing while jitd does not answer, and says what to start."""
    before = fresh.root("cat /etc/pam.d/sudo /etc/pam.d/su").out
    fresh.root("systemctl mask --now jitd.socket jitd.service 2>&1")
    refused = fresh.jitctl("pam enable sudo", check=False)
    assert refused.code == 5 and "systemctl restart jitd" in refused.err
    assert fresh.root("cat /etc/pam.d/sudo /etc/pam.d/su").out == before
