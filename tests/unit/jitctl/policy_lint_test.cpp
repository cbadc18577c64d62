// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE policy_lint
#include "jitctl/policy_lint.hpp"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

using namespace jit;
using namespace jit::ctl;

namespace {

// Lines 1 to 8.
const std::string kRoles = "[role.root]\nrun_as = [\"root\"]\nservices = [\"sudo\", \"su\"]\nmax_duration = \"8h\"\n"
                           "[role.dba]\nrun_as = [\"postgres\"]\nservices = [\"sudo\"]\nmax_duration = \"1h\"\n";

std::string rule(const std::string& roles, const std::string& who, const std::string& more = "approval = \"auto\"\n") {
    return fmt::format("[[rule]]\nroles = [{}]\nwho = [{}]\n{}", roles, who, more);
}

PolicyRemarks remarks(const std::string& rules, const HostNames* host = nullptr) {
    const auto policy = core::parse_policy(kRoles + rules, "policy.toml");
    BOOST_REQUIRE_MESSAGE(policy.has_value(), (policy ? "" : policy.error().text));
    return lint_policy(*policy, host);
}

std::string warned(const std::string& rules, const HostNames* host = nullptr) {
    std::string out;
    for (const auto& remark : remarks(rules, host).warnings) out += fmt::format("{}: {}\n", remark.line, remark.text);
    return out;
}

constexpr char kRoot[] = "\"root\"", kBoth[] = "\"root\", \"dba\"", kBob[] = "\"bob\"", kTwo[] = "\"bob\", \"carol\"";
const std::string kAuto = "approval = \"auto\"\n";

/** Does the second rule, for bob and root with `later` in it, stay unreached behind a first with `earlier` in it? */
bool never_reached(const std::string& earlier, const std::string& later) {
    return warned(rule(kRoot, kTwo, earlier) + rule(kRoot, kBob, later)).find("never reached") != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Order)

BOOST_AUTO_TEST_CASE(a_rule_behind_the_same_or_a_wider_one_is_never_reached) {
    const std::string expected = "13: this rule is never reached: the rule of line 9 always fits first\n";
    BOOST_TEST(warned(rule(kRoot, kBob) + rule(kRoot, kBob)) == expected);
    BOOST_TEST(warned(rule(kBoth, kTwo) + rule(kRoot, kBob)) == expected);
    BOOST_TEST(warned(rule(kRoot, kBob) + rule(kRoot, kTwo)) == "");
    BOOST_TEST(warned(rule(kRoot, kBob) + rule(kBoth, kBob)) == "");
    BOOST_TEST(warned(rule(kRoot, "\"carol\"") + rule(kRoot, kBob)) == "");
    BOOST_TEST(warned(rule(kRoot, "\"@bob\"") + rule(kRoot, kBob)) == "");
}

BOOST_AUTO_TEST_CASE(several_rules_together_take_all) {
    BOOST_TEST(warned(rule(kRoot, kBob) + rule(kRoot, "\"carol\"") + rule(kRoot, kTwo)) ==
               "17: this rule is never reached: the rules of lines 9 and 13 always fit first\n");
    BOOST_TEST(warned(rule(kRoot, kBob) + rule("\"dba\"", "\"carol\"") + rule(kBoth, kTwo)) == "");
}

BOOST_AUTO_TEST_CASE(hosts_of_the_earlier_rule_leave_room) {
    const std::string db = "hosts = [\"db-*\"]\n", more = "hosts = [\"db-*\", \"tier=web\"]\n", any = "hosts = [\"db-*\", \"*\"]\n";
    BOOST_TEST(!never_reached(kAuto + db, kAuto));
    BOOST_TEST(!never_reached(kAuto + db, kAuto + more));
    BOOST_TEST(never_reached(kAuto + db, kAuto + db));
    BOOST_TEST(never_reached(kAuto + more, kAuto + db));
    BOOST_TEST(never_reached(kAuto, kAuto + db));
    BOOST_TEST(never_reached(kAuto + any, kAuto));
}

BOOST_AUTO_TEST_CASE(hours_of_the_earlier_rule_leave_room) {
    const std::string work = "hours = \"Mon..Fri 08:00-18:00\"\n", noon = "hours = \"Tue 11:00-13:00\"\n";
    BOOST_TEST(!never_reached(kAuto + work, kAuto));
    BOOST_TEST(!never_reached(kAuto + noon, kAuto + work));
    BOOST_TEST(never_reached(kAuto + work, kAuto + noon));
    BOOST_TEST(never_reached(kAuto, kAuto + work));
    BOOST_TEST(!never_reached(kAuto + work, kAuto + "hours = \"Fri..Sat 08:00-18:00\"\n"));
    BOOST_TEST(!never_reached(kAuto + work, kAuto + "hours = \"Tue 17:00-18:01\"\n"));
    BOOST_TEST(never_reached(kAuto + "hours = \"00:00-24:00\"\n", kAuto));
}

BOOST_AUTO_TEST_CASE(a_limit_of_the_earlier_rule_leaves_room) {
    const std::string five = "auto_limit = \"5/week\"\n", three = "auto_limit = \"3/month\"\n";
    BOOST_TEST(!never_reached(kAuto + five, "approvers = [\"olivia\"]\n"));
    BOOST_TEST(!never_reached(kAuto + five, kAuto));
    BOOST_TEST(never_reached(kAuto + five, kAuto + three));
    BOOST_TEST(!never_reached(kAuto + three, kAuto + five));
    BOOST_TEST(never_reached(kAuto, kAuto + five));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(Limits)

BOOST_AUTO_TEST_CASE(a_rule_longer_than_its_role_names_both) {
    BOOST_TEST(warned(rule(kBoth, kBob, kAuto + "max_duration = \"2h\"\n")) ==
               "9: this rule says up to 2h, but the role dba of line 5 allows at most 1h\n");
    BOOST_TEST(warned(rule(kBoth, kBob, kAuto + "max_duration = \"1h\"\n")) == "");
}

BOOST_AUTO_TEST_CASE(approvals_that_only_the_requesters_could_give) {
    const auto nobody = [](const std::string& who, const std::string& lines) {
        return warned(rule(kRoot, who, lines)).find("nobody can get this approved") != std::string::npos;
    };
    BOOST_TEST(warned(rule(kRoot, kBob, "approvers = [\"bob\"]\n")) ==
               "9: nobody can get this approved: bob may ask, 1 of bob must agree, and who asks does not count\n");
    BOOST_TEST(nobody(kBob, "approvers = [\"bob\", \"olivia\"]\napprovals = 2\n"));
    BOOST_TEST(nobody(kTwo, "approvers = [\"bob\", \"carol\"]\napprovals = 2\n"));
    BOOST_TEST(nobody("\"principal:olivia\"", "approvers = [\"principal:olivia\"]\n"));
    BOOST_TEST(!nobody(kBob, "approvers = [\"bob\", \"olivia\"]\n"));
    BOOST_TEST(!nobody(kTwo, "approvers = [\"bob\"]\n"));
    BOOST_TEST(!nobody(kTwo, "approvers = [\"bob\", \"carol\"]\n"));
    BOOST_TEST(!nobody(kBob, "approvers = [\"@bob\"]\n"));
    BOOST_TEST(!nobody("\"@ops\"", "approvers = [\"@ops\"]\n"));
    BOOST_TEST(!nobody(kBob, kAuto));
}

BOOST_AUTO_TEST_CASE(an_idle_role_is_a_note_where_there_are_rules) {
    const auto notes = remarks(rule(kRoot, kBob)).notes;
    BOOST_REQUIRE(notes.size() == 1U);
    BOOST_TEST(notes[0].line == 5U);
    BOOST_TEST(notes[0].text.starts_with("role dba: no rule lets anybody ask for it"));
    BOOST_TEST(remarks("").notes.empty());
    BOOST_TEST(remarks(rule(kBoth, kBob)).notes.empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(Recording)

BOOST_AUTO_TEST_CASE(a_recorded_role_is_for_sudo_alone) {
    const auto noted = [](const std::string& services) {
        const auto policy = core::parse_policy("[role.dba]\nrun_as = [\"postgres\"]\nmax_duration = \"1h\"\nrecord = true\nservices = [" +
                                                   services + "]\n", "policy.toml");
        std::string out;
        for (const auto& remark : lint_policy(*policy, nullptr).notes) out += fmt::format("{}: {}\n", remark.line, remark.text);
        return out;
    };
    BOOST_TEST(noted(R"("sudo")") == "");
    BOOST_TEST(noted(R"("sudo", "su")") == "1: role dba: record = true: only sudo records, so su is refused for it\n");
    BOOST_TEST(noted(R"("sudo", "su", "sshd")") == "1: role dba: record = true: only sudo records, so su and sshd are refused for it\n");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(Names)

BOOST_AUTO_TEST_CASE(names_this_host_does_not_know) {
    core::Trust trust;
    trust.principals.push_back({"olivia", {"olivia"}});
    HostNames host{[](const std::string& name) { return name == "leads"; }, trust};
    const std::string known = rule(kBoth, "\"@leads\"", "approvers = [\"principal:olivia\"]\n");
    const std::string unknown = rule(kBoth, "\"@developers\"", "approvers = [\"@leads\", \"principal:carol\"]\n");
    BOOST_TEST(warned(known, &host) == "");
    BOOST_TEST(warned(unknown, &host) ==
               "9: @developers: this host has no group developers\n"
               "9: principal:carol: this host's trust.toml has no principal carol\n");
    BOOST_TEST(warned(unknown) == "");
    host.trust.reset();
    BOOST_TEST(warned(unknown, &host) == "9: @developers: this host has no group developers\n");
}

BOOST_AUTO_TEST_CASE(remarks_are_in_the_order_of_their_lines) {
    const HostNames host{[](const std::string&) { return false; }, std::nullopt};
    const std::string text = warned(rule(kRoot, "\"@ops\"", "approvers = [\"bob\"]\nmax_duration = \"9h\"\n") +
                                        rule(kRoot, "\"@ops\"") + rule("\"dba\"", kBob, "approvers = [\"bob\"]\n"),
                                    &host);
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) lines.push_back(text.substr(at, text.find(':', at) - at));
    BOOST_TEST(lines == (std::vector<std::string>{"9", "9", "14", "14", "18"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
