# SPDX-License-Identifier: Apache-2.0
"""New versions of Debian packages, made without a network: from what is installed, or from a .deb."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path


def _build(folder: Path, out: Path) -> Path:
    subprocess.run(["dpkg-deb", "-Znone", "--build", folder, out], check=True, stdout=subprocess.DEVNULL)
    return out


def newer(deb: Path, version: str, out: Path) -> Path:
    """The same package with another version, also in what it depends on of its own source."""
    folder = out / f"{deb.stem}.{version}"
    subprocess.run(["dpkg-deb", "--raw-extract", deb, folder], check=True)
    control = folder / "DEBIAN/control"
    text = control.read_text()
    old = re.search(r"^Version: (.*)$", text, re.M)[1]
    control.write_text(text.replace(f"Version: {old}", f"Version: {version}").replace(f"(= {old})", f"(= {version})"))
    return _build(folder, out / f"{deb.name.split('_')[0]}_{version}.deb")


class Installed:
    """A package as it is installed in a Debian tree, as the source of its next versions."""

    def __init__(self, tree: Path, name: str):
        self.tree, self.name = tree, name
        self._info = tree / "var/lib/dpkg/info"
        status = (tree / "var/lib/dpkg/status").read_text()
        stanza = next(s for s in status.split("\n\n") if s.startswith(f"Package: {name}\n"))
        stanza = re.sub(r"^(Status|Conffiles):.*\n( .*\n)*", "", stanza + "\n", flags=re.M)
        self.version = re.search(r"^Version: (.*)$", stanza, re.M)[1]
        self._control = stanza

    def next(self, number: int, out: Path, conffiles: dict[str, str]) -> Path:
        """Version +NUMBER, in which these files of /etc are others."""
        folder = out / f"{self.name}.{number}"
        (folder / "DEBIAN").mkdir(parents=True)
        version = f"{self.version}+{number}"
        (folder / "DEBIAN/control").write_text(self._control.replace(f"Version: {self.version}", f"Version: {version}"))
        for part in ("conffiles", "preinst", "postinst", "prerm", "postrm", "triggers", "templates", "config"):
            source = self._info / f"{self.name}.{part}"
            if source.exists():
                subprocess.run(["cp", "--preserve=mode", source, folder / "DEBIAN" / part], check=True)
        files = [line.lstrip("/") for line in (self._info / f"{self.name}.list").read_text().splitlines()]
        files = [f for f in files if os.path.lexists(self.tree / f) and not (self.tree / f).is_dir()]
        names = "\0".join(files)
        packed = subprocess.run(["tar", "-C", self.tree, "--null", "-T", "-", "-c"], input=names.encode(), check=True,
                                capture_output=True).stdout
        subprocess.run(["tar", "-C", folder, "-xp"], input=packed, check=True)
        for path, text in conffiles.items():
            (folder / path.lstrip("/")).write_text(text)
        return _build(folder, out / f"{self.name}_{number}.deb")
