# SPDX-License-Identifier: Apache-2.0
"""Approvals made on another machine, with no network between: show, token, redeem."""

import base64
import json
import re

import pytest

from lib import tokens
from lib.asking import POLICY, ROLE_ROOT, Asking, Key
from lib.grants import Signer, Token
from lib.host import Host

ONE = ROLE_ROOT + '\n[[rule]]\nroles = ["root"]\nwho = ["@developers"]\napprovers = ["@leads", "principal:olivia"]\n'


@pytest.fixture
def laptop(installed):
    """olivia's own machine, which knows nothing of any host; jitctl is there, and her agent."""
    with Host(installed) as machine:
        yield machine


def carry_key(laptop: Host, signer: Signer, name: str = "olivia") -> str:
    """Her private key in her home, where ssh-keygen made it."""
    path = f"/home/{name}/.ssh/id_ed25519"
    laptop.write(path, signer.key.read_bytes(), 0o600)
    laptop.write(path + ".pub", signer.public_key + "\n")
    laptop.root(f"chown {name}: {path} {path}.pub")
    return path


def test_a_token_made_elsewhere_works_once(fresh, laptop):
    """What `show` prints is signed on another machine; the token lets alice in, once, and is of at most 131 characters."""
    asking = Asking(fresh)
    key = carry_key(laptop, fresh.olivia)
    request = asking.request()
    id_ = request["id"]
    asking.approve("carol", id_)
    printed = asking.says("alice", f"show {id_}").out
    made = laptop.user("olivia").run(f"jitctl token {id_} --key {key}", input=printed)
    token = made.out.strip()
    assert made.code == 0 and len(token) <= 131 and token.startswith("jit1."), made
    told = " ".join(made.err.split())
    for words in ("you approve alice", "role root on db-01", "for 30min", "reason INC-1234 replace disk"):
        assert words in told
    assert not asking.elevates()
    assert asking.says("alice", f"redeem {token}").code == 0
    assert asking.elevates()
    grant = asking.shown(asking.shown(id_)["grant"])
    assert (grant["origin"], grant["approvers"], grant["keys"]) == ("token", ["carol", "olivia"], ["olivia-key"])
    for person in ("alice", "bob", "root"):
        assert asking.refused(person, f"redeem {token}") == "TOKEN_USED"
    fresh.root("systemctl restart jitd")
    assert asking.refused("alice", f"redeem {token}") == "TOKEN_USED"
    asking.says("alice", "done")
    assert asking.refused("alice", f"redeem {token}") == "TOKEN_USED" and not asking.elevates()


def test_an_agent_and_less_time(fresh, laptop):
    """The key may be in ssh-agent; --for makes it shorter; wrapped and indented text is read all the same."""
    asking = Asking(fresh, policy=ONE)
    key = carry_key(laptop, fresh.olivia)
    id_ = asking.request()["id"]
    printed = asking.says("alice", f"show {id_}").out
    pasted = "".join(f"   > {line}\r\n".replace("> ", "") for line in printed.splitlines())
    laptop.write("/home/olivia/pasted", pasted)
    laptop.root(f"cp {key}.pub /home/olivia/agent.pub && chown olivia: /home/olivia/agent.pub")
    made = laptop.user("olivia").run(f"eval $(ssh-agent) >/dev/null; ssh-add -q {key} && rm {key}; jitctl token {id_} --key agent.pub "
                                     "--file pasted --for 10m; kill $SSH_AGENT_PID")
    assert made.code == 0, made
    assert asking.says("bob", "redeem -", input=f"  {made.out[:60]}\n  {made.out[60:]}").code == 0
    grant = asking.shown(asking.shown(id_)["grant"])
    assert grant["not_after_usec"] - grant["not_before_usec"] == 600_000_000
    longer = laptop.user("olivia").run(f"jitctl token {id_} --key agent.pub --file pasted --for 2h")
    assert longer.code == 1 and "can be less, not more" in longer.err
    other = laptop.user("olivia").run(f"jitctl token {'0' * 32} --key agent.pub --file pasted")
    assert other.code == 1 and f"this is request {id_}" in other.err


