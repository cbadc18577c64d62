# SPDX-License-Identifier: Apache-2.0
"""A throw-away Debian, booted in a third of a second: real systemd, journald, dbus, sudo, su and sshd.

    with Machine(tree) as m:
        m.root("systemctl is-active dbus").out
        m.user("alice").run("sudo -n id").code

Each has an overlay, a cgroup and a network of its own, so any number run side by side and leave nothing behind."""

from __future__ import annotations

import itertools
import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from . import cgroup, procfs
from .user import User

_numbers = itertools.count(1)
_CLEAN = ["env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "TERM=dumb"]


@dataclass(frozen=True)
class Result:
    """What a command did. `text` is both streams, as a person would see them."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


class Machine:
    def __init__(self, tree: Path, hostname: str = "db-01"):
        self.tree = tree
        self.hostname = hostname
        self.name = f"jit-{os.getpid()}-{next(_numbers)}"
        self.pid = 0
        self._nspawn: subprocess.Popen | None = None
        # Kept until PID 1 is gone: a process whose nsenter ends first is nobody's child, and holds up the end.
        self.terminals: list = []

    def __enter__(self) -> Machine:
        self.work = Path(tempfile.mkdtemp(prefix=f"{self.name}."))
        try:
            self._mount()
            self.boot()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.kill()
        subprocess.run(["umount", "--recursive", self.work], stderr=subprocess.DEVNULL)
        shutil.rmtree(self.work, ignore_errors=True)

    # -- boot and halt

    def _mount(self) -> None:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755", "jit-test", self.work], check=True)
        self.disk = self.work / "disk"
        for name in ("disk", "changes", "scratch"):
            (self.work / name).mkdir()
        layers = f"lowerdir={self.tree},upperdir={self.work}/changes,workdir={self.work}/scratch"
        subprocess.run(["mount", "-t", "overlay", "-o", layers, "overlay", self.disk], check=True)
        self.write("/etc/hostname", self.hostname + "\n")
        self.write("/etc/hosts", f"127.0.0.1 localhost {self.hostname}\n")
        # Set, so that this is not a first boot, which would go through all presets.
        self.write("/etc/machine-id", secrets.token_hex(16) + "\n")

    def boot(self) -> None:
        """Returns when systemd has started all it has to."""
        self.console = self.work / "console"
        group = cgroup.create(self.name)
        command = ["systemd-nspawn", "--quiet", f"--directory={self.disk}", f"--machine={self.name}",
                   f"--hostname={self.hostname}", "--register=no", "--private-network", "--boot", "--console=pipe"]
        # Where the host runs systemd, nspawn asks it for a scope; elsewhere it lives in the cgroup made here.
        if group:
            command.append("--keep-unit")
        self._nspawn = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.console.open("ab"), stderr=subprocess.STDOUT,
            start_new_session=True, env=os.environ | {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
            preexec_fn=lambda: cgroup.enter(group))
        self.wait_for("PID 1", self._find_init, 30)
        self.wait_for("PID 1's socket", Path(f"/proc/{self.pid}/root/run/systemd/private").exists, 30)
        self.wait_for("the bus", Path(f"/proc/{self.pid}/root/run/dbus/system_bus_socket").exists, 30)
        state = self.enter("systemctl", "is-system-running", "--wait", timeout=60)
        if state.out.strip() not in ("running", "degraded"):
            raise RuntimeError(f"systemd is not ready: {state.text}{self.console.read_text()}")

    def _find_init(self) -> bool:
        if self._nspawn.poll() is not None:
            raise RuntimeError(f"systemd-nspawn ended: {self.console.read_text()}")
        self.pid = next((pid for pid in procfs.children(self._nspawn.pid) if procfs.pid_inside(pid) == "1"), 0)
        return self.pid != 0

    def kill(self) -> None:
        """Pulls the plug."""
        if self._nspawn is None:
            return
        if self.pid and self._nspawn.poll() is None:
            with suppress(ProcessLookupError):  # it may have ended by itself a moment ago
                os.kill(self.pid, signal.SIGKILL)
        else:
            self._nspawn.kill()
        self._nspawn.wait(30)
        self._nspawn, self.pid, self.terminals = None, 0, []
        cgroup.remove(self.name)

    def halt(self) -> None:
        """Shuts down in order."""
        self.terminals = []  # what came in from outside would hold up the shutdown
        self._nspawn.terminate()
        self._nspawn.wait(100)
        self.kill()

    def reboot(self) -> None:
        self.halt()
        self.boot()

    # -- commands

    def enter(self, *command: str, input: str | None = None, timeout: float = 30) -> Result:
        """Runs a command without a unit, a session or a loginuid: needs neither systemd nor the bus."""
        done = subprocess.run(self.entry(*command), input=input, text=True, timeout=timeout, errors="replace",
                              capture_output=True, stdin=subprocess.DEVNULL if input is None else None)
        return Result(done.returncode, done.stdout, done.stderr)

    def entry(self, *command: str) -> list[str]:
        return ["nsenter", "--target", str(self.pid), "--all", "--", *_CLEAN, *command]

    def root(self, command: str, *, check: bool = True, input: str | None = None, timeout: float = 30) -> Result:
        """Runs a shell command as root in a unit of its own, as a service or cron job would."""
        result = self.enter("systemd-run", "--quiet", "--wait", "--pipe", "--collect", "--setenv=HOME=/root",
                            "--", "/bin/sh", "-c", command, input=input, timeout=timeout)
        if check and result.code:
            raise AssertionError(f"{command!r} ended with {result.code}: {result.text}")
        return result

    def user(self, name: str) -> User:
        """That person, at the other end of an ssh connection."""
        return User(self, name)

    # -- files

    def path(self, path: str) -> Path:
        """A file of the machine's disk, seen from here (not /run or /tmp, which are in its memory)."""
        return self.disk / path.lstrip("/")

    def write(self, path: str, text: str | bytes, mode: int = 0o644) -> None:
        """Puts a file in its place in one step; it belongs to root."""
        self.prepared(path, text, mode).rename(self.path(path))

    def prepared(self, path: str, text: str | bytes, mode: int = 0o644) -> Path:
        """The same file beside its place, from where one rename puts it there."""
        target = self.path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        new = target.with_name(f".{target.name}.new")
        new.write_bytes(text.encode() if isinstance(text, str) else text)
        new.chmod(mode)
        return new

    def append(self, path: str, text: str) -> None:
        with self.path(path).open("a") as file:
            file.write(text)

    # -- journal and waiting

    def journal(self, *matches: str) -> list[dict]:
        """Entries as dictionaries, oldest first, read on the disk: no program of the machine takes part."""
        done = subprocess.run(["journalctl", f"--directory={self.disk}/var/log/journal", "--output=json", "--no-pager",
                               "--quiet", "--all", *matches], capture_output=True, text=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def settled(self) -> Self:
        """The same machine, once journald has written all it was sent until now. Not where it is stopped or frozen."""
        self.enter("journalctl", "--sync")
        return self

    def events(self, kind: str | None = None, **fields: object) -> list[dict]:
        """Audit records jitd wrote; `fields` without JIT_, in lower case: m.events("check.denied", user="bob")."""
        wanted = {f"JIT_{name.upper()}": str(value) for name, value in fields.items()}
        found = self.journal(f"_UID={self.uid('jitd')}", *([f"JIT_EVENT={kind}"] if kind else []))
        # A restart sends the last second's records again; readers count them once.
        once = {(e["JIT_SEQ"], e["JIT_CHAIN"]): e for e in reversed(found) if "JIT_EVENT" in e}
        return [e for e in reversed(once.values()) if wanted.items() <= e.items()]

    def uid(self, name: str) -> int:
        for line in self.path("/etc/passwd").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split(":")[2])
        raise KeyError(name)

    def wait_for(self, what: str, happens, timeout: float = 10):
        """Calls `happens` until it answers something true, and returns that."""
        end = time.monotonic() + timeout
        while not (answer := happens()):
            if time.monotonic() > end:
                raise AssertionError(f"not within {timeout} s: {what}")
            time.sleep(0.02)
        return answer

    def wait_event(self, kind: str, timeout: float = 10, **fields: object) -> dict:
        """The last record of a kind, as soon as there is one."""
        return self.wait_for(f"{kind} {fields}", lambda: self.events(kind, **fields), timeout)[-1]

    def processes(self, pattern: str) -> list[str]:
        """Command lines in the machine that contain the pattern."""
        return [line for line in self.enter("ps", "-eo", "pid=,args=").out.splitlines() if pattern in line]

    def seen_from_here(self, inside: str) -> str:
        """The pid, outside the machine, of one of its processes."""
        machine = Path(f"/proc/{self.pid}/ns/pid").readlink()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if procfs.pid_inside(pid) == inside and Path(f"/proc/{pid}/ns/pid").readlink() == machine:
                    return pid
            except OSError:
                continue  # it has ended
        raise AssertionError(f"no process {inside}")
