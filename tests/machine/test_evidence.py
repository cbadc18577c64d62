# SPDX-License-Identifier: Apache-2.0
"""Evidence of a grant: made on the host, checked by an auditor on a machine that knows nothing of it."""

import base64
import json

import pytest

from lib import image, tokens
from lib.asking import Asking
from lib.grants import Grant
from lib.machine import Machine

SUDOERS = "/etc/sudoers.d/00-jit"
RECORDED = '[role.root]\nrun_as = ["root"]\nservices = ["sudo"]\nmax_duration = "8h"\nrecord = true\n'


@pytest.fixture
def auditor():
    """A Debian with jitctl and no jitd."""
    with Machine(image.plain(), hostname="audit") as machine:
        names = [name for name in image.copy_packages(machine) if "/jitctl_" in name]
        machine.root(f"DEBIAN_FRONTEND=noninteractive apt-get -y --no-install-recommends install {' '.join(names)} 2>&1", timeout=180)
        assert not machine.path("/usr/lib/systemd/system/jitd.service").exists()
        yield machine


def evidence(host, grant: str, options: str = "") -> dict:
    host.jitctl(f"evidence {grant} -o /root/evidence.json {options}")
    return json.loads(host.path("/root/evidence.json").read_text())


def verified(auditor, bundle: dict | str, options: str = "", code: int = 0) -> dict:
    auditor.write("/root/evidence.json", bundle if isinstance(bundle, str) else json.dumps(bundle))
    done = auditor.root(f"jitctl verify /root/evidence.json {options} --json=short", check=False)
    assert done.code == code, done
    return json.loads(done.out)


def a_token(asking: Asking, request: str) -> str:
    return tokens.make(asking.host.olivia, tokens.signed_text(asking.shown(request)["text"])).text


