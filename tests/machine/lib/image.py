# SPDX-License-Identifier: Apache-2.0
"""The trees machines boot from: a plain Debian, and the same with the packages under test installed by apt."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from .machine import Machine

SOURCE = Path(__file__).resolve().parents[3]
CACHE = Path(os.environ.get("JIT_CACHE", "/var/cache/jit-dev"))
NOTIFY = ("curl", "jq")  # what the example of jit-notify.service needs
_held: list = []


def plain(*more: str) -> Path:
    """Debian with accounts to play with, and nothing of ours; `more` are packages it has, too."""
    for last in (False, True):  # a second try, as one dropped connection to the mirror fails it
        made = subprocess.run([SOURCE / "tests/machine/make-root", CACHE, *more], stdout=subprocess.PIPE, text=True, check=last)
        if made.returncode == 0:
            break
    return Path(made.stdout.strip())


def packages() -> list[Path]:
    """What ./dev deb has built."""
    found = sorted((SOURCE / "dist").glob("*.deb"))
    if not found:
        raise FileNotFoundError("no packages in dist/: run ./dev deb")
    return found


def copy_packages(machine: Machine) -> list[str]:
    """Puts the packages where the machine's apt finds them; returns their names for its command line."""
    for package in packages():
        machine.write(f"/root/packages/{package.name}", package.read_bytes())
    return [f"/root/packages/{package.name}" for package in packages()]


def install(machine: Machine) -> str:
    """Installs the packages as an admin would; returns what apt said."""
    names = " ".join(copy_packages(machine))
    return machine.root(f"DEBIAN_FRONTEND=noninteractive apt-get -y --no-install-recommends install {names} 2>&1",
                        timeout=180).out


def installed(*more: str) -> Path:
    """Debian with the packages installed; nothing configured, nothing gated. `more` as of plain(). Stays until this
    process ends."""
    tree = plain(*more)
    content = hashlib.sha256(tree.name.encode())
    for package in packages():
        content.update(package.name.encode() + package.read_bytes())
    made = CACHE / f"jit-{content.hexdigest()[:16]}"
    with lock("installed"):
        if not made.exists():
            _prune()
            _make(tree, made)
        _hold(made)
    return made


def _make(tree: Path, made: Path) -> None:
    new = made.with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    with Machine(tree) as machine:
        install(machine)
        machine.halt()
        shutil.rmtree(machine.path("/var/log/journal"), ignore_errors=True)
        shutil.rmtree(machine.path("/var/lib/jit"), ignore_errors=True)
        subprocess.run(["cp", "--archive", "--reflink=auto", machine.disk, new], check=True)
    new.rename(made)


def _hold(tree: Path) -> None:
    """Other runs, of other packages, share the cache: the lock tells them that machines run from this tree."""
    file = tree.with_suffix(".used").open("w")
    fcntl.flock(file, fcntl.LOCK_SH)
    _held.append(file)


def _prune() -> None:
    """Removes the trees nobody has used for a day."""
    for used in CACHE.glob("jit-*.used"):
        with used.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            if time.time() - used.stat().st_mtime > 86400:
                shutil.rmtree(used.with_suffix(""), ignore_errors=True)
                used.unlink()


@contextmanager
def lock(name: str):
    """One process at a time, of all that share the cache."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f".{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
