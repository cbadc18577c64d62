# SPDX-License-Identifier: Apache-2.0
"""What the last run of the tests said, case by case."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BOOST_CASE = re.compile(r'Test case "([^"]+)" has (passed|failed|been skipped|been aborted|was aborted|was skipped)')


@dataclass(frozen=True)
class Case:
    name: str
    verdict: str  # passed, failed or skipped


def meson_cases(log: Path) -> Iterator[Case]:
    """A Boost.Test program counts by its cases, any other meson test as one."""
    for line in log.read_text().splitlines() if log.exists() else []:
        yield from _meson_test(json.loads(line))


def _meson_test(test: dict) -> Iterator[Case]:
    program = test["name"].split(" / ")[-1]
    if test["result"] == "SKIP":
        yield Case(program, "skipped")
        return
    good = test["result"] in ("OK", "EXPECTEDFAIL")
    text = test.get("stdout", "") + test.get("stderr", "")
    found = [Case(f"{program}/{name}", _verdict(said)) for name, said in _BOOST_CASE.findall(text)]
    yield from found
    if good and not found:
        yield Case(program, "passed")
    if not good and not any(case.verdict == "failed" for case in found):
        yield Case(program, "failed")


def _verdict(said: str) -> str:
    if said.endswith("skipped"):
        return "skipped"
    return "passed" if said == "passed" else "failed"


def junit_cases(report: Path) -> Iterator[Case]:
    """The cases of a report that pytest wrote."""
    for case in ElementTree.parse(report).iter("testcase"):
        kinds = {child.tag for child in case}
        verdict = "failed" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "passed"
        yield Case(f"{case.get('classname', '').split('.')[-1]}::{case.get('name')}", verdict)


def last_run(results: Path, meson_logs: Path) -> list[Case]:
    found = list(meson_cases(meson_logs / "testlog.json"))
    for report in sorted(results.glob("*.xml")):
        found += junit_cases(report)
    return found
