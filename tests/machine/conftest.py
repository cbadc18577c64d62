# SPDX-License-Identifier: Apache-2.0
"""What the tests are given. Every test has a machine of its own, as it came from the packages."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / ".ci"))

from lib import image  # noqa: E402
from lib.host import Host  # noqa: E402
from lib.machine import Machine  # noqa: E402
from report.long_runs import LongRuns  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="only the long runs, those that have not passed with these sources")


def pytest_configure(config):
    config.addinivalue_line("markers", "long: repeats something for minutes; runs with --long alone")
    config.long_runs = LongRuns(image.CACHE, os.environ.get("JIT_SOURCES", "unknown"))


def pytest_sessionstart(session):
    """Before several workers begin: what takes the processors for a minute when it is not in the cache."""
    config = session.config
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        return
    image.installed()
    if any(Path(argument).is_dir() or "test_notify" in argument for argument in config.args):
        image.installed(*image.NOTIFY)


def pytest_collection_modifyitems(config, items):
    wanted = config.getoption("--long")
    runs = [item for item in items if (item.get_closest_marker("long") is not None) == wanted
            and not (wanted and config.long_runs.done(_case(item)))]
    config.hook.pytest_deselected(items=[item for item in items if item not in runs])
    items[:] = runs


def _case(item) -> str:
    return f"{item.path.stem}::{item.name}"


class LongRun:
    """One line about what a long run found; it is kept if the test passes."""

    result: str | None = None

    def note(self, result: str) -> None:
        self.result = result


@pytest.fixture
def long_run(request):
    """note(TEXT) says what came of a run marked `long`; the normal run of the same test keeps nothing."""
    run, began = LongRun(), time.monotonic()
    yield run
    if run.result and request.config.getoption("--long") and not getattr(request.node, "failed", True):
        request.config.long_runs.keep(_case(request.node), run.result, time.monotonic() - began)


@pytest.fixture
def plain():
    """Debian without the product."""
    with Machine(image.plain()) as machine:
        yield machine


@pytest.fixture(scope="session")
def installed():
    return image.installed()


@pytest.fixture
def fresh(installed, request):
    """The packages are installed, nothing is configured."""
    with Host(installed) as host:
        yield host
        _explain(host, request)


@pytest.fixture
def host(fresh):
    """Knows its name, trusts olivia, gates sudo and su."""
    return fresh.ready("sudo", "su")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.when == "call":
        item.failed = report.failed


def _explain(host: Host, request) -> None:
    """After a failure: the journal's last lines, which pytest shows with the test."""
    if getattr(request.node, "failed", False):
        subprocess.run(["journalctl", f"--directory={host.path('/var/log/journal')}", "--no-pager", "-n", "60", "-o",
                        "short-precise"], check=False)
