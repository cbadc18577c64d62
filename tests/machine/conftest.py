# SPDX-License-Identifier: Apache-2.0
"""What the tests are given. Every test has a machine of its own, as it came from the packages."""

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from lib import image  # noqa: E402
from lib.host import Host  # noqa: E402
from lib.machine import Machine  # noqa: E402


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