def test_from_the_question_to_the_auditor(fresh, auditor):
    """Request, an approval here and one by token, sudo, the end: all of it is in the evidence, and it holds elsewhere."""
    asking = Asking(fresh)
    mark = fresh.json("log --verify")["head"]
    id_ = asking.request(reason="INC-1234 replace disk")["id"]
    asking.request("bob", role="dba", reason="INC-9 of somebody else")
    asking.approve("carol", id_)
    assert asking.says("alice", f"redeem {a_token(asking, id_)}").code == 0
    assert asking.elevates()
    grant = asking.shown(id_)["grant"]
    fresh.wait_event("session.closed", grant=grant)
    asking.says("alice", "done")
    fresh.wait_event("grant.released", grant=grant)
    asking.request("bob", role="dba", reason="INC-10 of somebody else")

    bundle = evidence(fresh, grant)
    story = bundle["story"]
    assert (story["grant"]["origin"], story["grant"]["account"], story["grant"]["state"]) == ("token", "alice", "released")
    assert [one["principal"] for one in story["requests"][0]["approvals"]] == ["carol", "olivia"]
    assert len(story["sessions"]) == 1 and story["sessions"][0]["opened_usec"] < story["sessions"][0]["closed_usec"]
    assert fresh.path("/root/evidence.json").stat().st_mode & 0o777 == 0o600
    shown = fresh.jitctl(f"evidence {grant}").out
    assert "olivia by token, key olivia-key SHA256:" in shown and "signature good" in shown and "somebody else" not in shown

    auditor.write("/root/trust.toml", fresh.path("/etc/jit/trust.toml").read_bytes())
    report = verified(auditor, bundle, "--trust /root/trust.toml")
    assert (report["result"], report["grant"], report["story"]) == ("ok", grant, story)
    assert [one["key"] for one in report["signatures"]] == ["olivia-key"]
    assert verified(auditor, bundle)["result"] == "ok"
    assert verified(auditor, bundle, f"--head {mark}")["result"] == "ok"  # the record before its first
    now = fresh.json("log --verify")["head"]
    assert verified(auditor, bundle, f"--head {now}", code=1)["result"] == "incomplete"
    assert verified(auditor, evidence(fresh, grant, f"--head {now}"), f"--head {now}")["result"] == "ok"

    # The signature holds without jitctl, too.
    approval = next(one for one in story["requests"][0]["approvals"] if one["signature"])
    auditor.write("/root/text", approval["signed_text"])
    auditor.write("/root/sig", approval["signature"])
    auditor.write("/root/signers", f"olivia {approval['public_key']}\n")
    auditor.root("ssh-keygen -Y verify -f /root/signers -I olivia -n jit-approval@v1 -s /root/sig < /root/text")

    # What is changed shows.
    text = json.dumps(bundle)
    for old, new in (("replace disk", "replace disc"), ('"alice"', '"carol"'), ("grant.released", "grant.revoked"), ("INC-9 of", "INC-8 of")):
        assert old in text
        assert verified(auditor, text.replace(old, new), code=1)["result"] == "broken"
    for n in (0, len(bundle["records"]) // 2):
        cut = dict(bundle, records=bundle["records"][:n] + bundle["records"][n + 1:])
        assert verified(auditor, cut, code=1)["result"] != "ok"
    auditor.write("/root/trust.toml", fresh.path("/etc/jit/trust.toml").read_text().replace("olivia-key", "other-key"))
    report = verified(auditor, bundle, "--trust /root/trust.toml", code=1)
    assert (report["code"], report["signatures"][0]["code"]) == ("SIGNATURE", "UNKNOWN_KEY")
    assert auditor.root("jitctl verify -q /root/evidence.json", check=False).out == ""


def test_a_grant_of_the_signed_file(host, auditor):
    """The accepted file and its signature are in the evidence while jitd serves them; ssh-keygen agrees."""
    grant = Grant("alice", lasts=600)
    text = host.accepted(grant)
    host.nopasswd("alice")
    assert host.user("alice").run("sudo -n id -u").out == "0\n"
    bundle = evidence(host, grant.id)
    assert bundle["story"]["grant"]["origin"] == "file"
    report = verified(auditor, bundle)
    assert report["result"] == "ok" and report["file"]["result"] == "ok" and report["story"]["file"]["keys"] == ["olivia-2026"]
    auditor.write("/root/trust.toml", host.path("/etc/jit/trust.toml").read_bytes())
    report = verified(auditor, bundle, "--trust /root/trust.toml")
    assert report["file"]["signers"] == [{"key": "olivia-2026", "principal": "olivia"}]
    host.write("/root/signers", f"olivia {host.olivia.public_key}\n")
    assert base64.b64decode(bundle["file"]["grants"]).decode() == text
    host.write("/root/sig", base64.b64decode(bundle["file"]["signature"]))
    host.root("ssh-keygen -Y verify -f /root/signers -I olivia -n jit-grants@v1 -s /root/sig < /etc/jit/grants.toml")
    host.accepted(Grant("bob", lasts=600))
    assert evidence(host, grant.id)["file"] is None


def test_who_may_and_what_is_not_there(host):
    """alice may not read the journal and is told so; a grant that no record names is exit 6."""
    id_ = host.grant("bob")
    assert host.user("alice").run(f"jitctl evidence {id_}").code == 1
    done = host.jitctl("evidence nothing", check=False)
    assert done.code == 6 and "no record" in done.err
    assert host.jitctl(f"evidence {id_} --json=short").code == 0
    wrong = host.jitctl("verify /etc/jit/trust.toml --head 1:" + "0" * 64, check=False)
    assert wrong.code == 2


def test_what_is_no_file_is_written_into(host):
    """-o with a device or FIFO leaves it what it is; - is standard output; a folder, a link and an empty name are refused."""
    id_ = host.grant("bob")
    before = host.root("stat -Lc '%F %t:%T %a' /dev/null; readlink /dev/stdout").out
    assert host.jitctl(f"evidence {id_} -o /dev/null").code == 0
    for name in ("-", "/dev/stdout"):
        assert json.loads(host.root(f"jitctl evidence {id_} -o {name} 2>/dev/null >/root/x; cat /root/x").out)["grant"] == id_
    assert host.root("stat -Lc '%F %t:%T %a' /dev/null; readlink /dev/stdout").out == before
    assert "character special file" in before
    read = host.root(f"mkfifo /root/fifo; cat /root/fifo >/root/read & jitctl evidence {id_} -o /root/fifo && wait; stat -c %F /root/fifo; cat /root/read")
    assert read.out.startswith("fifo\n{"), read
    host.root("echo mine >/root/mine; ln -s mine /root/link; echo left-over >/root/e.json.new")
    assert host.jitctl(f"evidence {id_} -o /root/link", check=False).code == 1
    assert host.path("/root/mine").read_text() == "mine\n"
    assert host.jitctl(f"evidence {id_} -o /root", check=False).code == 1
    assert host.jitctl(f"evidence {id_} -o ''", check=False).code == 2
    assert host.jitctl(f"evidence {id_} -o /root/e.json").code == 0
    assert host.root("ls /root/e.json*").out.split() == ["/root/e.json", "/root/e.json.new"]
    assert host.root(f"jitctl evidence -j {id_} >/dev/full", check=False).code == 1
    assert host.root("jitctl verify - </root/e.json").out.startswith("ok: ")
    for name in ("-", "/dev/stdin", "<(cat /root/e.json)"):
        assert host.root(f"cat /root/e.json | bash -c 'jitctl verify {name}'").out.startswith("ok: ")
    assert "must be named" in host.root("echo format = 1 | jitctl verify -", check=False).err


def test_ids_of_sessions_and_requests_lead_to_the_grant(fresh):
    """The id of a session or request says whose it is; a request that was denied says so."""
    asking = Asking(fresh)
    id_ = asking.request(role="dba")["id"]
    done = fresh.jitctl(f"evidence {id_}", check=False)
    assert done.code == 6 and "waits" in done.err
    assert asking.says("carol", f"deny {id_} --reason 'INC-1 no'").code == 0
    assert f"request {id_} was denied and gave no grant" in fresh.jitctl(f"evidence {id_}", check=False).err
    grant = fresh.grant("alice")
    assert asking.elevates()
    session = fresh.wait_event("session.opened", grant=grant)["JIT_SESSION"]
    assert f"{session} is a session of grant {grant}: jitctl evidence {grant}" in fresh.jitctl(f"evidence {session}", check=False).err


def test_a_recording_that_root_removed_is_not_ok(host, auditor):
    """Root takes its own recording away and leaves: evidence, verify and the text all say that it is lost."""
    host.write("/etc/jit/policy.toml", RECORDED)
    host.jitctl("reload")
    host.root(f"sed 's/^#Defaults/Defaults/' /usr/share/doc/jitd/examples/00-jit >{SUDOERS}; chmod 0440 {SUDOERS}")
    host.nopasswd("alice")
    kept = host.grant("alice")
    assert host.user("alice").run("sudo -n id -u").out == "0\n"
    host.wait_event("session.recorded", grant=kept)
    assert verified(auditor, evidence(host, kept))["result"] == "ok"
    path = host.wait_event("session.opened", grant=kept)["JIT_RECORDING"]
    host.root(f"echo more >>/var/log/jit-io/{path}/log")
    shown = host.jitctl(f"evidence {kept}").out
    assert shown.startswith(f"broken: recording {path}: not as it was"), shown
    host.jitctl(f"revoke {kept} --reason 'INC-1 over'")

    lost = host.grant("alice")
    host.user("alice").run("sudo -n sh -c 'rm -rf /var/log/jit-io/alice'")
    host.wait_event("session.recorded", grant=lost, code="RECORDING")
    bundle = evidence(host, lost)
    assert [one["result"] for one in bundle["recordings"]] == ["lost"]
    for options in ("", "--recordings /root"):
        report = verified(auditor, bundle, options, code=1)
        assert (report["result"], report["code"]) == ("incomplete", "RECORDING")
    done = host.jitctl(f"evidence {lost} -o /root/evidence.json")
    assert "incomplete: recording alice/" in done.err and "LOST before the session was over" in done.err
    shown = host.jitctl(f"evidence {lost}").out
    assert shown.startswith("incomplete: recording alice/") and "sha256" not in shown


def test_a_recording_that_jitd_may_not_read_is_not_lost(host, auditor):
    """Without iolog_group=jitd the recording is there and has no digest: the record and the evidence say why, and not that it is lost."""
    host.write("/etc/jit/policy.toml", RECORDED)
    host.jitctl("reload")
    host.root(f"sed 's/^#Defaults/Defaults/; s/iolog_group *= *[a-z]*/iolog_group=root/' /usr/share/doc/jitd/examples/00-jit >{SUDOERS}; chmod 0440 {SUDOERS}")
    assert "iolog_group=root" in host.path(SUDOERS).read_text()
    host.nopasswd("alice")
    grant = host.grant("alice")
    assert host.user("alice").run("sudo -n id -u").out == "0\n"
    record = host.wait_event("session.recorded", grant=grant, code="UNAVAILABLE")
    assert "Permission denied" in record["MESSAGE"]
    bundle = evidence(host, grant)
    assert [one["result"] for one in bundle["recordings"]] == ["no-digest"]
    assert verified(auditor, bundle, code=1)["result"] == "incomplete"
    shown = host.jitctl(f"evidence {grant}").out
    assert "no digest of it is on record: " in shown and "Permission denied" in shown and "LOST" not in shown


def test_uses_that_are_refused_afterwards_are_not_in_it(host, auditor):
    """What alice tries when her grant is over makes its evidence no longer."""
    host.nopasswd("alice")
    grant = host.grant("alice")
    assert host.user("alice").run("sudo -n id -u").out == "0\n"
    host.wait_event("session.closed", grant=grant)
    host.jitctl(f"revoke {grant} --reason 'INC-1 over'")
    before = evidence(host, grant)
    assert host.user("alice").run("sudo -n id; sudo -n id").code == 1
    assert len([one for one in host.events("check.denied") if one.get("JIT_GRANT") == grant]) >= 1
    host.grant("bob")
    after = evidence(host, grant)
    assert after["records"] == before["records"] and after["records_left_out"] == 0
    assert verified(auditor, after)["result"] == "ok"


def test_over_a_lost_state_the_host_is_still_the_host(host, auditor):
    """After `state recover` the host has another id, and a grant that was revoked before lives again: its evidence says so, and does
    not call the records those of another host."""
    host.nopasswd("alice")
    grant = Grant("alice", lasts=600)
    host.accepted(grant)
    assert host.user("alice").run("sudo -n id -u").out == "0\n"
    host.jitctl(f"revoke {grant.id} --reason 'INC-1 over'")
    assert evidence(host, grant.id)["story"]["grant"]["state"] == "revoked"
    host.root("systemctl stop jitd.socket jitd.service; dd if=/dev/urandom of=/var/lib/jit/state.db bs=4k count=4 conv=notrunc "
              "2>/dev/null; systemctl start jitd.socket jitd.service")
    host.json("state recover --reason 'the disk was broken'")
    assert host.user("alice").run("sudo -n id -u").out == "0\n"
    host.wait_for("the session is over", lambda: len(host.events("session.closed", grant=grant.id)) == 2)
    bundle = evidence(host, grant.id)
    assert len({one["fields"]["JIT_HOST"] for one in bundle["records"]}) == 3
    report = verified(auditor, bundle, code=1)
    assert report["result"] == "incomplete", report["text"]
    assert report["story"]["grant"]["state"] is None
