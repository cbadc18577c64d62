# SPDX-License-Identifier: Apache-2.0
"""A clock that is wrong gives nobody more time. jitd's own clocks are shifted (clock_shift.cpp): those of a machine are its
host's and can't be set."""

import json
import time

import pytest

from lib import leftovers
from lib.compiled import compiled
from lib.grants import stamp
from lib.shell import Shell

MINUTE, DAY = 60, 86400


class Clocks:
    """The wall and the boot clock of jitd, in seconds off the real ones."""

    def __init__(self, host):
        self.host = host
        host.write("/usr/lib/clock-shift.so", compiled("-fPIC", "-shared", "-pthread", "tests/machine/clock_shift.cpp"), 0o755)
        host.write("/etc/systemd/system/jitd.service.d/clock.conf", "[Service]\nEnvironment=LD_PRELOAD=/usr/lib/clock-shift.so\n")
        self.set()
        host.root("systemctl daemon-reload; systemctl restart jitd")

    def set(self, wall: float = 0, boot: float = 0) -> float:
        """Returns when."""
        self.host.write("/etc/clock-shift", f"{int(wall * 1e6)} {int(boot * 1e6)}\n")
        return time.time()


@pytest.fixture
def clocks(host):
    leftovers.bring(host)
    host.nopasswd("alice", "bob")
    return Clocks(host)


def code(host, name: str) -> str:
    """What this person's sudo comes to: in, or the code of the refusal."""
    done = host.user(name).run("sudo -n id -u")
    return "in" if done.out == "0\n" else done.err.rsplit("[", 1)[-1].split("]")[0]


def policy(host, more: str = "") -> None:
    host.write("/etc/jit/policy.toml", '[role.root]\nrun_as = ["root"]\nservices = ["sudo"]\nmax_duration = "8h"\n' + more)
    host.jitctl("reload")


def explained(host, name: str) -> str:
    return json.loads(host.jitctl(f"explain --user {name} --service sudo --target root --json=short", check=False).out)["code"]


class Session:
    def __init__(self, host, lasts: str):
        self.host, self.mark = host, leftovers.mark()
        self.grant = host.grant("alice", lasts)
        self.shell = Shell(host.user("alice"))
        self.shell.start(f"sudo -n leave {self.mark} setsid")
        host.wait_for("it", lambda: len(leftovers.left(host, self.mark)) >= 4)

    def ends(self, since: float, within: float = 10) -> float:
        """Seconds from `since` to the last process gone."""
        took = leftovers.gone(self.host, [self.mark], since, within)[self.mark]
        self.shell.finish(5)
        return took


def test_a_clock_that_was_set_hides_no_records(host, clocks):
    """Over steps of the clock there and back --since and --until show each record by its own time: forward, backward, with
    -n, to root and, by jitd, to who it is about, also after the journal was rotated."""
    shift = host.path("/etc/systemd/system/jitd.service.d/clock.conf").read_text()
    host.write("/etc/systemd/system/systemd-journald.service.d/clock.conf", shift)
    host.root("systemctl daemon-reload; systemctl restart systemd-journald jitd")
    steps = {"A": 0, "FUTURE": 10 * DAY, "C": 0, "PAST": -DAY, "E": 0}
    for reason, wall in steps.items():
        clocks.set(wall)
        host.jitctl(f"lock bob --reason {reason}")
        host.wait_event("lock.set", reason=reason)
    times = {e["JIT_REASON"]: int(e["__REALTIME_TIMESTAMP"]) / 1e6 - time.time() for e in host.events("lock.set")}
    assert times["FUTURE"] > 9 * DAY and times["PAST"] < -23 * 3600 and abs(times["E"]) < 600, times

    def shown(who: str, arguments: str) -> str:
        command = f"jitctl log --event lock.set {arguments} --json=short"
        done = host.root(command) if who == "root" else host.user(who).run(command)
        return " ".join(json.loads(line)["reason"] for line in done.out.splitlines())

    for again in ("", "journalctl --rotate"):
        host.root(again or "true")
        for span, expected in (("", "A FUTURE C PAST E"), ("--until now", "A C PAST E"), ("--since '1h ago'", "A FUTURE C E"),
                               ("--since '1h ago' --until now", "A C E"), ("--since '2d ago' --until '2h ago'", "PAST"),
                               ("--since +1d", "FUTURE")):
            backward = " ".join(reversed(expected.split()))
            for who in ("root", "bob"):
                assert shown(who, span) == shown(who, f"{span} -n 100") == expected, (who, span, again)
                assert shown(who, f"{span} -r") == backward, (who, span, again)
                assert shown(who, f"{span} -n 2") == " ".join(expected.split()[-2:]), (who, span, again)