def test_s62_nothing_in_a_token_is_believed(fresh):
    """A token with any part changed, of another host, request, account, role or time, is worth nothing."""
    asking = Asking(fresh, policy=ONE)
    id_ = asking.request()["id"]
    text = tokens.signed_text(asking.shown(id_)["text"])
    good = tokens.make(fresh.olivia, text)
    assert len(good.text) <= 131

    def signed(pattern: str, by: str) -> str:
        changed = re.sub(pattern, by, text, flags=re.M)
        assert changed != text, pattern
        return tokens.make(fresh.olivia, changed).but(request=good.request).text

    bad = {
        "a longer time than was signed": good.but(seconds=3600).text,
        "a longer time, signed": signed(r"^seconds: .*", "seconds: 3600"),
        "no time": signed(r"^seconds: .*", "seconds: 0"),
        "another request": good.but(request=bytes(16)).text,
        "another key": good.but(key=bytes(4)).text,
        "half a signature": good.but(signature=good.signature[:32] + bytes(32)).text,
        "another host": signed(r"^host: .{32}", "host: " + "0" * 32),
        "another account": signed(r"^account: .*", "account: 1001 bob"),
        "another role": signed(r"^role: .*", "role: dba"),
        "another reason": signed(r"^reason: .*", "reason: INC-1234 read a log"),
        "a later deadline": signed(r"^approve-before: .*", "approve-before: 2036-01-01T00:00:00Z"),
        "another org": signed(r"^org: .*", "org: other"),
        "another namespace": tokens.make(fresh.olivia, text, "jit-grants@v1").text,
        "a break-glass signature": tokens.make(fresh.olivia, text.replace("jit-approval/1", "jit-breakglass/1"),
                                               tokens.BREAKGLASS).text,
        "a stranger's key": tokens.make(Signer("stranger"), text).text,
        "one character less": good.text[:-1],
        "one character more": good.text + "A",
        "other letters": good.text.replace("jit1.", "jit2."),
        "nothing": "",
    }
    people = ["alice", "bob", "carol", "dave", "olivia"]
    for n, (what, token) in enumerate(bad.items()):
        code = asking.refused(people[n % len(people)], f"redeem '{token}'")
        assert code in ("BAD_TOKEN", "LIMIT", "USAGE"), (what, code)
    assert asking.state(id_) == "pending" and not asking.elevates()
    assert asking.says("alice", f"redeem {good.text}").code == 0
    assert asking.elevates()


def test_s62_after_its_time_and_on_a_state_put_back(fresh):
    """A token is worth nothing after the request's end, nor when /var/lib/jit is put back from a copy."""
    asking = Asking(fresh, policy=ONE, settings='request_ttl = "8s"\n')
    id_ = asking.request()["id"]
    token = tokens.make(fresh.olivia, tokens.signed_text(asking.shown(id_)["text"])).text
    fresh.wait_event("request.expired", request=id_, timeout=20)
    assert asking.refused("alice", f"redeem {token}") == "ALREADY_DECIDED"

    fresh.write("/etc/jit/jitd.toml", "")
    fresh.jitctl("reload")
    id_ = asking.request()["id"]
    token = tokens.make(fresh.olivia, tokens.signed_text(asking.shown(id_)["text"])).text
    fresh.root("systemctl stop jitd.socket jitd && cp -a /var/lib/jit /root/copy && systemctl start jitd.socket jitd")
    assert asking.says("alice", f"redeem {token}").code == 0
    asking.says("alice", "done")
    fresh.root("systemctl stop jitd.socket jitd && rm -rf /var/lib/jit && cp -a /root/copy /var/lib/jit && "
               "systemctl start jitd.socket jitd")
    assert asking.refused("alice", f"redeem {token}") == "ALREADY_DECIDED"
    assert fresh.events("request.expired", request=id_)[-1]["JIT_CODE"] == "RECOVERY"
    assert not asking.elevates()


def test_a_key_has_its_limits(fresh):
    """The key must be for approvals, of somebody the rule names, within its window, roles, hosts and duration."""
    people = {name: Signer(name) for name in ("carol", "bob", "alice", "old", "short", "dba", "elsewhere", "late", "gone")}
    asking = Asking(fresh, policy=ONE, keys=[
        Key(people["carol"], "carol"), Key(people["bob"], "bob"), Key(people["alice"], "alice"),
        Key(fresh.olivia, "olivia", ("grant",)),
        Key(people["old"], "dave", more="not_after = 2026-01-01T00:00:00Z\n"),
        Key(people["late"], "dave", more="not_before = 2036-01-01T00:00:00Z\n"),
        Key(people["short"], "dave", more='max_duration = "5min"\n'), Key(people["dba"], "dave", more='roles = ["dba"]\n'),
        Key(people["elsewhere"], "dave", more='hosts = ["web-*"]\n'), Key(people["gone"], "dave", more="revoked = true\n")])
    fresh.root("usermod -aG leads alice")
    id_ = asking.request()["id"]
    text = tokens.signed_text(asking.shown(id_)["text"])
    expected = {"bob": "ACCESS_DENIED", "alice": "SELF", "old": "KEY_WINDOW", "late": "KEY_WINDOW", "short": "LIMIT", "dba": "LIMIT",
                "elsewhere": "LIMIT", "gone": "KEY_REVOKED"}
    for name, code in expected.items():
        assert asking.refused("alice", f"redeem {tokens.make(people[name], text).text}") == code, name
    assert asking.refused("bob", f"redeem {tokens.make(fresh.olivia, text).text}") == "KEY_USE"
    short = tokens.make(people["short"], tokens.signed_text(text, seconds=300)).text
    assert asking.says("bob", f"redeem {short}").code == 0
    assert asking.elevates()
    # What a key gave ends with the key.
    grant = asking.shown(id_)["grant"]
    terminal = fresh.user("alice").tty()
    terminal.sendline("sudo -n -i")
    terminal.root_shell()
    asking.keys = [key for key in asking.keys if key.signer.name != "short"] + [
        Key(people["short"], "dave", more='max_duration = "5min"\nrevoked = true\n')]
    asking.write()
    terminal.shell(timeout=5)
    assert "[REVOKED]" in fresh.user("alice").run("sudo -n id").text
    assert "key short-key is revoked" in fresh.events("grant.revoked", grant=grant)[-1]["MESSAGE"]


