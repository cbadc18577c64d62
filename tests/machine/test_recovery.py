# SPDX-License-Identifier: Apache-2.0
"""jitd's state is lost: nobody is let in, and root begins a new one, on record."""

import json
import time

from lib import leftovers
from lib.grants import Grant
from lib.shell import Shell


def test_s77_a_state_that_can_not_be_used(host):
    """A broken database lets nobody in and is not reset by itself. jitctl state recover, for root alone, sets it aside, ends
    what was open, and lets the signed file count again; the floor of the clock is kept, an alert is on record."""
    leftovers.bring(host)
    host.nopasswd("alice", "bob")
    host.accepted(Grant("alice"))
    local = host.grant("bob")
    mark = leftovers.mark()
    shell = Shell(host.user("alice"))
    shell.start(f"sudo -n leave {mark}")
    host.wait_for("it", lambda: leftovers.left(host, mark))
    refused = host.jitctl("state recover --json=short", check=False)
    assert refused.code == 1 and "in order" in json.loads(refused.err)["error"]["message"]

    host.root("systemctl stop jitd.socket jitd.service; dd if=/dev/urandom of=/var/lib/jit/state.db bs=4k count=4 conv=notrunc "
              "2>/dev/null; systemctl start jitd.socket jitd.service")
    for name in ("alice", "bob"):
        assert "[RECOVERY]" in host.user(name).run("sudo -n id").text
    assert host.json("status")["state"] == "needs-recovery"
    assert leftovers.left(host, mark), "a session goes on until somebody has looked"
    assert host.user("carol").run("jitctl state recover").code == 3

    began = time.time()
    done = host.json("state recover --reason 'the disk was broken'")
    assert done["recovered"] == "state" and host.path(done["aside"]).exists()
    leftovers.gone(host, [mark], began, 5)
    shell.finish(5)
    (alert,) = host.events("state.recovered", code="RECOVERY")
    assert alert["PRIORITY"] == "1" and alert["JIT_REASON"] == "the disk was broken" and alert["JIT_ACTOR"] == "root"
    assert host.json("status")["state"] == "ok"
    assert host.user("alice").run("sudo -n id -u").out == "0\n"
    assert "[NO_GRANT]" in host.user("bob").run("sudo -n id").text
    assert local not in host.jitctl("list grants --all").text
    host.grant("bob")
    host.root("systemctl restart jitd")
    assert host.user("bob").run("sudo -n id -u").out == "0\n"
    assert host.jitctl("state recover", check=False).code == 1


def test_s77_a_lost_state_is_no_empty_one(host):
    """Without its database, or with an empty one, nobody is let in until root has recovered: what was revoked of the signed
    file would be back. With nothing at all in /var/lib/jit the host is new."""
    host.nopasswd("alice", "bob")
    host.accepted(Grant("alice"), Grant("bob"))
    host.jitctl("revoke --user bob --reason over")
    for loss in ("rm /var/lib/jit/state.db*", "truncate -s 0 /var/lib/jit/state.db"):
        host.root(f"systemctl stop jitd.socket jitd.service; {loss}; systemctl start jitd.socket jitd.service")
        for name in ("alice", "bob"):
            assert "[RECOVERY]" in host.user(name).run("sudo -n id").text
        host.root("systemctl restart jitd")
        assert host.json("status")["state"] == "needs-recovery"
        recovered = host.json("state recover --reason 'it was lost'")
        assert recovered["recovered"] == "state" and (recovered["aside"] is None) == loss.startswith("rm")
        assert host.json("status")["state"] == "ok"
        assert host.user("alice").run("sudo -n id -u").out == "0\n"
    host.root("systemctl stop jitd.socket jitd.service; rm -r /var/lib/jit/*; systemctl start jitd.socket jitd.service")
    assert host.json("status")["state"] == "ok"
    assert host.user("alice").run("sudo -n id -u").out == "0\n"
