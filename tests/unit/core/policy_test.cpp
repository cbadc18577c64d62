// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE policy
#include "core/policy.hpp"

#include <boost/test/unit_test.hpp>

using namespace jit::core;
using namespace std::chrono_literals;

namespace {

const std::string kRoot =
    "[role.root]\nrun_as = [\"root\"]\nservices = [\"sudo\", \"su\"]\nmax_duration = "
    "\"8h\"\n";  // lines 1 to 4

std::string error_of(const std::string& text) {
    const auto policy = parse_policy(text, "policy.toml");
    return policy ? "" : policy.error().text;
}
std::string rule_error(const std::string& lines) {
    return error_of(kRoot + "[[rule]]\nroles = [\"root\"]\nwho = [\"@developers\"]\n" + lines);
}
std::string role_error(const std::string& lines) { return error_of("[role.dba]\n" + lines); }

}  // namespace

BOOST_AUTO_TEST_SUITE(PolicyToml)

BOOST_AUTO_TEST_CASE(the_example_of_the_manual_is_read) {
    const auto policy = parse_policy(
        "[role.root]\ndescription = \"Root on this host\"\nrun_as = [\"root\"]\nservices = "
        "[\"sudo\", \"su\"]\n"
        "max_duration = \"8h\"\nmax_extension = \"0\"\non_end = \"terminate\"\nrecord = false\n"
        "[[rule]]\nroles = [\"root\"]\nwho = [\"@developers\", \"carol\"]\nhosts = "
        "[\"environment=staging\"]\n"
        "approval = \"auto\"\nmax_duration = \"1h\"\nreason = '(INC|CHG)-[0-9]+'\nhours = "
        "\"Mon..Fri 08:00-18:00\"\n"
        "auto_limit = \"5/week\"\n"
        "[[rule]]\nroles = [\"root\"]\nwho = [\"@developers\"]\napprovers = [\"@leads\", "
        "\"principal:olivia\"]\n"
        "approvals = 2\n",
        "policy.toml");
    BOOST_REQUIRE_MESSAGE(policy.has_value(), (policy ? "" : policy.error().text));
    const Role* root = policy->role("root");
    BOOST_REQUIRE(root != nullptr);
    BOOST_TEST(root->covers(Service::su));
    BOOST_TEST(!root->covers(Service::sshd));
    BOOST_TEST(root->covers("root"));
    BOOST_TEST(!root->covers("postgres"));
    BOOST_TEST((root->max_duration == 8h));
    BOOST_TEST((root->finish_limit == 24h));
    BOOST_REQUIRE(policy->rules.size() == 2U);
    BOOST_TEST(policy->rules[0].automatic);
    BOOST_TEST(policy->rules[0].line == 9U);
    BOOST_TEST((policy->rules[0].max_duration == 1h));
    BOOST_TEST(policy->rules[0].reason == "(INC|CHG)-[0-9]+");
    BOOST_TEST(!policy->rules[1].automatic);
    BOOST_TEST(policy->rules[1].approvals == 2U);
    BOOST_TEST(!policy->rules[1].hosts.has_value());
    BOOST_TEST(policy->role("dba") == nullptr);
}

BOOST_AUTO_TEST_CASE(a_star_runs_as_anybody) {
    const auto policy = parse_policy(
        "[role.any]\nrun_as = [\"*\"]\nservices = [\"sudo\"]\nmax_duration = \"1h\"\n", "p");
    BOOST_TEST(policy->role("any")->covers("postgres"));
    BOOST_TEST(error_of("[role.mail]\nrun_as = [\"Debian-exim\"]\nservices = "
                        "[\"sudo\"]\nmax_duration = \"1h\"\n") == "");
}

BOOST_AUTO_TEST_CASE(an_empty_policy_has_no_role) {
    BOOST_TEST(parse_policy("", "p")->roles.empty());
}

