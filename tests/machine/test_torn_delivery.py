# SPDX-License-Identifier: Apache-2.0
"""Deliveries in pieces and over each other, while the host is in use: what serves is one signed file, whole."""

import json
import os
import random

import pytest

from lib.grants import Grant, Signer, grant_file
from lib.host import Host


class Sync:
    """A careless transport: brings version after version, in any order, in place or by rename, torn and mixed up."""

    def __init__(self, host: Host, seed: int):
        self.host = host
        self.random = random.Random(seed)
        self.stranger = Signer("mallory")
        self.version = -1
        self.pair = ("", "")

    def write(self, name: str, content: str) -> None:
        place = self.host.path(f"/etc/jit/{name}")
        if self.random.random() < 0.5:
            self.host.write(f"/etc/jit/{name}", content)
            return
        with place.open("w") as file:
            for part in range(0, len(content), 97):
                file.write(content[part:part + 97])
                file.flush()
        place.chmod(0o644)

    def disturb(self, text: str, signature: str) -> None:
        """Something that must come to nothing."""
        old, old_signature = self.pair
        half = min(len(text), len(old)) // 2
        self.random.choice([
            lambda: self.write("grants.toml", text),
            lambda: self.write("grants.toml.sig", signature),
            lambda: self.write("grants.toml", text[:self.random.randrange(len(text))]),
            lambda: self.write("grants.toml", text[:half] + old[half:]),
            lambda: self.write("grants.toml.sig", self.stranger.sign(text)),
            lambda: (self.write("grants.toml.sig", old_signature), self.write("grants.toml", old)),
            lambda: self.host.path("/etc/jit/grants.toml.sig").unlink(missing_ok=True)])()
        if self.random.random() < 0.3:
            self.host.jitctl("reload", check=False)  # says that it refused the file

    def next(self) -> None:
        """Version n has n % 3 + 1 grants, of alice when n is even, otherwise of bob."""
        self.version += 1
        user = ("alice", "bob")[self.version % 2]
        grants = [Grant(user, id=f"V{self.version}-{i}-{self.version % 3 + 1}") for i in range(self.version % 3 + 1)]
        text = grant_file(*grants)
        signature = self.host.olivia.sign(text)
        accepted = len(self.host.events("file.accepted"))
        for _ in range(self.random.randrange(4)):
            self.disturb(text, signature)
        both = [("grants.toml", text), ("grants.toml.sig", signature)]
        self.random.shuffle(both)
        for name, content in both:
            self.write(name, content)
        self.host.wait_for("file.accepted", lambda: len(self.host.events("file.accepted")) > accepted)
        self.pair = (text, signature)
        for name in ("alice", "bob"):
            assert (self.host.user(name).run("sudo -n id -u").out == "0\n") == (name == user)


def deliver(host: Host, versions: int) -> str:
    seed = int.from_bytes(os.urandom(4), "big")
    print(f"seed {seed}")
    host.nopasswd("alice", "bob")
    sync = Sync(host, seed)
    sync.next()
    host.root("systemd-run --quiet --unit=watch sh -c 'while :; do jitctl list grants --json=short; done >/var/seen'")
    for _ in range(versions):
        sync.next()
    host.root("systemctl stop watch.service")
    seen = host.path("/var/seen").read_text().splitlines()[:-1]
    last = 0
    for line in seen:
        ids = {grant["id"] for grant in json.loads(line)["grants"] if grant["id"].startswith("V")}
        version = {int(one.split("-")[0][1:]) for one in ids}
        assert len(version) == 1, line
        assert len(ids) == int(next(iter(ids)).split("-")[2]), line
        assert version.pop() >= last, line
        last = int(next(iter(ids)).split("-")[0][1:])
    assert last == versions and len(seen) > versions
    return f"{versions} deliveries in pieces, looked at {len(seen)} times: the old file or the new one, whole, each time"


def test_s50_torn_deliveries(host):
    """Whatever a transport does to the two files, the grants in force are those of one of them, old or new."""
    deliver(host, 5)


@pytest.mark.long
def test_s50_torn_deliveries_for_long(host, long_run):
    """The same for as long as it takes to bring three hundred files."""
    long_run.note(deliver(host, 300))
