// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE step_request
#include <boost/test/unit_test.hpp>

#include "core/take_back.hpp"
#include "tests/support/asking_world.hpp"

using namespace jit::core;
using namespace jit::test;

BOOST_AUTO_TEST_SUITE(StepRequest)

BOOST_AUTO_TEST_CASE(a_request_waits_for_the_people_of_its_rule) {
    AskingWorld world;
    const auto event = world.asks("alice");
    const auto out = world.step(event);
    BOOST_TEST(!out.refused.has_value());
    BOOST_TEST(out.lasts);
    BOOST_TEST(!out.widens);
    BOOST_TEST(kinds(out) == "request.created");
    BOOST_TEST(field(out, "JIT_REQUEST") == event.id);
    BOOST_TEST(field(out, "JIT_ACTOR") == "alice");
    BOOST_TEST(field(out, "JIT_RULE") == "policy.toml:20");
    BOOST_TEST(field(out, "JIT_DURATION") == "30min");
    BOOST_TEST(field(out, "JIT_REASON") == "INC-1 replace disk");
    BOOST_TEST(only<Announce>(out.actions).at(0).what == "request");
    const auto* request = world.state.request(event.id);
    BOOST_REQUIRE(request);
    BOOST_TEST(request->needed == 2U);
    BOOST_TEST(request->approvers.size() == 4U);
    BOOST_TEST((request->expires == world.now.wall + 1h));
    BOOST_TEST(world.code("alice") == "PENDING");
    BOOST_TEST(world.code("alice", "sudo", "postgres") == "NO_GRANT");
    const auto decision = world.decide("alice");
    BOOST_TEST(decision.request == event.id);
    BOOST_TEST(denial_text(world.query("alice"), decision, world.config) ==
               "request " + event.id + " of alice for role root waits for 2 of carol, dave, alice-adm, principal:olivia. Wait for "
               "it: jitctl wait " + event.id);
}

