// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE step_session
#include <boost/test/unit_test.hpp>

#include "tests/support/world.hpp"

using namespace jit::core;
using namespace jit::test;

namespace {

std::string state_of(const World& world, const std::string& id) {
    const auto it = world.state.sessions.find(id);
    return it == world.state.sessions.end() ? "closed" : std::string(to_string(it->second.state));
}

World with_session(SessionState state) {
    World world;
    world.file_grant("INC-1").active();
    world.session(kSession, "INC-1").state = state;
    return world;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(StepSession)

BOOST_AUTO_TEST_CASE(an_attached_session_is_open) {
    auto world = with_session(SessionState::opening);
    world.pass(1s);
    const auto out = world.step(AttachEvent{kSession});
    BOOST_TEST(!out.refused.has_value());
    BOOST_TEST(!out.widens);
    BOOST_TEST(state_of(world, kSession) == "open");
    BOOST_TEST((world.state.sessions.at(kSession).since == world.now.boot));
}

BOOST_AUTO_TEST_CASE(an_ended_or_unknown_session_can_not_be_attached) {
    auto world = with_session(SessionState::ending);
    world.state.sessions.at(kSession).end_code = "REVOKED";
    BOOST_TEST(refusal(world.step(AttachEvent{kSession})) == "Revoked");
    BOOST_TEST(state_of(world, kSession) == "ending");
    BOOST_TEST(refusal(world.step(AttachEvent{kOtherSession})) == "NotFound");
}

BOOST_AUTO_TEST_CASE(an_empty_scope_closes_its_session_once) {
    auto world = with_session(SessionState::open);
    const auto out = world.step(EmptyEvent{kSession});
    BOOST_TEST(kinds(out) == "session.closed");
    BOOST_TEST(field(out, "JIT_SESSION") == kSession);
    BOOST_TEST(field(out, "JIT_CODE").empty());
    BOOST_TEST(state_of(world, kSession) == "closed");
    const auto again = world.step(EmptyEvent{kSession});
    BOOST_TEST(again.records.empty());
    BOOST_TEST(again.changes.empty());
}

BOOST_AUTO_TEST_CASE(a_session_that_never_began_says_so) {
    auto world = with_session(SessionState::opening);
    const auto out = world.step(EmptyEvent{kSession});
    BOOST_TEST(field(out, "JIT_CODE") == "UNAVAILABLE");
    BOOST_TEST(field(out, "MESSAGE") == "session " + kSession + " of alice never began");
}

BOOST_AUTO_TEST_CASE(a_closed_session_names_why_it_ended) {
    auto world = with_session(SessionState::ending);
    world.state.sessions.at(kSession).end_code = "LOCKED";
    BOOST_TEST(field(world.step(EmptyEvent{kSession}), "JIT_CODE") == "LOCKED");
}

BOOST_AUTO_TEST_CASE(a_session_that_met_its_backstop_was_expired) {
    auto world = with_session(SessionState::open);
    world.pass(30min);
    BOOST_TEST(field(world.step(EmptyEvent{kSession}), "JIT_CODE") == "EXPIRED");
}

BOOST_AUTO_TEST_CASE(a_session_stays_open_until_the_last_covering_grant_ends) {
    auto world = with_session(SessionState::open);
    world.state.sessions.at(kSession).backstop += 1h;
    world.file_grant("INC-2").minutes(60).active();
    world.pass(30min);
    BOOST_TEST(only<StopSession>(world.tick().actions).empty());
    BOOST_TEST(state_of(world, kSession) == "open");
    world.pass(30min - 1us);
    BOOST_TEST(only<StopSession>(world.tick().actions).empty());
    world.pass(1us);
    const auto out = world.tick();
    BOOST_TEST(only<StopSession>(out.actions).size() == 1);
    BOOST_TEST(world.state.sessions.at(kSession).end_code == "EXPIRED");
}

BOOST_AUTO_TEST_CASE(of_several_grants_the_one_that_held_it_last_says_why_it_ends) {
    const auto end_code = [](auto arrange) {
        auto world = with_session(SessionState::open);
        world.state.sessions.at(kSession).backstop += 1h;
        world.local_grant("INC-2").minutes(60).active();
        arrange(world);
        return world.state.sessions.at(kSession).end_code;
    };
    BOOST_TEST(end_code([](World& w) {  // the one it was opened under is given back, the other runs out
        w.file_grant("INC-1").ended(EndHow::released);
        (void)w.tick();
        w.pass(60min);
        (void)w.tick();
    }) == "EXPIRED");
    BOOST_TEST(end_code([](World& w) {  // the one it was opened under runs out, the other goes with its file
        w.file_grant("INC-3").minutes(50).active();
        w.local_grant("INC-2").ended(EndHow::released);
        w.pass(30min);
        (void)w.tick();
        w.pass(10min);
        apply(w.state, ReplaceFileGrants{});
        (void)w.tick();
    }) == "REVOKED");
}

BOOST_AUTO_TEST_CASE(a_lock_a_lost_role_and_a_vanished_grant_end_a_session_with_their_code) {
    const auto end_code = [](auto arrange) {
        auto world = with_session(SessionState::open);
        arrange(world);
        BOOST_TEST(only<StopSession>(world.tick().actions).size() == 1);
        return world.state.sessions.at(kSession).end_code;
    };
    BOOST_TEST(end_code([](World& w) { w.lock("alice"); }) == "LOCKED");
    BOOST_TEST(end_code([](World& w) { w.config.policy.roles.erase("root"); }) == "ROLE_UNKNOWN");
    BOOST_TEST(end_code([](World& w) { w.role("root").run_as = {"postgres"}; }) == "TARGET");
    BOOST_TEST(end_code([](World& w) { w.role("root").services = {Service::su}; }) == "SERVICE");
    BOOST_TEST(end_code([](World& w) { apply(w.state, ReplaceFileGrants{}); }) == "REVOKED");
}

BOOST_AUTO_TEST_CASE(an_opening_session_times_out_after_thirty_seconds) {
    auto world = with_session(SessionState::opening);
    world.pass(kOpeningLimit - 1us);
    (void)world.tick();
    BOOST_TEST(state_of(world, kSession) == "opening");
    world.pass(1us);
    const auto out = world.tick();
    BOOST_TEST(kinds(out) == "session.closed");
    BOOST_TEST(state_of(world, kSession) == "closed");
}

BOOST_AUTO_TEST_CASE(an_ending_session_is_killed_half_a_second_after_the_grace_and_again) {
    auto world = with_session(SessionState::open);
    world.lock("alice");
    (void)world.tick();
    const auto kill_at = world.config.settings.grace + kKillMargin;
    world.pass(kill_at - 1us);
    BOOST_TEST(only<KillSession>(world.tick().actions).empty());
    world.pass(1us);
    BOOST_TEST(only<KillSession>(world.tick().actions).size() == 1);
    world.pass(kKillMargin);
    const auto out = world.tick();
    BOOST_TEST(only<KillSession>(out.actions).at(0).id == kSession);
    BOOST_TEST(out.records.empty());
    BOOST_TEST(state_of(world, kSession) == "ending");
}

BOOST_AUTO_TEST_SUITE_END()