def test_s67_a_clock_set_back_revives_nothing(host, clocks):
    """An expired grant stays so with the clock set back by 100 s, a day or to 1970, over a restart of jitd and a reboot; below
    the floor nobody is let in, and root can say that the clock is right."""
    over = host.grant("alice", "1s")
    host.wait_event("grant.expired", grant=over)
    host.grant("bob", "2h")
    now = time.time()
    for wall, alice, bob in ((0, "EXPIRED", "in"), (-100, "EXPIRED", "in"), (-DAY, "CLOCK_BACK", "CLOCK_BACK"),
                             (-now + 1, "CLOCK_BACK", "CLOCK_BACK"), (0, "EXPIRED", "in")):
        for again in ("", "systemctl restart jitd"):
            clocks.set(wall)
            host.root(again or "true")
            assert (code(host, "alice"), code(host, "bob")) == (alice, bob), (wall, again)
    clocks.set(-DAY)
    host.reboot()
    assert (code(host, "alice"), code(host, "bob")) == ("CLOCK_BACK", "CLOCK_BACK")
    refused = host.jitctl("grant carol --for 1h --reason INC-1 --json=short", check=False)
    assert json.loads(refused.err)["error"]["code"] == "CLOCK_BACK"

    assert host.user("alice").run("jitctl state recover --clock").code != 0
    host.jitctl("state recover --clock --reason 'the battery was empty'")
    (alert,) = host.events("state.recovered", code="CLOCK_BACK")
    assert alert["PRIORITY"] == "1" and alert["JIT_REASON"] == "the battery was empty" and alert["JIT_ACTOR"] == "root"
    host.root("systemctl restart jitd")
    # pam_jit's clock is the real one, to which what jitd grants now is over: jitd is asked by itself.
    assert [explained(host, name) for name in ("alice", "bob")] == ["EXPIRED", "GRANT"]
    assert host.jitctl("state recover --clock", check=False).code == 1


def test_s68_forward_and_back(host, clocks):
    """Ten days forward and back: what was active is over, at the earlier of both clocks; what is to come is unharmed. The
    floor rises with such a step only when it has lasted for ten minutes."""
    session = Session(host, "1h")
    later = host.json(f"grant bob --for 1h --reason INC-2 --start {stamp(time.time() + 10 * MINUTE)}")["id"]
    took = session.ends(clocks.set(10 * DAY))
    print(f"clock set ten days forward to session gone: {took:.2f} s")
    assert code(host, "alice") == "EXPIRED"
    clocks.set()
    assert code(host, "alice") == "EXPIRED" and code(host, "bob") == "NOT_YET"
    assert host.json(f"show {later}")["object"]["state"] == "scheduled"
    host.root("systemctl restart jitd")
    assert code(host, "bob") == "NOT_YET"

    # Set back a minute, as an NTP server may: the session ends with the boot clock, not a minute later.
    session = Session(host, "10s")
    ends = host.json(f"show {session.grant}")["object"]["not_after_usec"] / 1e6
    clocks.set(-MINUTE)
    took = session.ends(ends)
    print(f"clock set back a minute, end by the boot clock to session gone: {took:.2f} s")
    assert took > -0.5
    assert code(host, "alice") == "EXPIRED"

    clocks.set(10 * DAY)
    assert code(host, "bob") == "EXPIRED"
    clocks.set(10 * DAY + 11 * MINUTE, 11 * MINUTE)
    assert code(host, "bob") == "EXPIRED"
    clocks.set(0, 11 * MINUTE)
    assert code(host, "bob") == "CLOCK_BACK"


def test_what_was_given_while_the_clock_was_ahead_is_over_in_time(host, clocks):
    """A grant of seconds made with the clock ten days or an hour ahead lasts for seconds once the clock is right, also over a
    reboot and with the word of root that the clock is right; a session under it has its backstop accordingly."""
    policy(host)
    for ahead in (10 * DAY, 60 * MINUTE):
        clocks.set(ahead)
        host.grant("bob", "16s")
        given = time.time()
        clocks.set()
        if ahead < DAY:
            assert code(host, "bob") == "CLOCK_BACK"
            host.jitctl("state recover --clock")
        shell = Shell(host.user("bob"))
        shell.start("sudo -n sleep 100")
        (session,) = host.wait_for("the session", lambda: host.json("list sessions")["sessions"])
        assert session["backstop_usec"] / 1e6 - given < 24, session
        assert session["ends_usec"] / 1e6 - given < 17, session
        host.reboot()
        host.wait_for("the end", lambda: code(host, "bob") == "EXPIRED", 30)
        took = time.time() - given
        print(f"{ahead} s ahead, 16 s given: over after {took:.1f} s")
        assert took > 14


def test_a_step_back_before_the_beginning_ends_nothing_later(host, clocks):
    """A session whose grant begins in the future, by a clock that was set back, ends with the clock since boot, whatever
    else happens; and it is warned."""
    host.write("/etc/jit/jitd.toml", 'warn = ["3s"]\n')
    policy(host, 'max_extension = "1h"\n')  # so that PID 1 ends nothing meanwhile
    for back in (100, DAY):
        session = Session(host, "10s")
        ends = time.time() + 10
        clocks.set(-back)
        host.jitctl("lock carol --reason x")
        host.jitctl("unlock carol")
        took = session.ends(ends)
        print(f"clock set back {back} s, end by the boot clock to session gone: {took:.2f} s")
        assert len(host.events("session.warned", grant=session.grant)) == 1
        clocks.set()


def test_s69_a_suspend_past_the_deadline(host, clocks):
    """A host that wakes up after the end of a grant ends its session within 2 s; so it does if only the boot clock has gone
    on, and if only the wall clock has."""
    for number, (wall, boot) in enumerate(((2 * MINUTE, 2 * MINUTE), (0, 2 * MINUTE), (2 * MINUTE, 0))):
        base = 10 * MINUTE * (number + 1) if number else 0
        clocks.set(base, base)
        session = Session(host, "2min")
        took = session.ends(clocks.set(base + wall, base + boot))
        print(f"woken up past the end by {wall} s and {boot} s to session gone: {took:.2f} s")
        assert took < 2
        assert code(host, "alice") == "EXPIRED"