def test_hardware_keys(fresh):
    """A hardware key must have been touched, and used with its PIN where trust.toml says so; its token fits, too."""
    touch, pin = Token("touch"), Token("pin")
    asking = Asking(fresh, policy=ONE, keys=[Key(touch, "olivia"), Key(pin, "dave", more="require_verify = true\n")])
    id_ = asking.request()["id"]
    text = tokens.signed_text(asking.shown(id_)["text"])
    for token in (tokens.make(touch, text, flags=0x00), tokens.make(pin, text, flags=0x01), tokens.make(pin, text, flags=0x04),
                  tokens.make(touch, text).but(hardware=b"\x01\x00\x00\x00\x08"), tokens.make(touch, text).but(hardware=b"")):
        assert asking.refused("alice", f"redeem {token.text}") == "BAD_TOKEN"
    good = tokens.make(pin, text, flags=0x05)
    assert len(good.text) == 129
    assert asking.says("alice", f"redeem {good.text}").code == 0
    assert asking.elevates()


def test_s65_guessing_has_to_wait(fresh):
    """After ten tokens within a minute that fit nothing an account waits a minute; others do not."""
    asking = Asking(fresh, policy=ONE)
    id_ = asking.request()["id"]
    good = tokens.make(fresh.olivia, tokens.signed_text(asking.shown(id_)["text"]))
    script = f"for i in $(seq 10); do jitctl redeem {good.but(signature=bytes(64)).text}; done; jitctl redeem {good.text}"
    said = fresh.user("bob").run(script)
    assert said.code == 1 and said.text.count("fits no request") == 10 and "too many tokens" in said.text
    assert asking.state(id_) == "pending"
    assert asking.says("alice", f"redeem {good.text}").code == 0


def spelled(content: bytes) -> list[str]:
    """What it looks like inside of base64, wherever it begins there."""
    return [base64.b64encode(bytes(before) + content).decode()[4:-4] for before in range(3)]


def test_s46_a_token_shows_up_nowhere(fresh):
    """No part of a token is in the journal, on a terminal or in the state; the signature of one that counted is in its record."""
    asking = Asking(fresh, policy=ONE)
    id_ = asking.request()["id"]
    text = tokens.signed_text(asking.shown(id_)["text"])
    good = tokens.make(fresh.olivia, text)
    bad = tokens.make(fresh.olivia, tokens.signed_text(text, seconds=17)).but(seconds=18)
    parts = {token.text[at:at + 22] for token in (good, bad) for at in range(40, len(token.text) - 22)}
    said = [asking.says("alice", f"redeem {token}") for token in (bad.text, good.text, good.text)]
    assert [one.code for one in said] == [3, 0, 3]
    entries = [json.dumps(entry).replace("\\n", "") for entry in fresh.journal()]
    seen = "".join(one.text for one in said) + "".join(entries)
    assert not any(part in seen for part in parts)
    state = fresh.root("cat /var/lib/jit/*", check=False).out
    assert not any(part in state for part in parts) and good.signature.hex() not in state
    assert not any(form in seen + state.replace("\n", "") for form in spelled(bad.signature))
    holders = [entry for entry in entries if any(form in entry for form in spelled(good.signature))]
    assert [json.loads(entry)["JIT_EVENT"] for entry in holders] == ["request.approved"]
    assert asking.elevates()


def test_two_tokens_of_two_people(fresh):
    """With approvals = 2 two tokens are wanted, by two people; two keys of one person are one."""
    second, carol = Signer("second"), Signer("carol")
    asking = Asking(fresh, policy=POLICY, keys=[Key(fresh.olivia, "olivia"), Key(second, "olivia"), Key(carol, "carol")])
    id_ = asking.request()["id"]
    text = tokens.signed_text(asking.shown(id_)["text"])
    assert asking.says("alice", f"redeem {tokens.make(fresh.olivia, text).text}").code == 0
    assert asking.refused("alice", f"redeem {tokens.make(second, text).text}") == "ALREADY_DECIDED"
    assert asking.refused("olivia", f"approve {id_}") == "ALREADY_DECIDED"
    assert not asking.elevates()
    assert asking.says("alice", f"redeem {tokens.make(carol, text).text}").code == 0
    assert asking.elevates()
    assert asking.shown(asking.shown(id_)["grant"])["keys"] == ["olivia-key", "carol-key"]
