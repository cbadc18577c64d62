# SPDX-License-Identifier: Apache-2.0
"""Small programs and libraries that a test brings into its machine, compiled when they are wanted."""

from __future__ import annotations

import functools
import hashlib
import subprocess
import time
from pathlib import Path

from . import image
from .image import CACHE, SOURCE

_COMPILER = ["g++", "-std=c++20", "-O1", "-Wall", "-Wextra", "-I", SOURCE]
_WEEK = 7 * 86400


@functools.cache
def compiled(*arguments: str) -> bytes:
    """What g++ makes of these sources and options; paths are those of the source tree. Kept in the cache: the workers of
    one run and later runs share it."""
    content = hashlib.sha256(repr(arguments).encode())
    content.update(_run("-E", *arguments))
    made = CACHE / f"compiled-{content.hexdigest()[:16]}"
    with image.lock(made.name):
        if not made.exists():
            _prune()
            new = made.with_suffix(".new")
            _run("-o", new, *arguments)
            new.rename(made)
        made.touch()
        return made.read_bytes()


def _run(*arguments: str | Path) -> bytes:
    return subprocess.run([*_COMPILER, *arguments], cwd=SOURCE, check=True, stdout=subprocess.PIPE).stdout


def _prune() -> None:
    for old in [*CACHE.glob("compiled-*"), *CACHE.glob(".compiled-*.lock")]:
        if time.time() - old.stat().st_mtime > _WEEK:
            old.unlink(missing_ok=True)


@functools.cache
def multiarch() -> str:
    """The folder of /usr/lib where such a library belongs."""
    return subprocess.run(["gcc", "-print-multiarch"], check=True, capture_output=True, text=True).stdout.strip()
