# SPDX-License-Identifier: Apache-2.0
"""Results of the long runs: one file each, kept until the sources change, and their table in docs/FIGURES.md."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

HEADING = "\n## Long runs\n"
_LINE = re.compile(r"^long: (.+)$", re.MULTILINE)


class LongRuns:
    def __init__(self, folder: Path, sources: str):
        self.folder, self.sources = folder / "long", sources

    def keep(self, case: str, result: str, seconds: float) -> None:
        """Remembers a run that has passed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        about = {"case": case, "result": result, "seconds": round(seconds), "sources": self.sources,
                 "date": time.strftime("%Y-%m-%d", time.gmtime())}
        file = self.folder / (re.sub(r"[^A-Za-z0-9]+", "-", case) + ".json")
        new = file.with_suffix(".new")
        new.write_text(json.dumps(about) + "\n")
        new.rename(file)

    def kept(self) -> list[dict]:
        found = [json.loads(file.read_text()) for file in sorted(self.folder.glob("*.json"))]
        return sorted(found, key=lambda run: run["case"])

    def done(self, case: str) -> bool:
        """True if it has passed with exactly these sources: an interrupted run goes on where it stopped."""
        return any(run["case"] == case and run["sources"] == self.sources for run in self.kept())

    def keep_meson(self, log: Path) -> None:
        """Takes the lines "long: TEXT" that the programs under a `meson test` that passed have printed."""
        tests = [json.loads(line) for line in log.read_text().splitlines()]
        for test in tests:
            program = test["name"].split(" / ")[-1]
            for number, result in enumerate(_LINE.findall(test.get("stdout", "")), 1):
                self.keep(f"{program} {number}", result, test["duration"])
        self.keep("meson", f"{len(tests)} programs with their long counts passed", sum(t["duration"] for t in tests))

    def write(self, page: Path) -> None:
        """Puts the table at the end of the page, in place of the one before."""
        rows = "".join(f"| {r['case']} | {r['result']} | {r['seconds']} s | {r['date']} | {r['sources']} |\n"
                       for r in self.kept())
        table = f"{HEADING}\nWhat `./dev test --long` repeats, and what came of it last; `.ci/sources-id` tells whether these are\n" \
                f"the sources of then.\n\n" \
                f"| test | result | took | date | sources |\n| --- | --- | --- | --- | --- |\n{rows}"
        page.write_text(page.read_text().split(HEADING)[0] + table)
