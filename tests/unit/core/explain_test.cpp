// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE explain
#include "core/explain.hpp"

#include <boost/test/unit_test.hpp>

#include "core/rules.hpp"
#include "tests/support/asking_world.hpp"

using namespace jit::core;
using namespace jit::test;

namespace {

Explanation explained(const AskingWorld& world, const std::string& account = "alice") {
    return explain(world.query(account), {account, {}}, {std::chrono::Sunday, 12h}, world.state, world.config, world.now);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Explained)

BOOST_AUTO_TEST_CASE(the_rule_and_the_next_step_are_named_in_each_state) {
    AskingWorld world;
    auto answer = explained(world);
    BOOST_TEST(answer.rule == "policy.toml:20");
    BOOST_TEST(answer.next == "jitctl request root --for 30m --reason \"...\"");

    const auto id = world.asked("alice");
    answer = explained(world);
    BOOST_TEST(to_string(answer.decision.code) == "PENDING");
    BOOST_TEST(answer.rule == "policy.toml:20");
    BOOST_TEST(answer.request == id);
    BOOST_TEST(answer.next == "one of carol, dave, alice-adm, principal:olivia runs: jitctl approve " + id);

    (void)world.step(DenyEvent{id, "not tonight", plain("carol")});
    answer = explained(world);
    BOOST_TEST(to_string(answer.decision.code) == "NO_GRANT");
    BOOST_TEST(answer.text.ends_with(" carol denied request " + id + ": not tonight."));
    BOOST_TEST(answer.next == "jitctl request root --for 30m --reason \"...\"");

    const auto second = world.asked("alice");
    (void)world.approve("carol", second);
    (void)world.approve("olivia", second);
    answer = explained(world);
    BOOST_TEST(answer.decision.allowed());
    BOOST_TEST(answer.rule == "policy.toml:20");
    BOOST_TEST(answer.request == second);
    BOOST_TEST(answer.next.empty());

    world.pass(30min);
    (void)world.tick();
    answer = explained(world);
    BOOST_TEST(to_string(answer.decision.code) == "EXPIRED");
    BOOST_TEST(answer.next == "jitctl request root --for 30m --reason \"...\"");
}

BOOST_AUTO_TEST_CASE(who_may_not_ask_is_sent_to_an_admin) {
    AskingWorld world;
    const auto answer = explained(world, "carol");
    BOOST_TEST(answer.rule.empty());
    BOOST_TEST(answer.next == "an admin runs: jitctl grant carol --for 30m --reason \"...\"");
    BOOST_TEST(!may_ever_ask({"carol", {}}, world.config));
    BOOST_TEST(may_ever_ask({"alice", {}}, world.config));
    world.config.policy.rules[1].who = {"@developers"};
    BOOST_TEST(may_ever_ask({"carol", {"developers"}}, world.config));
}

BOOST_AUTO_TEST_CASE(roles_that_may_be_asked_for) {
    AskingWorld world;
    const LocalTime sunday{std::chrono::Sunday, 12h};
    const auto roles = askable({"alice", {}}, sunday, world.state, world.config, world.now);
    BOOST_REQUIRE(roles.size() == 2U);
    BOOST_TEST(roles[0].role->name == "dba");
    BOOST_TEST(name_of(*roles[1].rule) == "policy.toml:20");
    world.config.policy.rules[1].hours = "Mon 00:00-24:00";
    BOOST_TEST(askable({"alice", {}}, sunday, world.state, world.config, world.now).size() == 1U);
}

BOOST_AUTO_TEST_CASE(roles_held_are_what_sudoers_matches) {
    AskingWorld world;
    const auto held = [&](const std::string& account = "alice") {
        std::string out;
        for (const auto& role : held_roles(account, uid_of(account), world.state, world.config, world.now)) out += role + " ";
        return out;
    };
    BOOST_TEST(held() == "");
    (void)world.asked("alice", "dba");
    BOOST_TEST(held() == "dba ");
    const auto id = world.asked("alice");
    BOOST_TEST(held() == "dba ");
    (void)world.approve("carol", id);
    (void)world.approve("olivia", id);
    BOOST_TEST(held().size() == std::string("dba root ").size());
    BOOST_TEST(held("bob") == "");
    BOOST_TEST(held_roles("alice", 1002, world.state, world.config, world.now).empty());  // another uid
    world.lock("alice");
    BOOST_TEST(held() == "");
    world.state.locks.clear();
    world.set_clock(-121s);
    BOOST_TEST(held() == "");
    world.set_clock(121s);
    world.role("root").services = {Service::su};
    BOOST_TEST(held() == "dba ");
    world.pass(30min);
    BOOST_TEST(held() == "");
}

BOOST_AUTO_TEST_CASE(a_new_policy_judges_what_waits) {
    AskingWorld world;
    const auto first = world.asked("alice"), second = world.asked("bob");
    const auto judged = [&](std::vector<std::string> known) {
        PolicyEvent event;
        for (const auto& id : known) {
            event.requests[id] = {{world.state.request(id)->account, {}}, {std::chrono::Sunday, 12h}};
        }
        return world.step(event);
    };
    BOOST_TEST(judged({first, second}).changes.empty());
    world.config.policy.rules[1].who = {"alice"};
    world.config.policy.rules[1].approvals = 3;
    world.config.policy.rules[1].line = 21;
    BOOST_TEST(judged({}).changes.empty());  // nothing is known of anybody yet
    const auto out = judged({first, second});
    BOOST_TEST(kinds(out) == "request.denied");
    BOOST_TEST(field(out, "JIT_CODE") == "CONFIG");
    BOOST_TEST(world.state_of(second) == "denied");
    BOOST_TEST(world.state.request(first)->needed == 3U);
    BOOST_TEST(world.state.request(first)->rule == "policy.toml:21");
    world.config.policy.rules[1].automatic = true;
    BOOST_TEST(kinds(judged({first})) == "request.denied");
}

BOOST_AUTO_TEST_CASE(the_use_of_a_grant_is_remembered_for_the_next_approver) {
    AskingWorld world;
    const auto id = world.asked("alice");
    (void)world.approve("carol", id);
    (void)world.approve("olivia", id);
    const auto grant = world.state.request(id)->grant;
    const auto opened = world.now.wall;
    for (int i = 0; i < 3; ++i) {
        world.session(kSession, grant).target = i == 2 ? "postgres" : "root";
        world.pass(1min);
        (void)world.step(EmptyEvent{kSession});
    }
    world.session(kOtherSession, grant).state = SessionState::opening;  // never came to its scope
    (void)world.step(EmptyEvent{kOtherSession});
    const auto& use = world.state.uses.at("alice");
    BOOST_TEST(use.grant == grant);
    BOOST_TEST(use.sessions == 3U);
    BOOST_TEST(use.terminated == 0U);
    BOOST_TEST((use.first == opened));
    BOOST_TEST((use.last == opened + 3min));
    BOOST_TEST((use.targets == std::vector<std::string>{"sudo to root", "sudo to postgres"}));
}

BOOST_AUTO_TEST_SUITE_END()
