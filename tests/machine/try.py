#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""./dev try: plays the product's story on a throw-away Debian; --shell leaves the machine open to play with."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from lib import grants, image  # noqa: E402
from lib.grants import Grant, Signer  # noqa: E402
from lib.host import HOST, Host  # noqa: E402

COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ
ROOT = "root@db-01:~# "
ALICE = "alice@db-01:~$ "
CAROL = "carol@db-01:~$ "
OLIVIA = "olivia@laptop:~$ "

POLICY = """[role.root]
services = ["sudo", "su"]
run_as = ["root"]
max_duration = "8h"

[[rule]]  # two people, of whom she is none
roles = ["root"]
who = ["@sudo"]
approvers = ["carol", "olivia"]
approvals = 2
reason = "INC-[0-9]+"
"""


def tell(text: str) -> None:
    print(f"\n\033[1m{text}\033[0m" if COLOUR else f"\n{text}", flush=True)


def show(prompt: str, command: str, output: str) -> str:
    """What is typed and what comes back."""
    typed = f"\033[36m{command}\033[0m" if COLOUR else command
    print(f"    {prompt}{typed}", flush=True)
    for line in output.replace("\r", "").strip("\n").splitlines():
        print(f"    {line}", flush=True)
    return output


def expect(what: str, good: bool) -> None:
    if not good:
        sys.exit(f"\nnot as it should be: {what}")


class Alice:
    """Her terminal: one ssh login, open all the time."""

    def __init__(self, host: Host):
        self.user = host.user("alice")
        self.terminal = self.user.tty()

    def types(self, command: str) -> str:
        """A command in her own shell; sudo may ask for her password."""
        self.terminal.sendline(command)
        output = self._until(r"alice@db-01:[^\r\n]*\$ ")
        return show(ALICE, command, output.partition("\n")[2])

    def becomes_root(self, command: str) -> None:
        self.terminal.sendline(command)
        show(ALICE, command, self._until(r"root@db-01:[^\r\n]*# ").partition("\n")[2])

    def _until(self, prompt: str) -> str:
        seen = ""
        while self.terminal.expect([prompt, r"password for alice: "]):
            seen += self.terminal.before + self.terminal.after
            self.terminal.sendline(self.user.password)
        return seen + self.terminal.before

    def is_thrown_out(self, timeout: float) -> str:
        """Waits until her root shell ends and her own asks again."""
        return self.terminal.shell(timeout=timeout)


def root(host: Host, command: str) -> str:
    return show(ROOT, command, host.root(command + " 2>&1").out)


def prepare(host: Host) -> None:
    tell("A Debian 12 with alice in group sudo. root installs the packages: that changes no login.")
    names = image.install(host)
    show(ROOT, "apt install ./jitd.deb ./libpam-jit.deb ./jitctl.deb",
         "\n".join(line for line in names.splitlines() if line.startswith("Setting up")))
    tell("root names the host, says whose signatures it believes, and puts the gate into sudo.")
    host.write("/etc/jit/host.toml", HOST)
    host.write("/etc/jit/trust.toml", grants.trust_file(host.olivia).replace('["grant"]', '["grant", "approve"]'))
    root(host, "cat /etc/jit/host.toml /etc/jit/trust.toml")
    root(host, "jitctl reload")
    root(host, "jitctl pam enable sudo")


def signed_file(host: Host, alice: Alice) -> None:
    tell("alice is in group sudo, her password is right, and still: no grant, no root.")
    expect("alice is refused", "[NO_GRANT]" in alice.types("sudo id"))

    tell("olivia approves. On her laptop she writes a grant and signs it with plain ssh-keygen.")
    grant = Grant("alice", lasts=12, id="INC-1234-alice", reason="INC-1234 replace disk")
    text = grants.grant_file(grant)
    show(OLIVIA, "cat grants.toml", text)
    signature = host.olivia.sign(text)
    show(OLIVIA, "ssh-keygen -Y sign -n jit-grants@v1 -f ~/.ssh/id_ed25519 grants.toml", signature)
    tell("The two files reach /etc/jit on the host, by any means, the signature first. No command is given there.")
    delivered = time.time()
    host.put(text, signature)
    accepted = int(host.wait_event("file.accepted")["__REALTIME_TIMESTAMP"]) / 1e6
    print(f"    (in force {accepted - delivered:.2f} s after delivery)")

    tell("alice's plain sudo works now.")
    expect("alice is root", "uid=0(root)" in alice.types("sudo id"))
    tell("She opens a root shell, and leaves something running in the background.")
    alice.becomes_root("sudo -i")
    alice.terminal.sendline("setsid sleep 3600 &")
    alice.terminal.root_shell()
    show("root@db-01:~# ", "setsid sleep 3600 &", "")
    tell("At the end of the grant, 12 seconds after signing, the root shell ends by itself.")
    alice.is_thrown_out(grant.not_after - time.time() + 5)
    print(f"    (ended {max(0.0, time.time() - grant.not_after):.2f} s after its time)")
    host.wait_for("the background command to be gone", lambda: not host.processes("sleep 3600"), 5)
    expect("her own shell lives", "alice" in alice.types("id -un"))
    expect("sudo is refused again", "[EXPIRED]" in alice.types("sudo id"))


