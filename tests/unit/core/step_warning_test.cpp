// SPDX-License-Identifier: Apache-2.0
// Warnings before the end of a session, what a role lets finish after it, and what is kept of its recording.
#define BOOST_TEST_MODULE step_warning
#include <boost/test/unit_test.hpp>

#include "tests/support/world.hpp"

using namespace jit::core;
using namespace jit::test;

namespace {

/** Anybody may ask for root here. */
void may_ask(World& world) {
    Rule rule;
    rule.roles = {"root"};
    world.config.policy.rules.push_back(rule);
}

/** A local grant of 30 minutes, and a session under it with its backstop so much later. */
World with_session(Usec after = {}) {
    World world;
    may_ask(world);
    world.local_grant("INC-1").active();
    world.session(kSession, "INC-1").backstop += after;
    return world;
}

std::string told(const Transition& out) {
    const auto all = only<TellPerson>(out.actions);
    return all.empty() ? "" : all.at(0).text;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string state_of(const World& world) { return std::string(to_string(world.state.sessions.at(kSession).state)); }

void extend_to(World& world, Usec later) {
    Grant grant = *world.state.grant("INC-1");
    grant.not_after += later;
    Pin pin = *world.state.pin_of("INC-1");
    pin.activation->end += later;
    pin.activation->deadline += later;
    apply(world.state, PutGrant{grant});
    apply(world.state, PutPin{pin});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(StepWarning)

BOOST_AUTO_TEST_CASE(each_warning_comes_once_at_its_time_with_what_to_type) {
    auto world = with_session();
    world.role("root").max_extension = 1h;
    BOOST_TEST((*world.due().wall == world.now.wall + 25min));
    BOOST_TEST((*world.due().boot == world.now.boot + 10min));  // the floor is raised
    world.pass(25min - 1us);
    BOOST_TEST(told(world.tick()).empty());
    world.pass(1us);
    const auto first = world.tick();
    BOOST_TEST(kinds(first) == "session.warned");
    BOOST_TEST(told(first) == "your session as root ends in 5min. More time: jitctl extend INC-1 --for 30m --reason \"...\"");
    BOOST_TEST(told(world.tick()).empty());
    BOOST_TEST((*world.due().wall == world.now.wall + 4min));
    world.pass(4min);
    BOOST_TEST(has(told(world.tick()), "ends in 1min"));
    BOOST_TEST((*world.due().wall == world.now.wall + 1min));
}

BOOST_AUTO_TEST_CASE(who_opens_a_session_shortly_before_the_end_is_not_told_what_is_over) {
    auto world = with_session();
    world.pass(27min);
    world.session(kSession, "INC-1");
    BOOST_TEST(told(world.tick()).empty());
    world.pass(2min);
    BOOST_TEST(has(told(world.tick()), "ends in 1min"));
}

BOOST_AUTO_TEST_CASE(late_after_an_outage_it_says_how_long_it_really_is) {
    auto world = with_session();
    world.pass(29min + 29s + 500ms);
    BOOST_TEST(has(told(world.tick()), "ends in 31s"));
    BOOST_TEST(told(world.tick()).empty());
}

BOOST_AUTO_TEST_CASE(an_extension_brings_new_warnings_and_a_grant_that_follows_none) {
    auto world = with_session(1h);
    world.pass(25min);
    BOOST_TEST(!told(world.tick()).empty());
    extend_to(world, 30min);
    world.pass(10min);
    BOOST_TEST(told(world.tick()).empty());
    world.pass(20min);
    BOOST_TEST(has(told(world.tick()), "ends in 5min"));
    world.local_grant("INC-2").starts_in(5min);
    world.pass(4min);
    BOOST_TEST(told(world.tick()).empty());  // INC-2 holds it
}

BOOST_AUTO_TEST_CASE(what_can_not_be_extended_is_not_said_to_be) {
    World world;
    world.file_grant("INC-1").active();
    world.role("root").max_extension = 1h;
    world.role("root").max_duration = 20min;
    world.session(kSession, "INC-1");
    auto askable = world;
    may_ask(askable);
    askable.pass(25min);
    BOOST_TEST(has(told(askable.tick()), "To go on after it, in your own shell: jitctl request root --for 20m"));
    world.pass(25min);
    BOOST_TEST(told(world.tick()) == "your session as root ends in 5min.");  // nobody may ask
}

BOOST_AUTO_TEST_CASE(what_is_left_to_extend_is_offered_and_a_question_that_waits_is_named) {
    auto world = with_session();
    world.role("root").max_extension = 10min;
    auto waiting = world;
    world.pass(25min);
    BOOST_TEST(has(told(world.tick()), "More time: jitctl extend INC-1 --for 10m"));
    Request request;
    request.id = "R1";
    request.kind = RequestKind::extension;
    request.grant = "INC-1";
    request.account = "alice";
    apply(waiting.state, PutRequest{request});
    waiting.pass(25min);
    BOOST_TEST(has(told(waiting.tick()), "ends in 5min. Request R1 for more time waits for an answer: jitctl show R1"));
}

BOOST_AUTO_TEST_CASE(the_backstop_is_an_end_whatever_holds_the_session_longer) {
    auto world = with_session();
    const auto backstop = world.state.sessions.at(kSession).backstop;
    world.local_grant("INC-2").minutes(120).active();
    BOOST_TEST((*world.due().wall == backstop - 1s - 5min));
    world.pass(25min - 1s);
    const auto text = told(world.tick());
    BOOST_TEST(has(text, "ends in 5min. Grant INC-2 goes on until "));
    BOOST_TEST(has(text, ": use sudo again after it."));
    world.pass(5min - 1us);
    BOOST_TEST(only<StopSession>(world.tick().actions).empty());
    BOOST_TEST((*world.due().wall == backstop - 1s));
    world.pass(1us);
    const auto out = world.tick();  // PID 1 would do it without a word
    BOOST_TEST(only<StopSession>(out.actions).size() == 1);
    BOOST_TEST(kinds(out) == "session.terminated");
    BOOST_TEST(field(out, "JIT_CODE") == "EXPIRED");
    BOOST_TEST(has(told(out), "your session as root ends now: it can't be any longer; grant INC-2 goes on until "));
}

BOOST_AUTO_TEST_CASE(after_a_step_back_of_the_clock_the_warning_comes_by_the_clock_since_boot) {
    auto world = with_session();
    world.pass(10min);
    world.set_clock(-60s);
    world.pass(10min);
    (void)world.tick();
    BOOST_TEST((*world.due().boot == world.now.boot + 5min));
    world.pass(5min);
    BOOST_TEST(has(told(world.tick()), "ends in 5min"));
    BOOST_TEST(told(world.tick()).empty());
}

BOOST_AUTO_TEST_CASE(no_time_to_finish_before_the_backstop_is_an_end) {
    auto world = with_session();
    world.role("root").on_end = OnEnd::finish;
    world.role("root").finish_limit = 1h;
    world.pass(30min);
    BOOST_TEST(kinds(world.tick()).starts_with("session.terminated"));
}

BOOST_AUTO_TEST_CASE(what_finishes_ends_before_its_backstop) {
    auto world = with_session(10min);
    world.role("root").on_end = OnEnd::finish;
    world.role("root").finish_limit = 1h;
    world.pass(30min);
    BOOST_TEST(has(told(world.tick()), "What runs may finish within 9min 59s"));
    BOOST_TEST((*world.due().wall == world.now.wall + 10min - 1s));
    world.pass(10min - 1s);
    BOOST_TEST(kinds(world.tick()) == "session.terminated");
}

BOOST_AUTO_TEST_CASE(the_end_itself_is_said_with_its_reason) {
    auto world = with_session();
    world.pass(30min);
    const auto out = world.tick();
    BOOST_TEST(told(out) == "your session as root ends now: its grant is over [EXPIRED]");
    BOOST_TEST(only<StopSession>(out.actions).size() == 1);
    auto locked = with_session();
    locked.lock("alice");
    BOOST_TEST(told(locked.tick()) == "your session as root ends now: the account is locked [LOCKED]");
}

BOOST_AUTO_TEST_CASE(what_may_finish_outlives_its_grant_up_to_the_limit) {
    auto world = with_session(2h);
    world.role("root").on_end = OnEnd::finish;
    world.role("root").finish_limit = 1h;
    world.pass(30min);
    const auto out = world.tick();
    BOOST_TEST(only<StopSession>(out.actions).empty());
    BOOST_TEST(told(out) == "the grant of your session as root is over. What runs may finish within 1h");
    BOOST_TEST(field(out, "JIT_CODE") == "EXPIRED");
    BOOST_TEST(state_of(world) == "finishing");
    BOOST_TEST(world.code("alice") == "EXPIRED");
    BOOST_TEST((*world.due().boot == world.now.boot + 1h));
    world.pass(1h - 1us);
    BOOST_TEST(world.tick().actions.empty());
    world.pass(1us);
    BOOST_TEST(only<StopSession>(world.tick().actions).size() == 1);
    BOOST_TEST(world.state.sessions.at(kSession).end_code == "EXPIRED");
}

BOOST_AUTO_TEST_CASE(only_the_grants_own_end_lets_finish) {
    const auto stopped = [](auto arrange) {
        auto world = with_session(2h);
        world.role("root").on_end = OnEnd::finish;
        world.role("root").finish_limit = 1h;
        arrange(world);
        return only<StopSession>(world.tick().actions).size() == 1;
    };
    BOOST_TEST(stopped([](World& w) { w.lock("alice"); }));
    BOOST_TEST(stopped([](World& w) { w.state.ended["INC-1"] = {"INC-1", EndHow::revoked, "root", w.now.wall}; }));
    BOOST_TEST(stopped([](World& w) { w.state.ended["INC-1"] = {"INC-1", EndHow::released, "alice", w.now.wall}; }));
    BOOST_TEST(stopped([](World& w) { w.role("root").services = {Service::su}; }));
    BOOST_TEST(!stopped([](World& w) { w.pass(30min); }));
}

BOOST_AUTO_TEST_CASE(what_finishes_ends_by_lock_and_revoke_of_its_person_and_no_other) {
    const auto finishing = [] {
        auto world = with_session(2h);
        world.role("root").on_end = OnEnd::finish;
        world.role("root").finish_limit = 1h;
        world.pass(30min);
        (void)world.tick();
        BOOST_TEST(state_of(world) == "finishing");
        return world;
    };
    const auto revoke = [](RevokeWhat what, const std::string& object) {
        RevokeEvent event;
        event.what = what;
        event.object = object;
        event.reason = "INC-9 over";
        event.actor = root_as("olivia");
        return event;
    };
    auto locked = finishing();
    BOOST_TEST(locked.step(LockEvent{"alice", "", root_as("olivia")}).told.size() == 1);
    auto user = finishing();
    BOOST_TEST(user.step(revoke(RevokeWhat::user, "alice")).told.size() == 1);
    auto session = finishing();
    BOOST_TEST(session.step(revoke(RevokeWhat::session, kSession)).told.size() == 1);
    auto all = finishing();
    BOOST_TEST(all.step(revoke(RevokeWhat::all, "")).told.size() == 1);
    auto other = finishing();
    other.local_grant("INC-2").for_("bob").active();
    BOOST_TEST(other.step(revoke(RevokeWhat::user, "bob")).told.empty());
    BOOST_TEST(state_of(other) == "finishing");
}

BOOST_AUTO_TEST_CASE(a_new_grant_takes_over_what_was_finishing) {
    auto world = with_session(2h);
    world.role("root").on_end = OnEnd::finish;
    world.role("root").finish_limit = 1h;
    world.pass(30min);
    (void)world.tick();
    world.local_grant("INC-2").active();
    (void)world.tick();
    BOOST_TEST(state_of(world) == "open");
}

BOOST_AUTO_TEST_CASE(an_unrecorded_session_is_not_held_by_a_role_that_must_be_recorded) {
    auto world = with_session();
    world.role("root").record = true;
    BOOST_TEST(only<StopSession>(world.tick().actions).size() == 1);
    auto recorded = with_session();
    recorded.role("root").record = true;
    recorded.state.sessions.at(kSession).recording = "alice/00/00/01";
    BOOST_TEST(recorded.tick().actions.empty());
}

BOOST_AUTO_TEST_CASE(the_record_of_a_recording_has_its_digest_or_says_that_it_is_gone) {
    auto world = with_session();
    world.state.sessions.at(kSession).recording = "alice/00/00/01";
    Recorded found;
    found.sha256.fill(0xab);
    found.bytes = 1234;
    const auto out = world.step(EmptyEvent{kSession, found});
    BOOST_TEST(kinds(out) == "session.closed session.recorded");
    BOOST_TEST(field(out, "JIT_RECORDING", 1) == "alice/00/00/01");
    BOOST_TEST(field(out, "JIT_BYTES", 1) == "1234");
    BOOST_TEST(field(out, "JIT_SHA256", 1).substr(0, 4) == "abab");
    auto lost = with_session();
    lost.state.sessions.at(kSession).recording = "alice/00/00/01";
    const auto gone = lost.step(EmptyEvent{kSession, Recorded{{}, 0, "/var/log/jit-io/alice/00/00/01: No such file"}});
    BOOST_TEST(field(gone, "JIT_CODE", 1) == "RECORDING");
    BOOST_TEST(field(gone, "JIT_SHA256", 1).empty());
}

BOOST_AUTO_TEST_SUITE_END()
