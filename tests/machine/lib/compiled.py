# SPDX-License-Identifier: Apache-2.0
"""Small programs and libraries that a test brings into its machine, compiled when they are wanted."""

from __future__ import annotations

import functools
import subprocess
import tempfile
from pathlib import Path

from .image import SOURCE


@functools.cache
def compiled(*arguments: str) -> bytes:
    """What g++ makes of these sources and options; paths are those of the source tree."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made"
        subprocess.run(["g++", "-std=c++20", "-O1", "-Wall", "-Wextra", "-I", SOURCE, "-o", made, *arguments], cwd=SOURCE,
                       check=True)
        return made.read_bytes()


@functools.cache
def multiarch() -> str:
    """The folder of /usr/lib where such a library belongs."""
    return subprocess.run(["gcc", "-print-multiarch"], check=True, capture_output=True, text=True).stdout.strip()