BOOST_AUTO_TEST_CASE(fields_of_a_role_are_checked) {
    const std::string run_as = "run_as = [\"postgres\"]\n", services = "services = [\"sudo\"]\n",
                      most = "max_duration = \"1h\"\n";
    BOOST_TEST(role_error(run_as + services + most) == "");
    for (const std::string& lines :
         {services + most, run_as + most, run_as + services, "run_as = []\n" + services + most,
          "run_as = [\"a b\"]\n" + services + most,
          "run_as = [\"postgres\", \"postgres\"]\n" + services + most,
          run_as + "services = []\n" + most, run_as + "services = [\"login\"]\n" + most,
          run_as + services + "max_duration = \"0\"\n",
          run_as + services + "max_duration = \"8\"\n",
          run_as + services + most + "max_extension = 1\n",
          run_as + services + most + "on_end = \"stop\"\n",
          run_as + services + most + "record = 1\n",
          run_as + services + most + "description = \"\"\n",
          run_as + services + most + "max_durations = \"1h\"\n",
          run_as + services + most + "own_login = \"true\"\n"}) {
        BOOST_TEST(role_error(lines).starts_with("policy.toml:"), lines);
    }
    BOOST_TEST(error_of("[role.Root]\n" + run_as + services + most).find("is no role name") !=
               std::string::npos);
    BOOST_TEST(error_of("role = 1\n") != "");
    BOOST_TEST(error_of("[roles.dba]\n" + run_as) != "");
}

BOOST_AUTO_TEST_CASE(fields_of_a_rule_are_checked) {
    BOOST_TEST(rule_error("approval = \"auto\"\n") == "");
    BOOST_TEST(rule_error("approvers = [\"olivia\"]\n") == "");
    for (const char* lines : {"",
                              "approval = \"manual\"\n",
                              "approval = \"auto\"\napprovers = [\"olivia\"]\n",
                              "approvers = []\n",
                              "approvers = [\"@\"]\n",
                              "approvers = [\"principal:\"]\n",
                              "approvers = [\"group:x\"]\n",
                              "approvers = [\"olivia\"]\napprovals = 0\n",
                              "approvers = [\"olivia\"]\napprovals = 2\n",
                              "approvers = [\"@leads\"]\napprovals = 17\n",
                              "approval = \"auto\"\napprovals = 1\n",
                              "approvers = [\"olivia\"]\nauto_limit = \"5/week\"\n",
                              "approval = \"auto\"\nauto_limit = \"5\"\n",
                              "approval = \"auto\"\nhours = \"always\"\n",
                              "approval = \"auto\"\nreason = \"(\"\n",
                              "approval = \"auto\"\nreason = \"[z-a]\"\n",
                              "approval = \"auto\"\nticket = \"*(\"\n",
                              "approval = \"auto\"\nhosts = []\n",
                              "approval = \"auto\"\nhosts = [\"a b\"]\n",
                              "approval = \"auto\"\nmax_duration = \"0\"\n",
                              "approval = \"auto\"\nmax_time = \"1h\"\n",
                              "approval = \"auto\"\nwho = [\"carol\"]\n"}) {
        BOOST_TEST(rule_error(lines).starts_with("policy.toml:"), lines);
    }
    BOOST_TEST(
        error_of(kRoot + "[[rule]]\nroles = [\"dba\"]\nwho = [\"carol\"]\napproval = \"auto\"\n")
            .starts_with("policy.toml:6:9: roles: \"dba\" has no [role.dba] table"));
    BOOST_TEST(error_of(kRoot + "[[rule]]\nroles = []\nwho = [\"carol\"]\napproval = \"auto\"\n") !=
               "");
    BOOST_TEST(
        error_of(kRoot + "[[rule]]\nroles = [\"root\"]\nwho = [\"*\"]\napproval = \"auto\"\n") !=
        "");
    BOOST_TEST(error_of(kRoot +
                        "[[rule]]\nroles = [\"root\"]\nwho = [\"Carol\"]\napproval = \"auto\"\n") !=
               "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(Services)

BOOST_AUTO_TEST_CASE(pam_services_belong_to_three_services) {
    BOOST_TEST((service_from_pam("sudo-i") == Service::sudo));
    BOOST_TEST((service_from_pam("su-l") == Service::su));
    BOOST_TEST((service_from_pam("sshd") == Service::sshd));
    for (const char* other : {"", "login", "sudo_i", "cron", "SUDO"})
        BOOST_TEST(!service_from_pam(other).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
