# SPDX-License-Identifier: Apache-2.0
"""`jitctl policy check`: what a policy.toml means, before it is in force."""

POLICY = "".join(f'[role.{name}]\nrun_as = ["{target}"]\nservices = ["sudo"]\nmax_duration = "8h"\n'
                 for name, target in (("root", "root"), ("dba", "postgres")))
DBA = '[[rule]]\nroles = ["dba"]\nwho = ["@sudo"]\napproval = "auto"\nmax_duration = "1h"\n'


def test_policy_check_names_the_place_and_tells_what_a_policy_says(fresh):
    """`jitctl policy check` reads a policy as jitd does: the place and code of what is wrong, or its roles and rules."""
    assert "root: become root by sudo and su, for at most 8h; " in fresh.jitctl("policy check").out
    fresh.write("/root/policy.toml", POLICY + DBA)
    said = fresh.jitctl("policy check /root/policy.toml").out
    assert "dba: become postgres by sudo, for at most 8h; " in said
    assert "line 9: members of group sudo may ask for dba: granted at once, up to 1h\n" in said
    answer = fresh.json("policy check /root/policy.toml")
    assert (answer["result"], [role["name"] for role in answer["roles"]]) == ("ok", ["dba", "root"])
    assert answer["rules"][0]["approval"] == "auto"
    assert (answer["warnings"], [note["line"] for note in answer["notes"]]) == ([], [1])
    fresh.write("/etc/jit/policy.toml", POLICY.replace('"8h"', '"8x"', 1))
    refused = fresh.jitctl("policy check", check=False)
    assert refused.code == 1 and refused.out.startswith("/etc/jit/policy.toml:4:16: ") and "[FIELD]" in refused.out
    assert fresh.jitctl("policy check /root/none.toml", check=False).code == 1
    assert fresh.jitctl("policy", check=False).code == 2


def test_policy_check_warns_of_what_is_hardly_meant(fresh):
    """A rule behind a wider one, and names this host does not know, are warnings with their line; of another host's policy
    only what is in the file is told."""
    hidden = '[[rule]]\nroles = ["dba"]\nwho = ["@sudo"]\napprovers = ["@nobody-here", "principal:olivia"]\n'
    for place in ("/etc/jit/policy.toml", "/root/policy.toml"):
        fresh.write(place, POLICY + DBA + hidden)
    answer = fresh.json("policy check")
    assert answer["result"] == "ok" and {warning["line"] for warning in answer["warnings"]} == {14}
    said = fresh.jitctl("policy check").out
    assert "warning  line 14: this rule is never reached: the rule of line 9 always fits first\n" in said
    assert "this host has no group nobody-here\n" in said and "trust.toml has no principal olivia\n" in said
    assert len(fresh.json("policy check /root/policy.toml")["warnings"]) == 1
    fresh.ready().root("groupadd nobody-here")
    assert len(fresh.json("policy check")["warnings"]) == 1