def local_grant(host: Host, alice: Alice) -> None:
    tell("root can grant on the host itself, too, and take it back.")
    root(host, "jitctl grant alice --for 30m --reason 'INC-1235 look at the logs'")
    expect("alice is root again", "uid=0(root)" in alice.types("sudo id"))
    alice.types("jitctl status")
    alice.becomes_root("sudo -i")
    root(host, "jitctl revoke --user alice --reason 'found it'")
    alice.is_thrown_out(5)
    expect("sudo is refused", "[REVOKED]" in alice.types("sudo id"))


def asking(host: Host, laptop: Host, alice: Alice) -> None:
    tell("Better: alice asks for herself, and the policy says who decides.")
    host.write("/etc/jit/policy.toml", POLICY)
    root(host, "cat /etc/jit/policy.toml")
    root(host, "jitctl policy check /etc/jit/policy.toml")
    root(host, "jitctl reload")
    alice.types("jitctl roles")
    alice.types("jitctl request root --for 30m --reason 'INC-1236 restore the backup'")
    request = host.json("list requests")["requests"][0]["id"]
    expect("sudo says what it waits for", "[PENDING]" in alice.types("sudo id"))

    tell("carol is on the host, sees who asks for what and why, and agrees.")
    show(CAROL, f"jitctl show {request}", host.user("carol").run(f"jitctl show {request}").out)
    show(CAROL, f"jitctl approve {request}", host.user("carol").run(f"jitctl approve {request} 2>&1").out)

    tell("olivia is elsewhere, her laptop reaches no host. alice sends her what `jitctl show` prints, by chat.")
    printed = host.user("alice").run(f"jitctl show {request}").out
    made = laptop.user("olivia").run(f"jitctl token {request} --key ~/.ssh/id_ed25519", input=printed)
    show(OLIVIA, f"jitctl token {request} --key ~/.ssh/id_ed25519", made.err + made.out)
    tell("She sends back one line, which counts for this request and once.")
    alice.types(f"jitctl redeem {made.out.strip()}")
    expect("alice is root", "uid=0(root)" in alice.types("sudo id"))
    alice.types("jitctl done")
    expect("the token is used up", "brought back before" in alice.types(f"jitctl redeem {made.out.strip()}"))


def recorded(host: Host, laptop: Host, alice: Alice) -> None:
    tell("What is done with root can be kept: the role says record, and sudo's own I/O log does it.")
    host.write("/etc/jit/policy.toml", POLICY.replace("[role.root]", "[role.root]\nrecord = true"))
    host.root("sed 's/^#Defaults/Defaults/' /usr/share/doc/jitd/examples/00-jit >/etc/sudoers.d/00-jit;"
              "chmod 0440 /etc/sudoers.d/00-jit")
    root(host, "grep RECORDED /etc/sudoers.d/00-jit; jitctl reload")
    root(host, "jitctl grant alice --for 30m --reason 'INC-1237 the disk again'")
    grant = host.json("list grants --user alice")["grants"][0]["id"]
    expect("alice is root", "sda" in alice.types("sudo sh -c 'id -u; echo sda1 is full'"))
    session = host.wait_event("session.recorded", grant=grant)["JIT_SESSION"]
    root(host, "jitctl search 'sda1 is full'")
    expect("the recording shows it", "sda1 is full" in root(host, f"jitctl replay {session}"))
    root(host, f"jitctl log --commands --grant {grant}")

    tell("An auditor gets all about that grant in one file, and checks it on her own machine.")
    root(host, f"jitctl revoke {grant} --reason 'done'; jitctl evidence {grant} -o /root/alice.json")
    laptop.write("/root/alice.json", host.path("/root/alice.json").read_bytes())
    laptop.write("/root/trust.toml", host.path("/etc/jit/trust.toml").read_bytes())
    verified = laptop.root("jitctl verify /root/alice.json --trust /root/trust.toml 2>&1").out
    show("auditor$ ", "jitctl verify alice.json --trust trust.toml", verified)
    expect("it verifies", verified.startswith("ok"))


def main() -> int:
    with Host(image.plain()) as host, Host(image.installed()) as laptop:
        prepare(host)
        keep_key(laptop, host.olivia)
        alice = Alice(host)
        signed_file(host, alice)
        local_grant(host, alice)
        asking(host, laptop, alice)
        recorded(host, laptop, alice)
        tell("The journal tells it all: who, what, under which grant, why.")
        told = root(host, "jitctl log")
        expect("the log tells it", all(word in told for word in ("INC-1234", "INC-1235", "alice")))
        expect("and nobody has changed it", root(host, "jitctl log --verify").startswith("ok"))
        if "--shell" in sys.argv[1:]:
            return shell(host)
    tell("That was it, and the machine is gone. To play with it: ./dev try --shell")
    return 0


def keep_key(machine: Host, olivia: Signer) -> None:
    """Her private key in her home, where ssh-keygen puts it."""
    home = "/home/olivia/.ssh"
    machine.write(f"{home}/id_ed25519", olivia.key.read_bytes(), 0o600)
    machine.write(f"{home}/id_ed25519.pub", olivia.public_key + "\n")
    machine.root(f"chown -R olivia: {home}")


def shell(host: Host) -> int:
    tell("The machine is yours, as root. alice, bob, carol, olivia: `ssh alice@127.0.0.1`, password alice-password.\n"
         "olivia's key is /home/olivia/.ssh/id_ed25519. `exit` throws the machine away.")
    keep_key(host, host.olivia)
    subprocess.run(host.user("root").command("-tt"), env=os.environ)
    return 0


if __name__ == "__main__":
    sys.exit(main())
