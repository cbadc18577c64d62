// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE grant_limits
#include <boost/test/unit_test.hpp>

#include "tests/support/grant_files.hpp"

// Which grants of an accepted file hold on this host, and which are dropped with what code.

using namespace jit::core;
using namespace jit::test;

namespace {

/** The code under which the only grant is dropped, "" when it is kept. */
std::string dropped(const Fleet& fleet, const GrantText& grant = {}, std::string signature = {}) {
    const std::string content = with_grant(grant);
    if (signature.empty()) signature = fleet.olivia.sign(content);
    const auto file = fleet.load(content, signature);
    BOOST_REQUIRE_MESSAGE(file.has_value(), (file ? "" : file.error().text));
    BOOST_REQUIRE(file->grants.size() + file->dropped.size() == 1U);
    if (file->dropped.empty()) return "";
    BOOST_TEST(file->dropped[0].line == 7U);
    BOOST_TEST(file->dropped[0].text.starts_with("grants.toml:7: grant INC-1-alice: "));
    return file->dropped[0].code;
}

std::string dropped_with(const std::vector<const TestKey*>& signers, const Fleet& fleet,
                         const GrantText& grant = {}) {
    std::string signature;
    for (const TestKey* signer : signers) signature += signer->sign(with_grant(grant));
    return dropped(fleet, grant, signature);
}

GrantText for_user(const std::string& user) {
    GrantText grant;
    grant.user = "\"" + user + "\"";
    return grant;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(GrantLimits)

BOOST_AUTO_TEST_CASE(s53_a_grant_beyond_its_key_is_dropped) {
    Fleet fleet;
    BOOST_TEST(dropped(fleet) == "");
    fleet.trust.keys[0].roles = {"dba", "db-*"};
    BOOST_TEST(dropped(fleet) == "LIMIT");
    fleet.trust.keys[0].roles = {"ro*"};
    BOOST_TEST(dropped(fleet) == "");
    fleet.trust.keys[0].max_duration = 30min;
    BOOST_TEST(dropped(fleet) == "");
    fleet.trust.keys[0].max_duration = 30min - 1s;
    BOOST_TEST(dropped(fleet) == "LIMIT");
    fleet.trust.keys[0].max_duration = 8h;
    fleet.trust.keys[0].hosts = *HostPatterns::parse({"environment=staging"});
    BOOST_TEST(dropped(fleet) == "LIMIT");
    fleet.trust.keys[0].hosts = *HostPatterns::parse({"environment=staging", "db-*"});
    BOOST_TEST(dropped(fleet) == "");
}

BOOST_AUTO_TEST_CASE(a_grant_must_fit_every_key_that_counts) {
    Fleet fleet;
    fleet.trust.keys[1].max_duration = 10min;
    BOOST_TEST(dropped_with({&fleet.olivia, &fleet.carol}, fleet) == "LIMIT");
    fleet.trust.keys[1].revoked = true;
    BOOST_TEST(dropped_with({&fleet.olivia, &fleet.carol}, fleet) == "");
}

BOOST_AUTO_TEST_CASE(a_grant_beyond_its_role_is_dropped) {
    Fleet fleet;
    fleet.policy.roles.at("root").max_duration = 30min;
    BOOST_TEST(dropped(fleet) == "");
    fleet.policy.roles.at("root").max_duration = 30min - 1us;
    BOOST_TEST(dropped(fleet) == "LIMIT");
}

BOOST_AUTO_TEST_CASE(a_grant_of_an_unknown_role_waits_for_the_role) {
    Fleet fleet;
    fleet.policy.roles.clear();
    BOOST_TEST(dropped(fleet) == "");
}

BOOST_AUTO_TEST_CASE(the_signed_window_counts_not_the_one_the_file_leaves) {
    Fleet fleet;
    GrantText grant;
    grant.not_before = "2026-11-23T11:00:00Z";
    grant.not_after = "2026-11-23T20:00:00Z";
    BOOST_TEST(dropped(fleet, grant) == "LIMIT");
}

BOOST_AUTO_TEST_CASE(nobody_signs_for_themselves) {
    Fleet fleet;
    for (const char* user : {"olivia", "olivia-adm"}) {
        BOOST_TEST(dropped(fleet, for_user(user)) == "SELF", user);
        BOOST_TEST(dropped_with({&fleet.olivia, &fleet.carol}, fleet, for_user(user)) == "", user);
    }
    BOOST_TEST(dropped(fleet, for_user("carol")) == "");
    fleet.trust.keys[0].allow_self = true;
    BOOST_TEST(dropped(fleet, for_user("olivia")) == "");
}

BOOST_AUTO_TEST_CASE(the_threshold_must_hold_without_the_person_concerned) {
    Fleet fleet;
    fleet.trust.grant_threshold = 2;
    BOOST_TEST(dropped_with({&fleet.olivia, &fleet.carol}, fleet, for_user("olivia")) == "SELF");
    BOOST_TEST(dropped_with({&fleet.olivia, &fleet.carol}, fleet) == "");
}

BOOST_AUTO_TEST_CASE(a_threshold_of_none_is_one) {
    Fleet fleet;
    fleet.trust.grant_threshold = 0;
    BOOST_TEST(dropped(fleet, for_user("olivia")) == "SELF");
    fleet.trust.keys[0].revoked = true;
    BOOST_TEST(fleet.code(with_grant(GrantText())) == "KEY_REVOKED");
}

BOOST_AUTO_TEST_CASE(a_signature_that_does_not_count_is_not_named) {
    const Fleet fleet;
    const std::string content = with_grant(for_user("olivia"));
    const auto file = fleet.load(content, fleet.olivia.sign(content) + fleet.carol.sign(content));
    BOOST_REQUIRE(file.has_value());
    BOOST_TEST((file->grants.at(0).keys == std::vector<std::string>{"carol-2026"}));
    BOOST_TEST((file->grants.at(0).approvers == std::vector<std::string>{"carol"}));
}

BOOST_AUTO_TEST_CASE(an_account_without_principal_is_its_own) {
    Fleet fleet;
    fleet.trust.keys[0].principal = "alice";
    BOOST_TEST(dropped(fleet) == "SELF");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(GrantHosts)

BOOST_AUTO_TEST_CASE(grants_of_other_hosts_leave_no_trace) {
    FileText text;
    int id = 0;
    for (const char* hosts : {"[\"db-*\"]", "[\"web-*\"]", "[\"environment=production\"]",
                              "[\"environment=staging\"]"}) {
        GrantText grant;
        grant.id = "\"g" + std::to_string(id++) + "\"";
        grant.hosts = hosts;
        text.grants += grant.str();
    }
    const auto file = Fleet().load(text.str());
    BOOST_REQUIRE(file.has_value());
    BOOST_TEST(file->total == 4U);
    BOOST_TEST(file->dropped.empty());
    BOOST_REQUIRE(file->grants.size() == 2U);
    BOOST_TEST(file->grants[0].id == "g0");
    BOOST_TEST(file->grants[1].id == "g2");
}

BOOST_AUTO_TEST_CASE(without_a_host_nothing_is_judged_by_it) {
    const Fleet fleet;
    GrantText grant;
    grant.hosts = "[\"web-*\"]";
    const std::string content = with_grant(grant), signature = fleet.olivia.sign(content);
    Trust trust = fleet.trust;
    trust.keys[0].hosts = *HostPatterns::parse({"nowhere"});
    MemorySource source(content);
    const auto file =
        load_grant_file({source, signature, "grants.toml", trust, nullptr, nullptr, kNow});
    BOOST_REQUIRE(file.has_value());
    BOOST_TEST(file->grants.size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_id_is_used_once_in_the_whole_file) {
    FileText text;
    GrantText other;
    other.hosts = "[\"web-*\"]";
    text.grants = GrantText().str() + GrantText().str() + other.str();
    const auto file = Fleet().load(text.str());
    BOOST_REQUIRE(file.has_value());
    BOOST_TEST(file->grants.size() == 1U);
    BOOST_REQUIRE(file->dropped.size() == 1U);
    BOOST_TEST(file->dropped[0].code == "DUPLICATE");
    BOOST_TEST(file->dropped[0].line == 17U);
    text.grants = other.str() + GrantText().str();
    const auto second = Fleet().load(text.str());
    BOOST_REQUIRE(second.has_value());
    BOOST_TEST(second->grants.empty());
    BOOST_TEST(second->dropped.at(0).code == "DUPLICATE");
}

BOOST_AUTO_TEST_CASE(thousands_of_ids_are_told_apart) {
    FileText text;
    for (int i = 0; i < 5000; ++i) {
        GrantText grant;
        grant.id = "\"g" + std::to_string(i % 4000) + "\"";
        text.grants += grant.str();
    }
    const auto file = Fleet().load(text.str());
    BOOST_REQUIRE(file.has_value());
    BOOST_TEST(file->grants.size() == 4000U);
    BOOST_TEST(file->dropped.size() == 1000U);
}

BOOST_AUTO_TEST_SUITE_END()
