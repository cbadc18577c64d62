// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE denial_text
#include <boost/test/unit_test.hpp>
#include <set>

#include "core/decide.hpp"
#include "core/text.hpp"
#include "tests/support/world.hpp"

using namespace jit::core;
using namespace jit::test;

namespace {

std::string text(const World& world, const std::string& account = "alice", const std::string& service = "sudo",
                 std::optional<std::string> target = "root") {
    return denial_text(world.query(account, service, target), world.decide(account, service, target), world.config);
}

/** Everybody may ask for the role, for so long at most. */
void offer(World& world, const std::string& role, std::optional<Usec> most = {}) {
    Rule rule;
    rule.roles = {role};
    rule.who = {"@staff"};
    rule.max_duration = most;
    world.config.policy.rules.push_back(rule);
}

World offering() {
    World world;
    offer(world, "root");
    return world;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(DenialText)

BOOST_AUTO_TEST_CASE(the_front_door_says_why_and_what_to_type) {
    BOOST_TEST(text(offering()) ==
               "no grant lets alice use sudo on db-01. Ask for one: jitctl request root --for 30m --reason \"...\"");
}

BOOST_AUTO_TEST_CASE(what_is_proposed_is_what_a_rule_gives) {
    World world;
    BOOST_TEST(has(text(world), ". Ask an admin: jitctl grant alice --for 30m --reason \"...\""));
    offer(world, "dba");  // does not reach root
    BOOST_TEST(has(text(world), "Ask an admin: "));
    BOOST_TEST(has(text(world, "alice", "sudo", "postgres"), "jitctl request dba --for 30m "));
    BOOST_TEST(has(text(world, "alice", "sudo", std::nullopt), "jitctl request dba --for 30m "));  // the account phase
    offer(world, "root", 90min);
    offer(world, "root", 150s);
    BOOST_TEST(has(text(world), "jitctl request root --for 2m "));
    world.role("root").max_duration = 45s;
    BOOST_TEST(has(text(world), "jitctl request root --for 45s "));
    world.config.policy.rules[1].hosts = *HostPatterns::parse({"web-*"});
    world.config.policy.rules[2].hosts = world.config.policy.rules[1].hosts;
    BOOST_TEST(has(text(world), "Ask an admin: "));
}

BOOST_AUTO_TEST_CASE(of_whom_the_groups_are_known_only_their_own_rules_count) {
    const auto world = offering();
    const auto said = [&](const Member& who) {
        return denial_text(world.query("alice"), world.decide("alice"), world.config, &who);
    };
    BOOST_TEST(has(said({"alice", {"staff"}}), "jitctl request root "));
    BOOST_TEST(has(said({"alice", {}}), "Ask an admin: "));
}

BOOST_AUTO_TEST_CASE(a_host_without_a_name_is_this_host) {
    World world;
    world.config.host.name.clear();
    BOOST_TEST(has(text(world), "on this host."));
}

BOOST_AUTO_TEST_CASE(the_default_role_is_proposed_without_a_grant_and_the_grants_role_with_one) {
    auto world = offering();
    offer(world, "dba");
    world.role("dba").run_as = {"*"};
    world.config.settings.default_role = "dba";
    BOOST_TEST(has(text(world), "jitctl request dba "));
    world.file_grant("INC-1").ended(EndHow::revoked);
    BOOST_TEST(has(text(world), "jitctl request root "));
}

BOOST_AUTO_TEST_CASE(an_ended_grant_names_its_end) {
    World world;
    world.file_grant("INC-1").minutes(30);
    world.pass(45min);
    BOOST_TEST(has(text(world), "grant INC-1 of alice ended at 2026-11-22T12:30:00Z."));
}

BOOST_AUTO_TEST_CASE(a_target_out_of_reach_names_role_and_target) {
    World world;
    world.file_grant("INC-1").role("dba");
    BOOST_TEST(has(text(world), "role dba of alice does not reach sudo to root."));
    BOOST_TEST(has(text(world), "jitctl show INC-1"));
}

BOOST_AUTO_TEST_CASE(every_denial_has_a_clean_line_of_its_own_and_an_allow_has_none) {
    const World world;
    std::set<std::string> seen;
    for (int i = 0; i <= static_cast<int>(Code::permissive); ++i) {
        Decision decision;
        decision.code = static_cast<Code>(i);
        decision.grant = "INC-1";
        decision.role = "root";
        const auto line = denial_text(world.query("alice"), decision, world.config);
        BOOST_TEST(line.empty() == decision.allowed(), to_string(decision.code));
        if (line.empty()) continue;
        BOOST_TEST(is_clean(line), line);
        BOOST_TEST(line.back() != '.', line);
        BOOST_TEST(seen.insert(line).second, line);
    }
    Decision unknown;
    unknown.code = static_cast<Code>(99);
    BOOST_TEST(!denial_text(world.query("alice"), unknown, world.config).empty());
}

BOOST_AUTO_TEST_SUITE_END()
