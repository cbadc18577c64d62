// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE policy_words
#include "jitctl/policy_words.hpp"

#include <boost/test/unit_test.hpp>

using namespace jit;
using namespace jit::ctl;

namespace {

const std::string kRoot = "[role.root]\nrun_as = [\"root\"]\nservices = [\"sudo\", \"su\"]\nmax_duration = \"8h\"\n";
const std::string kBoth = kRoot + "[role.dba]\nrun_as = [\"postgres\"]\nservices = [\"sudo\"]\nmax_duration = \"1h\"\n";

core::Policy policy(const std::string& text) {
    auto parsed = core::parse_policy(text, "policy.toml");
    BOOST_REQUIRE_MESSAGE(parsed.has_value(), (parsed ? "" : parsed.error().text));
    return *parsed;
}

std::string role(const std::string& lines) { return role_words(policy("[role.r]\n" + lines).roles.at("r")); }

std::string rule(const std::string& who, const std::string& lines) {
    return rule_words(policy(kBoth + "[[rule]]\nroles = [\"root\"]\nwho = " + who + "\n" + lines).rules.at(0));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(RoleWords)

BOOST_AUTO_TEST_CASE(the_example_of_the_manual) {
    BOOST_TEST(role_words(policy(kRoot + "max_extension = \"1h\"\n").roles.at("root")) ==
               "become root by sudo and su, for at most 8h; may be extended by up to 1h; at the end: TERM and HUP, then KILL");
}

BOOST_AUTO_TEST_CASE(every_field_has_its_words) {
    const std::string most = "max_duration = \"2h\"\n";
    BOOST_TEST(role("run_as = [\"postgres\", \"www-data\", \"git\"]\nservices = [\"sudo\"]\non_end = \"kill\"\n" + most) ==
               "become postgres, www-data or git by sudo, for at most 2h; may not be extended; at the end: KILL at once");
    BOOST_TEST(role("run_as = [\"*\"]\nservices = [\"su\"]\non_end = \"finish\"\nfinish_limit = \"4h\"\n" + most) ==
               "become any account by su, for at most 2h; may not be extended; at the end: nothing new may begin, what runs "
               "may end by itself within 4h");
    BOOST_TEST(role("run_as = [\"root\"]\nservices = [\"sudo\"]\nrecord = true\nown_login = true\n" + most)
                   .ends_with("then KILL; sessions are recorded; only for who logged in as themselves"));
}

BOOST_AUTO_TEST_CASE(ssh_is_a_login_and_no_way_to_become_somebody) {
    BOOST_TEST(role("run_as = [\"root\"]\nservices = [\"sshd\"]\nmax_duration = \"2h\"\n")
                   .starts_with("log in by ssh as root, for at most 2h;"));
    BOOST_TEST(role("run_as = [\"root\"]\nservices = [\"sudo\", \"sshd\"]\nmax_duration = \"2h\"\n")
                   .starts_with("become root by sudo, or log in by ssh as root, for at most 2h;"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(RuleWords)

BOOST_AUTO_TEST_CASE(the_examples_of_the_manual) {
    BOOST_TEST(rule("[\"@developers\", \"carol\"]",
                    "hosts = [\"environment=staging\"]\nhours = \"Mon..Fri 08:00-18:00\"\napproval = \"auto\"\n"
                    "auto_limit = \"5/week\"\nmax_duration = \"1h\"\nreason = '(INC|CHG)-[0-9]+'\n") ==
               "members of group developers, and carol, may ask for root on hosts with environment=staging, Mon..Fri "
               "08:00-18:00: granted at once, at most 5 times a week per person, up to 1h, with a reason that has "
               "(INC|CHG)-[0-9]+ in it");
    BOOST_TEST(rule("[\"@developers\"]", "approvers = [\"@leads\", \"principal:olivia\"]\napprovals = 2\n") ==
               "members of group developers may ask for root: granted when 2 different people of: members of group leads, "
               "the person olivia, agree");
}

BOOST_AUTO_TEST_CASE(people_are_told_apart_from_groups) {
    BOOST_TEST(people_words({"carol"}) == "carol");
    BOOST_TEST(people_words({"alice", "bob", "carol"}) == "alice, bob and carol");
    BOOST_TEST(people_words({"principal:olivia"}) == "the person olivia");
    BOOST_TEST(people_words({"@ops", "bob", "principal:olivia"}) == "members of group ops, bob, and the person olivia,");
}

BOOST_AUTO_TEST_CASE(hosts_are_named_or_have_labels) {
    const auto hosts = [](const std::string& list) { return rule("[\"carol\"]", "approval = \"auto\"\nhosts = " + list + "\n"); };
    BOOST_TEST(hosts("[\"db-*\"]") == "carol may ask for root on hosts named db-*: granted at once");
    BOOST_TEST(hosts("[\"db-*\", \"environment=production,tier=db\"]") ==
               "carol may ask for root on hosts named db-* or with environment=production and tier=db: granted at once");
    BOOST_TEST(hosts("[\"db-*,tier=db\"]") == "carol may ask for root on hosts named db-* and with tier=db: granted at once");
    BOOST_TEST(hosts("[\"db-*\", \"*\"]") == "carol may ask for root on any host: granted at once");
}

BOOST_AUTO_TEST_CASE(hours_limits_and_tickets) {
    BOOST_TEST(rule("[\"carol\"]", "approval = \"auto\"\nhours = \"08:00-18:00\"\nauto_limit = \"1/hour\"\nticket = '^CHG'\n") ==
               "carol may ask for root, every day 08:00-18:00: granted at once, at most once an hour per person, with a ticket "
               "that has ^CHG in it");
}

BOOST_AUTO_TEST_CASE(who_must_agree) {
    const auto by = [](const std::string& lines) { return rule("[\"carol\"]", lines); };
    const std::string begin = "carol may ask for root: granted when ";
    BOOST_TEST(by("approvers = [\"olivia\"]\n") == begin + "olivia agrees");
    BOOST_TEST(by("approvers = [\"@leads\"]\n") == begin + "a member of group leads agrees");
    BOOST_TEST(by("approvers = [\"@leads\"]\napprovals = 3\n") == begin + "3 different members of group leads agree");
    BOOST_TEST(by("approvers = [\"olivia\", \"bob\"]\n") == begin + "1 person of: olivia, bob, agrees");
}

BOOST_AUTO_TEST_CASE(several_roles_are_a_choice) {
    BOOST_TEST(rule_words(policy(kBoth + "[[rule]]\nroles = [\"root\", \"dba\"]\nwho = [\"carol\"]\napproval = \"auto\"\n")
                              .rules.at(0)) == "carol may ask for root or dba: granted at once");
}

BOOST_AUTO_TEST_SUITE_END()
