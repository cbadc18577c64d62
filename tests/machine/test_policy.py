# SPDX-License-Identifier: Apache-2.0
"""`jitctl policy check` and `suggest`: what a policy.toml means before it is in force, and the rules a roll-out calls for."""

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


def test_policy_suggest_proposes_rules_for_those_who_would_have_been_refused(fresh):
    """What a permissive gate let pass becomes rules with the evidence beside them; `policy check` reads them, and once they
    are in place those people ask and are granted."""
    host = fresh.ready()
    host.nopasswd("alice", "bob")
    nothing = host.jitctl("policy suggest")
    assert nothing.out == "" and "No record of anybody who would have been refused since " in nothing.err
    assert nothing.err.endswith("jitctl pam enable sudo --permissive\n")
    assert host.json("policy suggest") == {"version": 1, "rules": [], "text": None}

    host.jitctl("pam enable sudo --permissive")
    assert host.user("alice").run("sudo -n id -u; sudo -n -u postgres id -un").out == "0\npostgres\n"
    assert host.user("bob").run("sudo -n id -u; sudo -n -i id -u").out == "0\n0\n"
    before = host.path("/usr/lib/jit/policy.toml").read_text()
    answer = host.json("policy suggest")
    assert [(r["role"], r["who"], r["services"], r["targets"], r["uses"]) for r in answer["rules"]] == [
        ("postgres", ["alice"], ["sudo"], ["postgres"], 1), ("root", ["@sudo"], ["sudo"], ["root"], 3)]
    assert all(0 < r["first_usec"] <= r["last_usec"] for r in answer["rules"])
    proposed = host.jitctl("policy suggest")
    assert "\n# bob used sudo as root 2 times, last " in proposed.out and "approval = \"auto\"\n" in proposed.out
    assert "/usr/lib/jit/policy.toml" in proposed.err
    assert host.jitctl("policy suggest --since now").out == ""
    assert "you may not read it" in host.user("carol").run("jitctl policy suggest").err

    host.write("/etc/jit/policy.toml", before + proposed.out)
    checked = host.json("policy check")
    assert (checked["result"], checked["warnings"], checked["notes"]) == ("ok", [], [])
    assert "members of group sudo may ask for root: granted at once\n" in host.jitctl("policy check").out
    host.jitctl("reload")
    host.jitctl("pam enable sudo")
    alice = host.user("alice")
    assert "[NO_GRANT]" in alice.run("sudo -n id -u").err
    assert alice.run("jitctl request root --for 5m --reason 'replace disk'").code == 0
    assert alice.run("sudo -n id -u").out == "0\n"
    again = host.jitctl("policy suggest")
    assert again.out == "" and again.err.endswith("a rule lets them ask for already: alice, bob\n")


def test_policy_suggest_lets_leads_approve_where_there_are_some(fresh):
    """Where the host has a group of leads with somebody in it, they are the ones proposed to approve."""
    host = fresh.ready()
    host.nopasswd("bob")
    host.root("groupadd leads && gpasswd --add olivia leads")
    host.jitctl("pam enable sudo --permissive")
    host.user("bob").run("sudo -n id -u")
    proposed = host.jitctl("policy suggest").out
    assert 'who = ["bob"]\n' in proposed and 'approvers = ["@leads"]\n' in proposed
