# SPDX-License-Identifier: Apache-2.0
"""Break-glass: in when the policy says no and when jitd can't use its state; and nobody can overlook it."""

from lib import tokens
from lib.asking import ROLE_ROOT, Asking, Key
from lib.grants import Signer


def breaking(host, settings="breakglass = true\n", policy=ROLE_ROOT) -> Asking:
    return Asking(host, policy=policy, settings=settings, keys=[Key(host.olivia, "olivia", ("breakglass",))])


def token_for(host, asking: Asking, id_: str, user: str = "alice") -> str:
    text = tokens.signed_text(asking.says(user, f"show {id_}").out)
    return tokens.make(host.olivia, text, tokens.BREAKGLASS).text


def test_break_glass_opens_where_no_rule_lets_ask(fresh):
    """With breakglass = true a token by a key of that use lets in without any rule; it is loud until somebody looks."""
    asking = breaking(fresh)
    assert asking.refused("alice", "request root --for 30m --reason INC-1") == "ACCESS_DENIED"
    assert asking.refused("alice", "request root --for 61m --reason INC-1 --break-glass") == "LIMIT"
    request = asking.request(reason="INC-1 the site is down", options="--break-glass")
    assert (request["state"], request["rule"]) == ("pending", "break-glass")
    id_ = request["id"]
    assert asking.refused("root", f"approve {id_}") == "ACCESS_DENIED"
    assert "break-glass" in fresh.user("alice").run("sudo -n id").text
    bystander = fresh.user("bob").tty()
    token = token_for(fresh, asking, id_)
    assert asking.says("alice", f"redeem {token}").code == 0
    assert asking.elevates()
    bystander.expect(r"\*\*\* jit: BREAK-GLASS: alice has role root until .*, let in by key olivia-key: INC-1 the site is down")
    record = fresh.wait_event("breakglass.used", user="alice")
    assert record["PRIORITY"] == "1" and record["JIT_KEYS"] == "olivia-key" and record["JIT_REASON"] == "INC-1 the site is down"
    grant = asking.shown(id_)["grant"]
    for _ in range(2):
        assert "BREAK-GLASS" in fresh.jitctl("status").out and "BREAK-GLASS" in asking.says("alice", "status").out
        fresh.root("systemctl restart jitd")
    assert "BREAK-GLASS" not in asking.says("bob", "status").out
    assert asking.refused("alice", f"show {grant} --reviewed") in ("ACCESS_DENIED", "NOT_FOUND")
    assert asking.refused("alice", f"extend {grant} --for 5m --reason more") == "LIMIT"
    asking.says("alice", "done")
    assert "BREAK-GLASS" in fresh.jitctl("status").out
    assert fresh.jitctl(f"show {grant} --reviewed").code == 0
    assert "BREAK-GLASS" not in fresh.jitctl("status").out
    assert fresh.settled().events("breakglass.reviewed", grant=grant)
    fresh.root("systemctl restart jitd")
    assert "BREAK-GLASS" not in fresh.jitctl("status").out


def test_break_glass_works_in_needs_recovery(fresh):
    """When jitd can't use its state, break-glass is the only way in, and it works: offline, until its end."""
    asking = breaking(fresh)
    fresh.grant("alice")
    fresh.root("systemctl stop jitd.socket jitd && echo garbage >/var/lib/jit/state.db && rm -f /var/lib/jit/state.db-* && "
               "systemctl start jitd.socket jitd")
    assert fresh.json("status")["state"] == "needs-recovery"
    assert "[RECOVERY]" in fresh.user("alice").run("sudo -n id").text
    assert asking.refused("alice", "request root --for 5m --reason INC-1") == "RECOVERY"
    terminal = fresh.user("alice").tty()
    id_ = asking.request(options="--break-glass", lasts="6s")["id"]
    assert asking.says("alice", f"redeem {token_for(fresh, asking, id_)}").code == 0
    terminal.sendline("sudo -n -i")
    terminal.root_shell()
    assert "[RECOVERY]" in fresh.user("bob").run("sudo -n id").text
    terminal.shell()  # its end is its end
    assert "[RECOVERY]" in fresh.user("alice").run("sudo -n id").text
    assert fresh.events("breakglass.used", user="alice")
    # jitd forgets it with a restart; what runs then ends at its backstop.
    id_ = asking.request(options="--break-glass", lasts="8s")["id"]
    assert asking.says("alice", f"redeem {token_for(fresh, asking, id_)}").code == 0
    terminal.sendline("sudo -n -i")
    terminal.root_shell()
    fresh.root("systemctl restart jitd")
    assert "[RECOVERY]" in fresh.user("alice").run("sudo -n id").text
    terminal.shell(timeout=12)


def test_break_glass_needs_its_switch_and_its_key(fresh):
    """Break-glass is off unless configured; keys of other uses, and approval signatures, open nothing; a lock beats it."""
    stranger = Signer("stranger")
    asking = breaking(fresh, settings="")
    assert asking.refused("alice", "request root --for 5m --reason INC-1 --break-glass") == "ACCESS_DENIED"
    asking.keys.append(Key(stranger, "carol", ("approve", "grant")))
    asking.write()
    fresh.write("/etc/jit/jitd.toml", "breakglass = true\n")
    fresh.jitctl("reload")
    id_ = asking.request(options="--break-glass")["id"]
    text = tokens.signed_text(asking.says("alice", f"show {id_}").out)
    assert asking.refused("bob", f"redeem {tokens.make(stranger, text, tokens.BREAKGLASS).text}") == "KEY_USE"
    assert asking.refused("bob", f"redeem {tokens.make(fresh.olivia, text, tokens.APPROVAL).text}") == "BAD_TOKEN"
    as_approval = text.replace("jit-breakglass/1", "jit-approval/1").replace("decision: break-glass", "decision: approve")
    assert asking.refused("bob", f"redeem {tokens.make(fresh.olivia, as_approval, tokens.APPROVAL).text}") == "BAD_TOKEN"
    fresh.jitctl("lock alice")
    good = tokens.make(fresh.olivia, text, tokens.BREAKGLASS).text
    assert asking.refused("bob", f"redeem {good}") == "LOCKED"
    fresh.jitctl("unlock alice")
    assert asking.says("alice", f"redeem {good}").code == 0
    assert asking.elevates()


def test_her_own_key_breaks_the_glass(fresh):
    """SELF does not hold for break-glass: who has such a key lets herself in, and is named."""
    own = Signer("own")
    asking = breaking(fresh)
    asking.keys.append(Key(own, "alice", ("breakglass",)))
    asking.write()
    id_ = asking.request(options="--break-glass")["id"]
    text = tokens.signed_text(asking.says("alice", f"show {id_}").out)
    assert asking.says("alice", f"redeem {tokens.make(own, text, tokens.BREAKGLASS).text}").code == 0
    assert asking.elevates()
    assert fresh.events("breakglass.used", user="alice")[-1]["JIT_APPROVERS"] == "alice"
