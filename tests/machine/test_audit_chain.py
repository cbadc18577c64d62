# SPDX-License-Identifier: Apache-2.0
"""Ten thousand records that jitd really wrote: whole, whatever happened to jitd, journald and the machine meanwhile."""

import json
import time

from lib import bus
from lib.bus import BusError, Connection

RECORDS = 10_000
BATCH = 100


def last_seq(host) -> int:
    return int(json.loads(host.jitctl("log -n 1 --json=short").out)["seq"])


def write(host, until: int) -> None:
    """Locks and unlocks a name that nobody has, until there are as many records. Survives an end of jitd."""
    while last_seq(host) < until:
        with Connection(host, "root", path=bus.GATE, timeout=60) as gate:
            try:
                for _ in range(10):
                    for member in ("Lock", "Unlock") * (BATCH // 2):
                        gate.send(gate.message(bus.JITD, bus.OBJECT, bus.MANAGER, member, "ssa{sv}", ["mallory", "INC-1", {}]))
                    _answered(gate)
            except (ConnectionError, BrokenPipeError):
                continue


def _answered(gate: Connection) -> None:
    try:
        gate.answer(gate.last)
    except BusError:
        pass  # it is not locked: the one before was lost with the jitd before


def verified(host) -> dict:
    began = time.monotonic()
    done = host.jitctl("log --verify --json=short", check=False, timeout=120)
    report = json.loads(done.out) | {"seconds": time.monotonic() - began}
    assert (report["result"], report["bad"], done.code) == ("ok", None, 0), done.text
    return report


def test_ten_thousand_records_through_kills_rotations_and_a_reboot(host):
    """The chain is ok after 10,000 records with jitd and journald killed, the journal rotated, and the machine rebooted in
    between; and when the journal has thrown its beginning away."""
    began = time.monotonic()
    for part in range(1, 11):
        write(host, part * RECORDS // 10)
        if part % 3 == 0:
            host.root("journalctl --rotate")
        elif part % 3 == 1:
            host.enter("pkill", "-KILL", "-x", "jitd")
        elif part == 5:
            host.reboot()
        elif part == 8:
            host.root("journalctl --sync")
            host.root("systemctl kill -s KILL systemd-journald")
    written = time.monotonic() - began
    host.wait_for("jitd", lambda: host.jitctl("status", check=False).code == 0)
    report = verified(host)
    assert report["first_seq"] == 1 and report["records"] == report["last_seq"] >= RECORDS
    print(f"{report['records']} records in {written:.0f} s, verified in {report['seconds']:.2f} s")

    host.root("journalctl --rotate; journalctl --vacuum-files=2 2>&1")
    host.grant("alice")
    rest = verified(host)
    assert 1 < rest["first_seq"] and rest["records"] == rest["last_seq"] - rest["first_seq"] + 1
    print(f"after the rotation {rest['records']} records from {rest['first_seq']} on")
