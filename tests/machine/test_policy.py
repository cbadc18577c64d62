# SPDX-License-Identifier: Apache-2.0
"""`jitctl policy check`: a policy.toml read as jitd does, before it is in force."""

POLICY = "".join(f'[role.{name}]\nrun_as = ["{target}"]\nservices = ["sudo"]\nmax_duration = "8h"\n'
                 for name, target in (("root", "root"), ("dba", "postgres")))


def test_policy_check_names_the_place_and_tells_what_a_policy_says(fresh):
    """`jitctl policy check` reads a policy as jitd does: the place and code of what is wrong, or its roles and rules."""
    assert "root: sudo, su as root, up to 8h" in fresh.jitctl("policy check").out
    fresh.write("/root/policy.toml", POLICY + '[[rule]]\nroles = ["dba"]\nwho = ["@sudo"]\napproval = "auto"\n'
                                              'max_duration = "1h"\n')
    said = fresh.jitctl("policy check /root/policy.toml").out
    assert "dba: sudo as postgres, up to 8h" in said and "line 9: dba for @sudo: granted at once, up to 1h" in said
    answer = fresh.json("policy check /root/policy.toml")
    assert (answer["result"], [role["name"] for role in answer["roles"]]) == ("ok", ["dba", "root"])
    assert answer["rules"][0]["approval"] == "auto"
    fresh.write("/etc/jit/policy.toml", POLICY.replace('"8h"', '"8x"', 1))
    refused = fresh.jitctl("policy check", check=False)
    assert refused.code == 1 and refused.out.startswith("/etc/jit/policy.toml:4:16: ") and "[FIELD]" in refused.out
    assert fresh.jitctl("policy check /root/none.toml", check=False).code == 1
    assert fresh.jitctl("policy", check=False).code == 2
