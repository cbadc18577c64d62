# SPDX-License-Identifier: Apache-2.0
"""jitctl watch and jit-notify.service: people hear of what happens, and nobody of what is not theirs to know."""

import json
import re
import shlex

import pytest

from lib import bus, grants, image, wire
from lib.asking import ROLE_ROOT
from lib.bus import Connection
from lib.watching import Watch, listeners
from lib.webhook import Webhook

UNIT = "jit-notify.service"
POLICY = ROLE_ROOT + """
[[rule]]
roles = ["root"]
who = ["alice"]
approvers = ["olivia"]
"""
HOSTILE = """INC-1 disk "C:\\n\\" für <!channel> & it's {{.Text}} $(id) `id` %s \\u0041 ☃ ","text":"x"""
ECHO = "#!/bin/sh\nexec sed -u -n p\n"
WATCH = "jitctl watch --json=short"
STATES = {"RequestChanged": "pending approved denied withdrawn expired", "FileChanged": "ok refused expired",
          "GrantChanged": "scheduled active extended released revoked expired reviewed",
          "SessionChanged": "opening open ending closed"}


@pytest.fixture(scope="session")
def installed():
    return image.installed(*image.NOTIFY)


@pytest.fixture
def host(host):
    """alice may ask for root, olivia decides and has a break-glass key, carol is an observer."""
    trust = grants.trust_file(host.olivia).replace('uses = ["grant"]', 'uses = ["grant", "approve", "breakglass"]')
    host.write("/etc/jit/trust.toml", trust)
    host.write("/etc/jit/policy.toml", POLICY)
    host.write("/etc/jit/jitd.toml", 'breakglass = true\nobservers = ["carol"]\n')
    host.jitctl("reload")
    return host


def turn_on(host, executable: str | None = None) -> None:
    """The three steps of jit-notify.service(8), with its example or with this executable."""
    host.write("/etc/jit/jitd.toml.d/notify.toml", 'observers = ["carol", "jit-notify"]\n')
    host.jitctl("reload")
    if executable:
        host.write("/etc/jit/notify", executable, 0o755)
    else:
        host.root("install -m 0755 /usr/share/doc/jitctl/examples/notify-webhook /etc/jit/notify; "
                  f"install -m 0640 -g jit-notify /dev/null /etc/jit/notify.url; echo '{Webhook.url}' >/etc/jit/notify.url")
    host.root(f"systemctl enable --now {UNIT} 2>&1")
    listening(host)


def listening(host, timeout: float = 20) -> None:
    host.wait_for("jit-notify listens", lambda: listeners(host) == 1, timeout)


def ask(host, reason: str = "INC-1234 replace disk", options: str = "") -> str:
    """alice asks for root; returns the id of her request."""
    done = host.user("alice").run(f"jitctl request root --for 30m --reason {shlex.quote(reason)} {options} --json=short")
    assert done.code == 4, done.text
    return json.loads(done.out)["id"]


def break_glass(host, request: str) -> str:
    """olivia signs alice's break-glass request elsewhere and alice brings the token, which is returned."""
    host.write("/root/text", host.json(f"show {request}")["object"]["text"])
    host.write("/root/olivia", host.olivia.key.read_bytes(), 0o600)
    token = host.jitctl(f"token {request} --key /root/olivia --file /root/text").out.strip()
    assert token and host.user("alice").run(f"jitctl redeem {token}").code == 0
    return token


def said(host, unit: str = UNIT) -> list[str]:
    """What the service has put in the journal."""
    return [entry["MESSAGE"] for entry in host.journal(f"_SYSTEMD_UNIT={unit}") if isinstance(entry["MESSAGE"], str)]


def line_about(host, id: str) -> dict:
    """The first line about it that reached an executable which only repeats what it reads."""
    lines = host.wait_for(f"a line about {id}", lambda: [line for line in said(host) if f'"id":"{id}"' in line], 20)
    return json.loads(lines[0])


def state(host) -> str:
    return host.root(f"systemctl is-enabled {UNIT}; systemctl is-active {UNIT}", check=False).out


