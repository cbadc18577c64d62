# SPDX-License-Identifier: Apache-2.0
"""The machine that is measured: the packages under test, the bench programs, and what they are compared with."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from lib import image
from lib.grants import Grant
from lib.host import Host

from figures import samples

PROGRAMS = "/usr/local/lib/jit-bench"
# Plain sudo is the same sudo in the same run: only its PAM service is another, for this one command.
UNGATED = f"{PROGRAMS}/true"
SUDOERS = f"alice ALL=(ALL:ALL) NOPASSWD: ALL\nDefaults!{UNGATED} pam_service=sudo-ungated\n"
POLKIT_RULE = """polkit.addRule(function(action, subject) {
    if (action.id == "org.freedesktop.policykit.exec" && subject.user == "alice") return polkit.Result.YES;
});
"""
BUS_POLICY = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <policy user="jitd"><allow own="org.jitd1.Bench"/></policy>
  <policy user="root"><allow send_destination="org.jitd1.Bench"/></policy>
</busconfig>
"""
BUS_GATE = f"""[Service]
Type=notify
User=jitd
StateDirectory=jit-bench
ExecStart={PROGRAMS}/bus_gate /var/lib/jit-bench
LogRateLimitIntervalSec=1s
LogRateLimitBurst=1000000
"""
CONTROLS = ("polkitd", "pkexec")


class BenchHost(Host):
    def __init__(self, build: Path):
        super().__init__(image.plain(*CONTROLS))
        self.build = build

    def prepare(self) -> BenchHost:
        """alice has a grant for all that follows, and may use plain sudo and pkexec without a password, too."""
        image.install(self)
        for program in ("gate_bench", "exec_bench", "bus_gate", "load_bench"):
            self.write(f"{PROGRAMS}/{program}", (self.build / "tests/bench" / program).read_bytes(), 0o755)
        self.write(UNGATED, self.path("/usr/bin/true").read_bytes(), 0o755)
        self.write("/etc/pam.d/sudo-ungated", self.path("/etc/pam.d/sudo").read_text())
        self.write("/etc/sudoers.d/bench", SUDOERS, 0o440)
        self.write("/etc/polkit-1/rules.d/10-bench.rules", POLKIT_RULE)
        self.write("/etc/dbus-1/system.d/org.jitd1.Bench.conf", BUS_POLICY)
        self.write("/etc/systemd/system/bus-gate.service", BUS_GATE)
        self.root("systemctl daemon-reload; systemctl reload dbus")
        self.ready("sudo")
        self.accepted(Grant("alice", lasts=4 * 3600))
        return self

    # -- the bench programs

    def bench(self, program: str, arguments: str, timeout: float = 300) -> dict[str, list[float]]:
        """Milliseconds by name, measured by a program that runs as root."""
        return samples(self.root(f"{PROGRAMS}/{program} {arguments}", timeout=timeout).out)

    def gate(self, mode: str, **options) -> dict[str, list[float]]:
        return self.bench("gate_bench", f"alice {self.uid('alice')} {mode}", **options)

    def as_alice(self, rounds: int, pause: int, *commands: str) -> dict[str, list[float]]:
        """The time of each command, taken in turn `pause` ms apart, in a session of alice's."""
        words = " ".join(f"'{command}'" for command in commands)
        done = self.user("alice").run(f"{PROGRAMS}/exec_bench {rounds} {pause} {words}", timeout=600)
        if done.code:
            raise AssertionError(done.text)
        return samples(done.out)

    # -- jitd's process

    def jitd(self) -> int:
        """Its process id in the machine."""
        return int(self.root("systemctl show --property=MainPID --value jitd").out)

    def status(self, field: str) -> int:
        """A number of /proc/PID/status: VmRSS and VmHWM in KiB, or a sum over all threads."""
        lines = self.enter("sh", "-c", f"cat /proc/{self.jitd()}/task/*/status").out.splitlines()
        values = [int(line.split()[1]) for line in lines if line.startswith(field + ":")]
        return values[0] if field.startswith("Vm") else sum(values)

    def reset_peak(self) -> None:
        self.root(f"echo 5 >/proc/{self.jitd()}/clear_refs")

    def settled(self) -> None:
        """Returns when jitd has used no processor for a while."""
        def ticks() -> str:
            return self.enter("sh", "-c", f"cut -d' ' -f14,15 /proc/{self.jitd()}/stat").out

        before, seen = "", ticks()
        while before != seen:
            time.sleep(0.5)
            before, seen = seen, ticks()


def median(values: list[float]) -> float:
    return statistics.median(values)
