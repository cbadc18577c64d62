# SPDX-License-Identifier: Apache-2.0
"""Grant files signed with a hardware key: what the key says of itself is signed, and asked for."""

from lib.grants import Grant, Token, grant_file, ssh_keygen_accepts, trust_file
from lib.host import Host


def trusts(host: Host, token: Token, more: str = "") -> None:
    host.write("/etc/jit/trust.toml", trust_file(token) + more)
    host.jitctl("reload")


def takes(host: Host, token: Token, flags: int) -> str:
    """Delivers a file signed so: "" when the host accepts it, otherwise the code."""
    text = grant_file(Grant("alice"))
    signature = token.sign(text, flags=flags)
    before = len(host.events("file.accepted")), len(host.events("file.refused"))

    def judged() -> str:
        if len(host.events("file.refused")) > before[1]:
            return host.events("file.refused")[-1]["JIT_CODE"]
        return "accepted" if len(host.events("file.accepted")) > before[0] else ""

    host.put(text, signature)
    code = host.wait_for("a judgement", judged)
    if code == "accepted":
        assert ssh_keygen_accepts(token, text, signature), "jitd is never looser than ssh-keygen"
    return "" if code == "accepted" else code


def test_touch_and_pin(fresh):
    """A key must have been touched, and used with its PIN where trust.toml asks for it; extensions are refused."""
    host = fresh.ready("sudo")
    host.nopasswd("alice")
    token = Token("olivia")
    trusts(host, token)
    assert takes(host, token, 0x00) == "BAD_SIGNATURE"
    assert takes(host, token, 0x04) == "BAD_SIGNATURE"
    assert takes(host, token, 0x41) == "SIG_FORMAT"
    assert takes(host, token, 0x81) == "SIG_FORMAT"
    assert host.user("alice").run("sudo -n id").code == 1
    assert takes(host, token, 0x01) == ""
    assert host.user("alice").run("sudo -n id -u").out == "0\n"
    assert takes(host, token, 0x05) == ""

    trusts(host, token, "require_verify = true\n")
    assert takes(host, token, 0x01) == "BAD_SIGNATURE"
    assert takes(host, token, 0x05) == ""
    assert host.user("alice").run("sudo -n id -u").out == "0\n"

    other = Token("olivia", application="https://example.com")
    assert takes(host, other, 0x01) == "UNKNOWN_KEY"