def pids(host, pattern: str) -> list[str]:
    return [line.split()[0] for line in host.processes(pattern)]


# -- the service

def test_off_until_it_is_turned_on(fresh):
    """It is off until you turn it on: neither installing nor an upgrade nor a boot starts it. An upgrade leaves on what is
    on, and it ends when the package goes."""
    assert state(fresh) == "disabled\ninactive\n"
    assert fresh.enter("getent", "passwd", "jit-notify").out.split(":")[-1] == "/usr/sbin/nologin\n"
    install = f"apt-get -y --reinstall --no-install-recommends install {' '.join(image.copy_packages(fresh))} 2>&1"
    fresh.root(install, timeout=180)
    assert state(fresh) == "disabled\ninactive\n"
    fresh.reboot()
    assert state(fresh) == "disabled\ninactive\n" and not fresh.processes(WATCH)
    turn_on(fresh, ECHO)
    before = pids(fresh, WATCH)
    fresh.root(install, timeout=180)
    listening(fresh)
    assert state(fresh) == "enabled\nactive\n" and pids(fresh, WATCH) != before
    fresh.reboot()
    listening(fresh)
    fresh.root("apt-get -y purge jitctl 2>&1", timeout=120)
    assert not fresh.processes("notify") and fresh.root("systemctl list-units --all --no-legend 'jit-notify*'").out == ""


def test_without_an_executable_it_is_skipped(fresh):
    """Where /etc/jit/notify is missing or not executable the service is skipped without an error."""
    for make in ("true", "echo '#!/bin/sh' >/etc/jit/notify; chmod 0644 /etc/jit/notify"):
        assert fresh.root(f"{make}; systemctl enable --now {UNIT} 2>&1", check=False).code == 0
        assert state(fresh) == "enabled\ninactive\n"
        assert "ConditionFileIsExecutable" in fresh.root(f"systemctl status {UNIT}", check=False).out
    assert fresh.root("systemctl --failed --no-legend").out == ""


def test_a_request_reaches_the_chat(host):
    """The example posts who asks for what, where, how long and why, and how to approve it; then who decided. What was
    typed arrives as it was, and is neither a mention nor a link. Nothing that could be signed or redeemed is posted."""
    with Webhook(host) as chat:
        turn_on(host)
        request = ask(host, HOSTILE, "--ticket 'CHG-\"1\"'")
        asked = chat.wait("asks for")
        typed = HOSTILE.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        assert asked == (f'alice asks for 30 min of role root on db-01: {typed} (ticket CHG-"1")\n'
                         f"olivia decide (1 needed), there: jitctl approve {request}")
        text = host.json(f"show {request}")["object"]["text"]
        assert host.user("olivia").run(f"jitctl approve {request} --for 10m").code == 0
        assert chat.wait("Approved") == f'Approved: alice, role root on db-01, for 10 min, by olivia: {typed} (ticket CHG-"1")'
        host.user("olivia").run(f"jitctl deny {ask(host)} --reason 'not <today>'")
        assert chat.wait("Denied") == "Denied: alice, role root on db-01, by olivia: not &lt;today&gt;"
        host.user("alice").run(f"jitctl cancel {ask(host)}")
        assert chat.wait("Taken back") == "Taken back: alice, role root on db-01: INC-1234 replace disk"
        assert {(path, type_) for path, type_, _ in chat.posts} == {("/services/secret-token", "application/json")}
        bodies = "".join(body for _, _, body in chat.posts)
        signed = [line for line in text.splitlines() if re.match("(org|host_id|before|requested)", line)]
        assert "jit-approval" in text and not [line for line in [*signed, "jit-approval"] if line in bodies]
    assert "secret-token" not in host.enter("ps", "-eo", "args").out + "".join(said(host))


