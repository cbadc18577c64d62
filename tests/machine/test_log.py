# SPDX-License-Identifier: Apache-2.0
"""The audit trail tells the story: who, what, under which grant, why."""

import json
import re

from lib.alongside import alongside
from lib.asking import Asking
from lib.grants import Grant


def has(log: list[dict], event: str, **fields: object) -> bool:
    return any(line["event"] == event and all(str(line.get(k)) == str(v) for k, v in fields.items()) for line in log)


def test_the_log_tells_the_story(host):
    """Refusal, delivery, use, session, end, local grant and revoke are in `jitctl log --json=short`, with their why."""
    host.nopasswd("alice", "bob")
    host.user("alice").run("sudo -n id")
    grant = Grant("alice", lasts=600, reason="INC-1234 replace disk")
    host.accepted(grant)
    terminal = host.user("alice").tty()
    terminal.sendline("sudo -n -i")
    terminal.root_shell()
    host.ends_in(2, grant)
    terminal.shell()
    host.wait_event("grant.expired", grant=grant.id)
    host.user("alice").run("sudo -n id")
    local = host.grant("bob", reason="INC-77 look at the log")
    host.user("bob").run("sudo -n id")
    host.jitctl(f"revoke {local} --reason 'found it'")
    host.user("bob").run("sudo -n id")

    log = host.log()
    assert has(log, "check.denied", user="alice", code="NO_GRANT", service="sudo", decision="deny")
    assert has(log, "file.accepted", keys="olivia-2026")
    assert has(log, "grant.activated", user="alice", grant=grant.id, reason="INC-1234 replace disk", role="root")
    assert has(log, "check.allowed", user="alice", grant=grant.id, service="sudo-i", decision="allow")
    assert has(log, "session.opened", user="alice", target="root", grant=grant.id)
    assert has(log, "session.terminated", user="alice", grant=grant.id, code="EXPIRED")
    assert has(log, "grant.expired", user="alice", grant=grant.id)
    assert has(log, "check.denied", user="alice", code="EXPIRED")
    assert has(log, "grant.created", user="bob", grant=local, reason="INC-77 look at the log", actor="root")
    assert has(log, "check.allowed", user="bob", grant=local)
    assert has(log, "grant.revoked", user="bob", grant=local, reason="found it", actor="root")
    assert has(log, "check.denied", user="bob", code="REVOKED")
    assert all(isinstance(line["time_usec"], int) for line in log)
    order = [line["seq"] for line in log]
    assert [int(number) for number in order] == sorted(int(number) for number in order)


def verified(host, arguments: str = "", code: int = 0) -> dict:
    """What `jitctl log --verify` says of the trail."""
    done = host.jitctl(f"log --verify {arguments} --json=short", check=False)
    assert done.code == code, done.text
    return json.loads(done.out)


def test_s44_forged_records_are_not_believed(host):
    """Any user can write JIT_ fields into the journal, by each of its doors: they are not shown, the chain stays whole."""
    alice, local = host.user("alice"), host.grant("bob")
    first, last = host.log()[0], host.log()[-1]
    next_seq = int(last["seq"]) + 1
    copy = "".join(f"JIT_{name.upper()}={value}\n" for name, value in last.items() if name != "time_usec")
    forged = (f"MESSAGE=forged\nJIT_EVENT=grant.created\nJIT_USER=mallory\nJIT_SEQ={next_seq}\n",
              f"MESSAGE=forged\nJIT_EVENT=grant.created\nJIT_USER=mallory\nJIT_SEQ={first['seq']}\nJIT_GRANT={local}\n",
              "MESSAGE=forged\nJIT_EVENT=grant.created\nJIT_USER=mallory\nSYSLOG_IDENTIFIER=jitd\n_COMM=jitd\n",
              "MESSAGE=forged\n_UID=0\n_SYSTEMD_UNIT=jitd.service\n" + copy.replace("bob", "mallory"))
    for entry in forged:
        alice.run("logger --journald", input=entry)
    # Text whose lines look like fields: over syslog, and over a stream.
    text = f"forged\nJIT_EVENT=grant.created\nJIT_USER=mallory\nJIT_SEQ={next_seq}"
    alice.run("logger --tag jitd; printf 'forged %s' x | systemd-cat --identifier=jitd", input=text)
    host.wait_for("the forged entries", lambda: len(host.journal("JIT_USER=mallory")) == len(forged))
    host.wait_for("the forged text", lambda: "forged x" in str(host.journal("SYSLOG_IDENTIFIER=jitd")))
    for question in ("", "--user mallory", f"--grant {local}", "-n 1000", "--since '1 hour ago'"):
        shown = host.jitctl(f"log {question} --json=short").out
        assert "mallory" not in shown and "forged" not in shown, question
    assert [line["seq"] for line in host.log()] == [str(n) for n in range(1, len(host.log()) + 1)]
    assert verified(host)["result"] == "ok"
    # The filter org.jitd1's readers are told to use, with journalctl alone.
    trusted = host.journal(f"_UID={host.uid('jitd')}", "_SYSTEMD_UNIT=jitd.service")
    assert trusted and not [entry for entry in trusted if "mallory" in str(entry)]