BOOST_AUTO_TEST_CASE(a_rule_that_approves_gives_the_grant_at_once) {
    AskingWorld world;
    const auto event = world.asks("alice", "dba");
    const auto out = world.step(event);
    BOOST_TEST(kinds(out) == "request.created request.approved grant.created grant.activated");
    BOOST_TEST(out.widens);
    const auto* grant = world.state.grant(event.grant);
    BOOST_REQUIRE(grant);
    BOOST_TEST(to_string(grant->origin) == "request");
    BOOST_TEST(grant->request == event.id);
    BOOST_TEST(grant->approvers.empty());
    BOOST_TEST(world.code("alice", "sudo", "postgres") == "GRANT");
    BOOST_TEST(world.state.request(event.id)->grant == event.grant);
    // Should its record not be accepted, the grant is ended for ever.
    for (const auto& change : taken_back(out, world.state)) apply(world.state, change);
    BOOST_TEST(world.code("alice", "sudo", "postgres") == "REVOKED");
    BOOST_TEST(out.take_back.records.size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_limit_of_automatic_approvals_is_a_persons) {
    AskingWorld world;
    for (const char* account : {"alice", "alice-adm", "alice"}) BOOST_TEST(world.state_of(world.asked(account, "dba")) == "approved");
    BOOST_TEST(world.asked("alice", "dba") == "AccessDenied");
    BOOST_TEST(world.asked("alice-adm", "dba") == "AccessDenied");
    BOOST_TEST(world.state_of(world.asked("bob", "dba")) == "approved");
    world.pass(24h - 1us);
    BOOST_TEST(world.asked("alice", "dba") == "AccessDenied");
    world.pass(1us);
    BOOST_TEST(world.state_of(world.asked("alice", "dba")) == "approved");
}

BOOST_AUTO_TEST_CASE(what_can_not_be_asked_for_is_refused_and_leaves_nothing) {
    const auto refused = [](auto change) {
        AskingWorld world;
        auto event = world.asks("alice");
        change(world, event);
        const auto out = world.step(event);
        BOOST_TEST(out.changes.empty());
        BOOST_TEST(out.records.empty());
        return refusal(out);
    };
    BOOST_TEST(refused([](auto&, auto& e) { e.role = "nonesuch"; }) == "RoleUnknown");
    BOOST_TEST(refused([](auto&, auto& e) { e.actor = plain("carol"); }) == "AccessDenied");
    BOOST_TEST(refused([](auto&, auto& e) { e.actor = root_as("alice"); }) == "InvalidArgument");
    BOOST_TEST(refused([](auto&, auto& e) { e.duration = 0s; }) == "InvalidArgument");
    BOOST_TEST(refused([](auto&, auto& e) { e.duration = 1500ms; }) == "InvalidArgument");
    BOOST_TEST(refused([](auto&, auto& e) { e.duration = 8h + 1s; }) == "Limit");
    BOOST_TEST(refused([](auto&, auto& e) { e.duration = Usec::max(); }) != "");
    BOOST_TEST(refused([](auto&, auto& e) { e.reason = "  "; }) == "InvalidArgument");
    BOOST_TEST(refused([](auto&, auto& e) { e.reason = "two\nlines"; }) == "InvalidArgument");
    BOOST_TEST(refused([](auto&, auto& e) { e.reason = std::string(513, 'r'); }) == "InvalidArgument");
    BOOST_TEST(refused([](auto&, auto& e) { e.ticket = std::string(65, 't'); }) == "InvalidArgument");
    BOOST_TEST(refused([](auto& w, auto& e) { e.start = w.now.wall + kMaxStart + 1s; }) == "InvalidArgument");
    BOOST_TEST(refused([](auto& w, auto& e) { e.start = w.now.wall - 61s; }) == "InvalidArgument");
    BOOST_TEST(refused([](auto& w, auto&) { w.lock("alice"); }) == "Locked");
    BOOST_TEST(refused([](auto& w, auto&) { w.state.needs_recovery = true; }) == "Recovery");
    BOOST_TEST(refused([](auto& w, auto&) { w.set_clock(-121s); }) == "ClockBack");
    BOOST_TEST(refused([](auto& w, auto&) { w.config.policy.rules[1].max_duration = 29min; }) == "Limit");
    BOOST_TEST(refused([](auto& w, auto&) { w.config.policy.rules[1].reason = "CHG-[0-9]+"; }) == "InvalidArgument");
    BOOST_TEST(refused([](auto& w, auto&) { w.config.policy.rules[1].ticket = "^INC"; }) == "InvalidArgument");
    BOOST_TEST(refused([](auto& w, auto&) { w.config.policy.rules[1].hours = "Mon..Fri 08:00-18:00"; }) == "AccessDenied");
    BOOST_TEST(refused([](auto& w, auto&) { w.config.policy.rules[1].hosts = *HostPatterns::parse({"web-*"}); }) == "AccessDenied");
    BOOST_TEST(refused([](auto&, auto& e) { e.kind = RequestKind::breakglass; }) == "AccessDenied");
}

BOOST_AUTO_TEST_CASE(a_pattern_is_searched_and_blanks_at_the_ends_go) {
    AskingWorld world;
    world.config.policy.rules[1].reason = "(INC|CHG)-[0-9]+";
    auto event = world.asks("alice");
    event.reason = "  see INC-77, please ";
    BOOST_TEST(refusal(world.step(event)).empty());
    BOOST_TEST(world.state.request(event.id)->reason == "see INC-77, please");
}

BOOST_AUTO_TEST_CASE(quotas_hold_for_one_account_for_all_and_for_a_minute) {
    AskingWorld world;
    for (int i = 0; i < 4; ++i) BOOST_TEST(world.state_of(world.asked("alice")) == "pending");
    BOOST_TEST(world.asked("alice") == "LimitsExceeded");
    world.config.settings.pending_total = 5;
    BOOST_TEST(world.state_of(world.asked("bob")) == "pending");
    BOOST_TEST(world.asked("bob") == "LimitsExceeded");

    AskingWorld busy;
    for (int i = 0; i < 10; ++i) {
        const auto id = busy.asked("alice");
        BOOST_TEST(refusal(busy.step(WithdrawEvent{id, plain("alice")})).empty());
    }
    BOOST_TEST(busy.asked("alice") == "LimitsExceeded");
    BOOST_TEST(busy.state_of(busy.asked("bob")) == "pending");
    busy.pass(60s);
    BOOST_TEST(busy.state_of(busy.asked("alice")) == "pending");
}

BOOST_AUTO_TEST_CASE(a_request_is_taken_back_by_who_made_it) {
    AskingWorld world;
    const auto id = world.asked("alice");
    BOOST_TEST(refusal(world.step(WithdrawEvent{id, plain("bob")})) == "NotFound");
    BOOST_TEST(refusal(world.step(WithdrawEvent{id, plain("carol")})) == "AccessDenied");
    const auto out = world.step(WithdrawEvent{id, plain("alice")});
    BOOST_TEST(kinds(out) == "request.withdrawn");
    BOOST_TEST(field(out, "JIT_ACTOR") == "alice");
    BOOST_TEST(refusal(world.step(WithdrawEvent{id, plain("alice")})) == "AlreadyDecided");
    BOOST_TEST(world.code("alice") == "NO_GRANT");
}

BOOST_AUTO_TEST_CASE(a_request_expires_by_the_clock_and_once) {
    AskingWorld world;
    const auto id = world.asked("alice");
    BOOST_TEST((world.due().wall == world.now.wall + 1h));
    world.pass(1h - 1us);
    BOOST_TEST(world.tick().records.empty());
    world.pass(1us);
    const auto out = world.tick();
    BOOST_TEST(kinds(out) == "request.expired");
    BOOST_TEST(field(out, "JIT_CODE") == "EXPIRED");
    BOOST_TEST(world.tick().records.empty());
    BOOST_TEST(refusal(world.approve("carol", id)) == "AlreadyDecided");
}

BOOST_AUTO_TEST_CASE(a_request_outlives_one_wrong_answer_about_the_time) {
    AskingWorld world;
    const auto id = world.asked("alice");
    world.state.floor.observe(world.now);
    world.set_clock(24h * 10);
    world.state.floor.observe(world.now);
    BOOST_TEST(kinds(world.tick()).find("request.expired") == std::string::npos);
    world.set_clock(-24h * 10);
    world.state.floor.observe(world.now);
    (void)world.tick();
    BOOST_TEST(world.state_of(id) == "pending");
}

BOOST_AUTO_TEST_CASE(a_state_put_back_from_a_copy_ends_what_waits) {
    AskingWorld world;
    const auto id = world.asked("alice");
    BOOST_TEST(kinds(world.step(StartEvent{})) == "daemon.started");
    BOOST_TEST(world.state_of(id) == "pending");
    const auto out = world.step(StartEvent{true});
    BOOST_TEST(kinds(out) == "request.expired daemon.started");
    BOOST_TEST(field(out, "JIT_CODE") == "RECOVERY");
}

BOOST_AUTO_TEST_CASE(s31_asking_again_and_again_fills_nothing) {
    AskingWorld world;
    world.config.policy.rules[0].auto_limit.clear();
    std::vector<std::string> grants;
    for (int i = 0; i < 300; ++i) {
        const auto event = world.asks("alice", i % 2 == 0 ? "dba" : "root");
        BOOST_REQUIRE(refusal(world.step(event)).empty());
        if (i % 2 == 1) BOOST_TEST(refusal(world.step(WithdrawEvent{event.id, plain("alice")})).empty());
        grants.push_back(event.grant);
        world.pass(31min);
        (void)world.tick();
    }
    BOOST_TEST(world.state.requests.size() <= 34U);
    BOOST_TEST(world.state.requests_by_account.size() == world.state.requests.size());
    BOOST_TEST(world.state.grants.size() <= 17U);
    BOOST_TEST(world.state.pins.size() == world.state.grants.size());
    BOOST_TEST(world.state.ended.size() <= world.state.grants.size());
    BOOST_TEST(world.state.grant(grants.front()) == nullptr);
    BOOST_TEST(world.state.grant(grants[298]) != nullptr);
}

BOOST_AUTO_TEST_CASE(withdrawn_requests_do_not_push_out_what_a_limit_counts) {
    AskingWorld world;
    for (int i = 0; i < 3; ++i) BOOST_TEST(world.state_of(world.asked("alice", "dba")) == "approved");
    for (int i = 0; i < 40; ++i) {
        (void)world.step(WithdrawEvent{world.asked("alice"), plain("alice")});
        world.pass(61s);
    }
    BOOST_TEST(world.asked("alice", "dba") == "AccessDenied");
}

BOOST_AUTO_TEST_SUITE_END()