def test_break_glass_is_the_loudest(host):
    """A break-glass use mentions everybody in the chat, with who, until when, whose key and why."""
    with Webhook(host) as chat:
        turn_on(host)
        request = ask(host, "INC-9 <!here> no approver awake", "--break-glass")
        assert chat.wait("BREAK-GLASS asked for") == ("BREAK-GLASS asked for: alice, role root on db-01, for 30 min: "
                                                      "INC-9 &lt;!here&gt; no approver awake")
        token = break_glass(host, request)
        used = chat.wait("BREAK-GLASS USED")
        grant = host.json("list grants")["grants"][0]["id"]
        assert re.fullmatch(r"<!channel> BREAK-GLASS USED: alice, role root on db-01, until [-0-9T:]+Z, key olivia-2026: INC-9 "
                            rf"&lt;!here&gt; no approver awake\nAfter .*: jitctl show {grant} --reviewed", used)
        chat.wait("Approved")
        assert [text for text in chat.texts if text.startswith("<")] == [used]
        assert token not in "".join(body for _, _, body in chat.posts) + "".join(said(host))


def test_a_webhook_that_fails_holds_up_nobody(host):
    """A post is tried again a few times only; one that is refused is in the journal, and the next one is posted."""
    with Webhook(host, 503, 200, 400) as chat:
        turn_on(host)
        chat.wait("the first", ask(host, "the first"))
        host.wait_for("a second try", lambda: len(chat.posts) == 2, 20)
        ask(host, "the second")
        host.wait_for("a word about it", lambda: [line for line in said(host) if line.startswith("notify: not posted: ")], 20)
        assert len(chat.posts) == 3 and "the second" in said(host)[-1]
        ask(host, "the third")
        chat.wait("the third")
    ask(host, "the fourth")  # nobody listens there any more
    host.wait_for("a word about it", lambda: "the fourth" in said(host)[-1] and "not posted" in said(host)[-1], 60)


def test_both_ends_begin_anew(host):
    """When the executable ends, with whatever status, or jitctl watch does, everything begins anew, and hears what
    comes."""
    turn_on(host, "#!/bin/sh\nIFS= read -r line\nprintf '%s\\n' \"$line\"\nexit 7\n")
    for end in ("exit 7", "kill -SEGV $$", "exit 0"):
        watch = pids(host, WATCH)
        assert len(watch) == 1
        assert line_about(host, host.grant("bob"))["object"]["account"] == "bob"
        host.write("/etc/jit/notify", f"#!/bin/sh\nIFS= read -r line\nprintf '%s\\n' \"$line\"\n{end}\n", 0o755)
        host.wait_for("another watch", lambda: pids(host, WATCH) not in ([], watch), 20)
        listening(host)
    host.write("/etc/jit/notify", ECHO, 0o755)
    host.grant("bob")
    host.wait_for("another executable", lambda: pids(host, "sed -u"), 20)
    listening(host)
    first = pids(host, "sed -u")
    host.enter("kill", "-KILL", *pids(host, WATCH))
    host.wait_for("another executable", lambda: pids(host, "sed -u") not in ([], first), 20)
    listening(host)
    assert line_about(host, host.grant("bob"))
    assert "status=7" in "".join(e["MESSAGE"] for e in host.journal(f"UNIT={UNIT}"))


def test_restarts_of_jitd_and_of_the_bus(host):
    """A restart of jitd it does not notice; at one of the system bus its input ends and everything begins anew. What
    happens later is heard."""
    turn_on(host, ECHO)
    watch = pids(host, WATCH)
    assert line_about(host, host.grant("alice"))["object"]["account"] == "alice"
    for how in ("systemctl restart jitd", "systemctl kill -s KILL jitd"):
        process = bus.jitd_process(host)
        host.root(how)
        host.wait_for("another jitd", lambda: bus.jitd_process(host) != process)
        host.wait_for("jitd on the bus", lambda: host.user("bob").run("jitctl status", timeout=90).code == 0)
        assert line_about(host, host.grant("alice"))["object"]["account"] == "alice"
        assert pids(host, WATCH) == watch
    alice = Watch(host, "alice")
    host.enter("systemctl", "restart", "dbus.service")
    code, words = alice.ended()
    assert code == 5 and words.startswith("jitctl: the system bus does not answer: ")
    listening(host)
    host.wait_for("jitd on the bus", lambda: host.user("bob").run("jitctl status", timeout=90).code == 0)
    assert line_about(host, host.grant("alice"))["object"]["account"] == "alice"
    assert pids(host, WATCH) != watch
    assert any('"code":"UNREACHABLE"' in line for line in said(host))