def test_killed_mid_stream(host):
    """kill -9 of jitd under a stream of checks raises no false alarm: nothing is missing, nothing broken."""
    host.nopasswd("alice", "bob")
    host.jitctl("grant bob --for 1h --reason 'INC-1234 replace disk'")

    def elevate(name: str) -> None:
        host.enter("runuser", "-u", name, "--", "sudo", "-n", "true")

    with alongside(lambda: elevate("alice"), lambda: elevate("bob")):
        for started in range(2, 12):
            before = len(host.events("check.allowed"))
            host.wait_for("records", lambda: len(host.events("check.allowed")) > before + 2)
            host.enter("pkill", "-KILL", "-x", "jitd")
            host.wait_for("a start", lambda: len(host.events("daemon.started")) >= started)
    report = verified(host)
    assert (report["result"], report["bad"], report["first_seq"]) == ("ok", None, 1)
    assert report["records"] == report["last_seq"] > 50
    print(f"{report['records']} records, {len(host.events())} in the journal")


def test_an_edited_record_shows(host):
    """A record changed in the journal's file is named, and the mark tells what a journal that was cut has lost."""
    local = host.grant("bob", reason="INC-77 look at the log")
    mark = verified(host)["head"]
    host.jitctl(f"revoke {local} --reason 'found it'")
    assert verified(host, f"--head {mark}")["result"] == "ok"
    edited = host.events("grant.revoked")[-1]
    journal = next(host.path("/var/log/journal").glob("*/system.journal"))
    text = journal.read_bytes()
    assert text.count(b"JIT_REASON=found it") == 1
    with journal.open("r+b") as file:
        file.seek(text.index(b"JIT_REASON=found it"))
        file.write(b"JIT_REASON=found ut")
    report = verified(host, code=1)
    assert report["result"] == "broken"
    assert report["bad"] == {"seq": int(edited["JIT_SEQ"]), "kind": "edited", "cursor": edited["__CURSOR"]}
    shown = host.jitctl("log --verify", check=False)
    assert shown.code == 1 and shown.out.startswith(f"broken: record {edited['JIT_SEQ']} was changed")
    later = str(int(mark.split(":")[0]) + 1000) + ":" + mark.split(":")[1]
    assert verified(host, f"--head {later}", code=1)["result"] == "broken"


def test_a_lost_tail_shows(host):
    """With a mark kept elsewhere the loss of the last records is incomplete, not broken."""
    head = verified(host)["head"]
    seq, chain = head.split(":")
    report = verified(host, f"--head {int(seq) + 5}:{chain}", code=1)
    assert (report["result"], report["bad"]["kind"]) == ("incomplete", "tail")
    assert verified(host, f"--head {seq}:{'0' * 64}", code=1)["result"] == "broken"


def test_a_pager_that_can_not_be_started_hides_nothing(host):
    """On a terminal the log is shown whole, also where the pager of the environment is missing, and less with it."""
    host.root("rm -f /usr/bin/less")
    local = host.grant("bob")
    for pager in ("", "PAGER=nosuch", "PAGER=/etc/passwd", "PAGER='nosuch --raw'", "SYSTEMD_PAGER=", "PAGER=cat"):
        shown = host.root(f"{pager} script -qec 'jitctl log' /dev/null </dev/null").out
        assert "daemon.started" in shown and local in shown, (pager, shown)
    host.write("/usr/bin/less", "#!/bin/sh\nsed 's/^/less: /'\n", 0o755)
    for pager, used in (("", True), ("PAGER=nosuch", True), ("PAGER='cat -n'", False)):
        shown = host.root(f"{pager} script -qec 'jitctl log' /dev/null </dev/null").out
        assert local in shown and ("less: " in shown) == used, (pager, shown)


def test_the_catalog_names_only_fields_that_are_there(host):
    """What journalctl -x says of a record has the record's own values in it, and no name of a field that is not set."""
    host.accepted(Grant("carol", lasts=4))
    asking = Asking(host)
    asking.approve("carol", asking.request(role="dba")["id"], "--reason 'looks right'")
    asking.says("carol", f"deny {asking.request(role='dba')['id']}")
    asking.says("alice", f"cancel {asking.request()['id']}")
    assert asking.elevates("alice") is False
    for end in ("revoke --user bob --reason over", "lock bob", "revoke --all --reason over"):
        host.grant("bob")
        with host.user("bob").tty() as terminal:
            terminal.sendline("sudo -n -i")
            terminal.root_shell()
            host.jitctl(end)
            terminal.shell(timeout=9)
        host.jitctl("unlock bob", check=False)
    host.wait_event("grant.expired")
    host.root("systemctl restart jitd")
    texts = host.path("/usr/lib/systemd/catalog/jit.catalog").read_text().split("\n-- ")[1:]
    named = {text[:32]: set(re.findall("@(JIT_[A-Z_]+)@", text)) for text in texts}
    seen = set()
    for record in host.events():
        missing = named[record["MESSAGE_ID"]] - record.keys()
        assert not missing, (record["JIT_EVENT"], missing)
        seen.add(record["JIT_EVENT"])
    assert {"request.created", "request.approved", "request.denied", "request.withdrawn", "grant.created", "grant.activated",
            "grant.revoked", "grant.expired", "check.allowed", "check.denied", "session.opened", "session.closed",
            "session.terminated", "file.accepted", "lock.set", "lock.cleared", "daemon.started", "daemon.stopped"} <= seen
    assert "JIT_" not in host.root("journalctl --no-pager -x JIT_EVENT=check.allowed").out


def test_who_may_not_read_the_journal_is_told_so(host):
    """alice, who may not read the journal, is told what to do; she is not told that all is well."""
    done = host.user("alice").run("jitctl log --verify")
    assert done.code == 1 and not done.out and "systemd-journal" in done.err
