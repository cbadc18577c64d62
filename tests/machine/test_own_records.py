# SPDX-License-Identifier: Apache-2.0
"""`jitctl log` of people who may not read the journal: their own records, by jitd."""

import json
import subprocess
import threading

import pytest

from lib import bus
from lib.asking import Asking
from lib.bus import BusError, Connection
from lib.people import renumber


def log(host, who: str, arguments: str = "") -> list[dict]:
    """What that person's `jitctl log` prints."""
    host.settled()
    done = host.user(who).run(f"jitctl log {arguments} --json=short") if who != "root" else host.jitctl(f"log {arguments} --json=short")
    assert done.code == 0, done.text
    return [json.loads(line) for line in done.out.splitlines()]


def kinds(lines: list[dict]) -> list[str]:
    return [line["event"] for line in lines]


def records(connection: Connection, **options) -> list[dict]:
    """A page, over the bus."""
    return connection.manager("ListRecords", "a{sv}", options)[0]


class Follow:
    """`jitctl log --follow` of a person; `lines` are what it has printed."""

    def __init__(self, host, who: str, arguments: str):
        self._process = subprocess.Popen([*host.user(who).command(), "--", f"jitctl log --follow {arguments} --json=short"],
                                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        host.terminals.append(self)
        self.lines: list[dict] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._process.stdout:
            self.lines.append(json.loads(line))

    def __del__(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture
def asking(host):
    return Asking(host, settings='observers = ["dave"]\n')


def test_s38_people_see_their_own_records_and_no_others(asking):
    """alice sees what is about her, carol what she decided, dave the observer all; nobody else's by any filter."""
    host = asking.host
    host.user("bob").run("sudo -n id")
    host.user("alice").run("sudo -n id")
    request = asking.request(role="dba", reason="INC-1234 look at the tables")
    asking.approve("carol", request["id"])
    grant = asking.shown(request["id"])["grant"]
    host.jitctl(f"revoke {grant} --reason over")

    everything, hers = log(host, "root"), log(host, "alice")
    assert hers == log(host, "root", "--user alice")
    assert {"check.denied", "request.created", "request.approved", "grant.created", "grant.revoked"} <= set(kinds(hers))
    assert {line["user"] for line in hers} == {"alice"}
    decided = log(host, "carol")
    assert "request.approved" in kinds(decided) and {line.get("actor") for line in decided} == {"carol"}
    assert log(host, "bob") == [line for line in everything if line.get("user") == "bob"] != []
    assert log(host, "dave") == everything

    assert kinds(log(host, "alice", f"--grant {grant} --event 'grant.rev*'")) == ["grant.revoked"]
    assert kinds(log(host, "alice", f"--request {request['id']} --actor carol")) == kinds(decided)
    assert kinds(log(host, "alice", "--code NO_GRANT --service sudo -b")) == ["check.denied"]
    assert log(host, "alice", "-n 2") == hers[-2:] and log(host, "alice", "--reverse") == hers[::-1]
    assert not log(host, "alice", "--user alice --event lock.set") and not log(host, "alice", "--until '1 hour ago'")
    assert log(host, "alice", "--since '1 hour ago'") == hers
    for other in ("bob", "alice,bob", "mallory"):
        refused = host.user("alice").run(f"jitctl log --user {other}")
        assert refused.code == 3 and not refused.out and "observers" in refused.err
    for foreign in ("--actor root --event 'daemon.*'", "--actor root --role other", "--event 'daemon.*,file.*'"):
        assert not log(host, "alice", foreign), foreign


def test_s44_forged_records_about_oneself_are_not_shown(host):
    """What alice writes into the journal about herself, by each of its doors, jitd tells neither her nor an observer."""
    host.nopasswd("alice")
    alice = host.user("alice")
    alice.run("sudo -n id")
    true = log(host, "alice")
    copy = "".join(f"JIT_{name.upper()}={value}\n" for name, value in true[-1].items() if name != "time_usec")
    forged = ("MESSAGE=forged\nJIT_EVENT=grant.created\nJIT_USER=alice\nJIT_ACTOR=alice\nJIT_SEQ=99999\nJIT_GRANT=mallory\n",
              "MESSAGE=forged\n_UID=0\n_SYSTEMD_UNIT=jitd.service\n_COMM=jitd\n" + copy + "JIT_REASON=mallory\n")
    for entry in forged:
        alice.run("logger --journald", input=entry)
    alice.run("systemd-cat --identifier=jitd", input="forged\nJIT_EVENT=grant.created\nJIT_USER=alice\nJIT_GRANT=mallory")
    host.wait_for("the forged entries", lambda: len(host.journal("MESSAGE=forged", "JIT_USER=alice")) == len(forged))
    host.write("/etc/jit/jitd.toml", 'observers = ["carol"]\n')
    host.jitctl("reload")
    for who in ("alice", "carol"):
        for question in ("", "--user alice", "-n 100", "-r"):
            shown = host.user(who).run(f"jitctl log {question} --json=short").out
            assert shown and "mallory" not in shown and "99999" not in shown, (who, question)
    assert log(host, "alice") == true


def test_s32_an_account_of_a_used_name_sees_no_records_of_the_one_before(host):
    """Records about another uid are another person's: alice with a new uid is not shown them."""
    host.nopasswd("alice")
    host.user("alice").run("sudo -n id")
    host.grant("alice")
    with Connection(host, "alice") as alice:
        assert {"check.denied", "grant.created"} <= set(kinds(records(alice)))
    renumber(host, "alice", 4711)
    with Connection(host, "alice") as alice:
        assert alice.uid == 4711 and not records(alice)
        host.grant("alice")
        assert "grant.created" in kinds(records(alice))


def test_s32_an_account_of_a_used_name_sees_no_decisions_of_the_one_before(asking):
    """What carol decided is not shown to a carol with another uid."""
    host = asking.host
    request = asking.request(role="dba", reason="INC-1234 look at the tables")
    asking.approve("carol", request["id"])
    with Connection(host, "carol") as carol:
        assert {record["actor"] for record in records(carol)} == {"carol"}
    renumber(host, "carol", 4711)
    with Connection(host, "carol") as carol:
        assert carol.uid == 4711 and not records(carol)


def test_followed_records_come_while_jitd_restarts(host):
    """alice's `log --follow` shows what comes, each record once, over a kill of jitd, and with a filter only what it lets
    through."""
    host.grant("alice", reason="INC-1 before")
    everything = Follow(host, "alice", "-n 1")
    ends = Follow(host, "alice", "-n 0 --event 'grant.revoked'")
    host.wait_for("the last record", lambda: everything.lines)
    first = host.grant("alice", reason="INC-2 after")
    host.wait_for("a new record", lambda: first in {line.get("grant") for line in everything.lines})
    host.enter("pkill", "-KILL", "-x", "jitd")
    host.wait_for("a start", lambda: len(host.events("daemon.started")) == 2)
    host.jitctl(f"revoke {first} --reason over")
    host.wait_for("the record after it", lambda: "grant.revoked" in kinds(everything.lines))
    host.wait_for("the filtered record", lambda: ends.lines)
    assert kinds(ends.lines) == ["grant.revoked"]
    shown = [(line["seq"], line["chain"]) for line in everything.lines]
    assert len(shown) == len(set(shown)) and everything.lines == log(host, "alice", f"-n {len(shown)}")


def test_s31_pages_and_floods_of_questions(host):
    """Hundreds of records come in pages of 200 at most; of questions asked at once one is answered at a time, and no sudo
    waits for them."""
    host.nopasswd("alice", "bob")
    host.grant("bob", lasts="1h")
    with Connection(host, "root", path=bus.GATE) as gate:
        for _ in range(150):
            for member in ("Lock", "Unlock"):
                gate.send(gate.message(bus.JITD, bus.OBJECT, bus.MANAGER, member, "ssa{sv}", ["alice", "INC-1", {}]))
            gate.answer(gate.last)
    hers = log(host, "alice")
    assert len(hers) >= 300 and hers == log(host, "root", "--user alice")
    with Connection(host, "alice", timeout=60) as alice:
        assert len(records(alice)) == len(records(alice, limit=("u", 4_000_000_000))) == 200
        assert [r["seq"] for r in records(alice, oldest=("b", True), limit=("u", 3))] == [line["seq"] for line in hers[:3]]
        for wrong in ({"after": ("s", "x")}, {"before": ("s", "s=1;i=2")}, {"after": ("s", "a"), "before": ("s", "b")},
                      {"user": ("s", "alice,")}, {"event": ("s", "nothing.*")}, {"code": ("s", ",".join("x" * 40))},
                      {"color": ("s", "red")}, {"limit": ("t", 1)}):
            assert alice.refusal("ListRecords", "a{sv}", wrong).name == "org.jitd1.Error.InvalidArgument", wrong
        assert records(alice, since_usec=("t", 2**64 - 1)) == []
        asked, answers = [], []
        for _ in range(15):
            alice.send(alice.message(bus.JITD, bus.OBJECT, bus.MANAGER, "ListRecords", "a{sv}", [{}]))
            asked.append(alice.last)
        assert host.user("bob").run("sudo -n id -u").out == "0\n"
        for serial in asked:
            try:
                answers.append(len(alice.answer(serial)[0]))
            except BusError as error:
                answers.append(error.name)
        assert set(answers) <= {200, "org.jitd1.Error.LimitsExceeded"} and 200 in answers