def test_an_executable_that_does_not_end(host):
    """When its input ends the executable has 10 s to go; then it is ended, whatever it ignores."""
    turn_on(host, "#!/bin/sh\ntrap '' TERM\nwhile :; do IFS= read -r line && printf '%s\\n' \"$line\" || sleep 1; done\n")
    old = pids(host, "/etc/jit/notify")
    host.enter("kill", *pids(host, WATCH))
    host.wait_for("another executable", lambda: pids(host, "/etc/jit/notify") not in ([], old), 40)
    listening(host)
    assert line_about(host, host.grant("alice"))


def test_s38_the_service_can_change_nothing(host):
    """The service's user sees what observers see, and every approval, grant and revocation by it is refused."""
    turn_on(host, ECHO)
    grant, request = host.grant("bob"), ask(host)

    def jitctl(arguments: str):
        return host.enter("systemd-run", "--quiet", "--wait", "--pipe", "--collect", "--uid=jit-notify", "--", "sh", "-c",
                          f"jitctl {arguments} --json=short")

    assert json.loads(jitctl(f"show {request}").out)["object"]["account"] == "alice"
    before = host.json("list grants --all"), host.json("list requests --all"), host.json("list locks")
    for attempt in (f"approve {request}", f"deny {request}", f"cancel {request}", "grant jit-notify --for 1h --reason x",
                    "grant bob --for 1h --reason x", f"revoke {grant} --reason x", "revoke --user bob --reason x",
                    "revoke --all --reason x", f"extend {grant} --for 1h --reason x", f"done {grant}", "lock bob", "unlock bob",
                    "request root --for 30m --reason x", f"show {grant} --reviewed", "reload"):
        refused = jitctl(attempt)
        assert refused.code not in (0, 4, 5) and not refused.out, attempt
        assert json.loads(refused.err)["error"]["code"] in ("ACCESS_DENIED", "SELF", "NOT_FOUND"), (attempt, refused.err)
    assert before == (host.json("list grants --all"), host.json("list requests --all"), host.json("list locks"))


def test_it_is_confined(host):
    """The service has no capability and gets none, sees no home directory and no device, and writes to temporary folders of
    its own alone."""
    probe = """#!/bin/sh
grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status
for place in /etc/jit /var/tmp /tmp /run /run/jit-notify /var/lib/jit /root /home/alice; do
    touch "$place/probe" 2>/dev/null && echo "writes $place"
    ls "$place" >/dev/null 2>&1 && [ -n "$(ls "$place")" ] && echo "reads $place"
done
ls /dev/kmsg /dev/mem 2>/dev/null
sudo -n id 2>&1
id -un
exec sed -u -n p
"""
    turn_on(host, probe)
    host.wait_for("the probe", lambda: "jit-notify" in said(host))
    lines = said(host)
    assert {"CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"} <= set(lines)
    assert {line for line in lines if line.startswith("writes ")} == {"writes /tmp", "writes /var/tmp", "writes /run/jit-notify"}
    assert not [line for line in lines if line in ("reads /root", "reads /home/alice", "reads /var/lib/jit") or "/dev/" in line]
    assert not [line for line in lines if line.startswith("uid=0")]
    rating = host.root(f"systemd-analyze security --no-pager {UNIT}").out.splitlines()[-1]
    print(rating)
    assert float(rating.split(f"{UNIT}: ")[1].split()[0]) <= 1.5


# -- jitctl watch

def test_s38_a_line_tells_what_its_reader_may_see(host):
    """Anybody learns that something changed, by its id; the rest is told to whom jitd tells it: the person, who may
    decide on it, and observers."""
    host.nopasswd("alice")
    watches = {who: Watch(host, who) for who in ("alice", "olivia", "bob", "carol", "root")}
    request = ask(host)
    host.user("olivia").run(f"jitctl approve {request}")
    terminal = host.user("alice").tty()
    terminal.sendline("sudo -n -i")
    terminal.root_shell()
    may = {"request": {"alice", "olivia", "carol", "root"}, "grant": {"alice", "carol", "root"},
           "session": {"alice", "carol", "root"}}
    for who, watch in watches.items():
        lines = [watch.wait("request", "pending", request), watch.wait("request", "approved", request),
                 watch.wait("grant", "active"), watch.wait("session", "opening"), watch.wait("session", "open")]
        for line in lines:
            assert list(line) == ["version", "time_usec", "event", "id", "state", "code", "object"]
            if who in may[line["event"]]:
                assert line["object"]["id"] == line["id"] and line["object"]["account"] == "alice", (who, line)
            else:
                assert line["object"] is None, (who, line)
    terminal.sendline("exit")
    watches["bob"].wait("session", "closed")
    told = json.dumps(watches["bob"].lines)
    assert not [word for word in ("alice", "olivia", "disk", "INC", "root") if word in told]
    assert watches["olivia"].wait("request", "pending")["object"]["reason"] == "INC-1234 replace disk"


def test_s38_signals_have_ids_and_states_only(host):
    """No signal has a name or a reason in it, and nobody but root sees what is said to others."""
    host.nopasswd("alice")
    for spy in ("busctl monitor org.jitd1", "busctl monitor"):
        refused = host.user("bob").run(spy)
        assert refused.code and "denied" in refused.text.lower(), spy
    with Connection(host, "bob") as bob:
        bob.match("type='signal'")
        request = ask(host, HOSTILE)
        host.user("olivia").run(f"jitctl approve {request}")
        host.user("alice").run("sudo -n true")
        break_glass(host, ask(host, HOSTILE, "--break-glass"))
        host.accepted(grants.Grant("alice", id="CHG-4711-alice"))
        host.jitctl("revoke --all --reason 'secret end'")
        heard = [m for m in bob.heard(0.5) if m.kind == wire.SIGNAL and m.fields.get(wire.INTERFACE) == bus.MANAGER]
    assert {m.fields[wire.MEMBER] for m in heard} == set(STATES)
    for message in heard:
        first, second = message.body
        member = message.fields[wire.MEMBER]
        what, state_word = ("", first) if member == "FileChanged" else (first, second)
        assert re.fullmatch("([0-9a-f]{32})?", what) and state_word in STATES[member].split(), message
        assert member != "FileChanged" or re.fullmatch("[A-Z_]*", second)
    assert request in {m.body[0] for m in heard}


def test_s41_forged_signals_make_no_line(host):
    """A signal in jitd's name makes no line, whether it was sent to everybody or to this watch alone."""
    watch = Watch(host, "carol")
    with Connection(host, "alice") as alice:
        names, = alice.call(bus.DAEMON, "/org/freedesktop/DBus", bus.DAEMON, "ListNames")
        for destination in ("", *(name for name in names if name.startswith(":"))):
            for member in STATES:
                alice.send(alice.message(destination, bus.OBJECT, bus.MANAGER, member, "ss", ["f" * 32, "active"],
                                         kind=wire.SIGNAL))
        alice.call(bus.DAEMON, "/org/freedesktop/DBus", bus.DAEMON, "ListNames")  # all before is delivered
    watch.wait("grant", "active", host.grant("bob"))
    assert [line["id"] for line in watch.lines if "f" * 32 in json.dumps(line)] == []


def test_a_reader_that_goes(host):
    """jitctl watch ends without a word when its reader has heard enough."""
    watch = Watch(host, "carol", "| head -n 1; echo code ${PIPESTATUS[0]} >&2")
    host.grant("bob")
    assert watch.ended() == (0, "code 0\n") and len(watch.lines) == 1
