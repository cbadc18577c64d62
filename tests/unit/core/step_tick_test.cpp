// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE step_tick
#include <boost/test/unit_test.hpp>

#include "tests/support/world.hpp"

using namespace jit::core;
using namespace jit::test;

BOOST_AUTO_TEST_SUITE(StepTick)

BOOST_AUTO_TEST_CASE(a_grant_is_activated_at_not_before_with_both_ends) {
    World world;
    world.file_grant("INC-1").starts_in(10s);
    world.pass(10s - 1us);
    BOOST_TEST(world.tick().records.empty());
    world.pass(1us);
    BOOST_TEST(kinds(world.tick()) == "grant.activated");
    const auto& activation = world.state.pin_of("INC-1")->activation;
    BOOST_REQUIRE(activation.has_value());
    BOOST_TEST((activation->end == world.now.wall + 30min));
    BOOST_TEST((activation->deadline == world.now.boot + 30min));
    BOOST_TEST(activation->boot_id == world.now.boot_id);
    BOOST_TEST(world.tick().records.empty());
}

BOOST_AUTO_TEST_CASE(a_late_activation_prolongs_nothing) {
    World world;
    world.file_grant("INC-1");
    world.pass(10min);
    (void)world.tick();
    BOOST_TEST((world.state.pin_of("INC-1")->activation->deadline == world.now.boot + 20min));
}

BOOST_AUTO_TEST_CASE(an_active_grant_expires_once_and_is_on_record) {
    World world;
    world.file_grant("INC-1").active();
    world.pass(30min);
    const auto out = world.tick();
    BOOST_TEST(kinds(out) == "grant.expired");
    BOOST_TEST(!out.widens);
    BOOST_TEST(to_string(world.state.end_of("INC-1")->how) == "expired");
    BOOST_TEST(world.tick().records.empty());
}

BOOST_AUTO_TEST_CASE(a_grant_that_came_too_late_ends_without_a_record) {
    World world;
    world.file_grant("INC-1").starts_in(-1h);
    const auto out = world.tick();
    BOOST_TEST(out.records.empty());
    BOOST_TEST(world.state.end_of("INC-1") != nullptr);
}

BOOST_AUTO_TEST_CASE(what_is_begun_ends_by_the_clock_since_boot_when_the_wall_clock_goes_back) {
    World world;
    world.local_grant("L1").active();
    const auto deadline = world.now.boot + 30min;
    world.set_clock(-24h);  // before its beginning
    world.state.floor = Floor(world.now.wall + 24h);
    BOOST_TEST((*world.due().boot <= deadline));
    BOOST_TEST((status_of(*world.state.grant("L1"), world.state, world.config, world.now).ends == world.now.wall + 30min));
    BOOST_TEST(world.tick().changes.empty());  // a clock that is refused may be wrong itself
    world.pass(30min);
    BOOST_TEST(kinds(world.tick()) == "grant.expired");
}

BOOST_AUTO_TEST_CASE(a_clock_put_right_shortens_what_was_given_while_it_was_ahead) {
    World world;
    world.set_clock(24h * 10);
    world.local_grant("L1").minutes(1).active();
    world.set_clock(-24h * 10);
    BOOST_TEST((*world.due().boot == world.now.boot));
    (void)world.tick();
    BOOST_TEST((world.state.pin_of("L1")->activation->end == world.now.wall + 1min));
    BOOST_TEST((*world.due().boot == world.now.boot + 1min));
    world.reboot(10s);
    (void)world.step(StartEvent{});
    BOOST_TEST((*world.due().boot == world.now.boot + 50s));
}

BOOST_AUTO_TEST_CASE(a_reboot_gives_no_more_than_was_given) {
    World world;
    world.set_clock(24h * 10);
    world.local_grant("L1").minutes(1).active();
    world.set_clock(-24h * 10);
    world.reboot(0s);  // before a tick
    (void)world.step(StartEvent{});
    (void)world.tick();
    world.pass(1min);
    BOOST_TEST(world.code("alice") == "EXPIRED");
}

BOOST_AUTO_TEST_CASE(an_expired_grant_stays_expired_when_the_clock_goes_back) {
    World world;
    world.file_grant("INC-1").active();
    world.pass(30min);
    (void)world.tick();
    world.set_clock(-100s);
    BOOST_TEST(world.code("alice") == "EXPIRED");
    world.reboot(0s);
    (void)world.step(StartEvent{});
    BOOST_TEST(world.code("alice") == "EXPIRED");
}

/** The clock jumps forward, as jitd sees it. */
struct Jumped : World {
    Jumped() {
        local_grant("L1").starts_in(1h);
        local_grant("L2").for_("bob").active();
        state.floor.observe(now);
        set_clock(24h * 10);
        state.floor.observe(now);
    }
};

BOOST_AUTO_TEST_CASE(one_wrong_answer_about_the_time_ends_what_is_active_and_nothing_that_is_to_come) {
    Jumped world;
    (void)world.tick();
    BOOST_TEST(world.code("alice") == "EXPIRED");
    BOOST_TEST(world.state.end_of("L1") == nullptr);
    BOOST_TEST(world.state.end_of("L2") != nullptr);
    world.set_clock(-24h * 10);
    world.state.floor.observe(world.now);
    (void)world.tick();
    BOOST_TEST(world.code("alice") == "NOT_YET");
    BOOST_TEST(world.code("bob") == "EXPIRED");
}

BOOST_AUTO_TEST_CASE(one_wrong_answer_about_the_time_begins_nothing_for_good) {
    World world;
    world.local_grant("L3").minutes(60).starts_in(24h * 10 - 30min);
    world.set_clock(24h * 10);
    world.state.floor.observe(world.now);
    auto lasting = world;
    (void)world.tick();
    world.set_clock(-24h * 10);
    world.state.floor.observe(world.now);
    (void)world.tick();
    BOOST_TEST(world.code("alice") == "NOT_YET");
    world.pass(24h * 10 - 20min);
    world.state.floor.observe(world.now);
    BOOST_TEST(kinds(world.tick()) == "grant.activated");

    lasting.pass(kFloorPatience);
    lasting.state.floor.observe(lasting.now);
    BOOST_TEST(kinds(lasting.tick()) == "file.expired grant.activated");
}

BOOST_AUTO_TEST_CASE(an_answer_that_lasts_is_believed_after_ten_minutes) {
    Jumped world;
    (void)world.tick();
    BOOST_TEST((world.due().boot == world.now.boot + kFloorPatience));
    BOOST_TEST((!world.due().wall || *world.due().wall > world.now.wall));  // or the timer would fire for ever
    world.pass(kFloorPatience);
    world.state.floor.observe(world.now);
    (void)world.tick();
    BOOST_TEST(world.state.end_of("L1") != nullptr);
}

BOOST_AUTO_TEST_CASE(nothing_is_activated_under_a_clock_set_back) {
    World world;
    world.file_grant("INC-1").starts_in(-1h).minutes(300);
    world.set_clock(-121s);
    (void)world.tick();
    BOOST_TEST(!world.state.pin_of("INC-1")->activation.has_value());
}

BOOST_AUTO_TEST_CASE(the_end_of_the_file_caps_its_grants_but_is_no_end_for_ever) {
    World world;
    world.state.file.expires = world.now.wall + 10min;
    world.file_grant("INC-1").until(world.state.file.expires).active();
    world.session(kSession, "INC-1");
    world.pass(10min);
    const auto out = world.tick();
    BOOST_TEST(world.code("alice") == "EXPIRED");
    BOOST_TEST(world.state.end_of("INC-1") == nullptr);
    BOOST_TEST(only<StopSession>(out.actions).size() == 1);
    BOOST_TEST(world.state.file.state == "expired");
    world.file_grant("INC-1").starts_in(-1h).minutes(120);
    world.set_clock(-60s);  // what was told to be over stays so
    BOOST_TEST(world.code("alice") == "EXPIRED");
    world.state.file.state = "ok";  // a newer file carries it on
    BOOST_TEST(world.code("alice") == "GRANT");
}

BOOST_AUTO_TEST_CASE(an_expired_file_is_told_once) {
    World world;
    world.pass(24h);
    const auto out = world.tick();
    BOOST_TEST(kinds(out) == "file.expired");
    BOOST_TEST(field(out, "JIT_CODE") == "EXPIRED");
    BOOST_TEST(only<Announce>(out.actions).at(0).id == "expired");
    BOOST_TEST(world.tick().records.empty());
}

BOOST_AUTO_TEST_CASE(a_tick_does_sixty_four_at_a_time_and_says_there_is_more) {
    World world;
    for (int i = 0; i < 150; ++i) world.file_grant("INC-" + std::to_string(i));
    const auto first = world.tick();
    BOOST_TEST(first.changes.size() == 64);
    BOOST_TEST(first.more);
    BOOST_TEST(world.tick().more);
    const auto last = world.tick();
    BOOST_TEST(last.changes.size() == 22);
    BOOST_TEST(!last.more);
    BOOST_TEST(world.tick().changes.empty());
}

BOOST_AUTO_TEST_CASE(sessions_are_never_left_for_a_later_batch) {
    World world;
    for (int i = 0; i < 100; ++i) world.session("s" + std::to_string(i), world.file_grant("INC-1").active().get().id);
    world.lock("alice");
    BOOST_TEST(only<StopSession>(world.tick().actions).size() == 100);
}

BOOST_AUTO_TEST_CASE(a_start_after_a_reboot_moves_the_deadline_to_what_is_left) {
    World world;
    world.file_grant("INC-1").active();
    world.file_grant("INC-2").active().ended(EndHow::revoked);
    world.reboot(10min);
    const auto out = world.step(StartEvent{});
    BOOST_TEST(kinds(out) == "daemon.started");
    BOOST_TEST(only<PutPin>(out.changes).size() == 1);
    const auto& moved = *world.state.pin_of("INC-1")->activation;
    BOOST_TEST(moved.boot_id == world.now.boot_id);
    BOOST_TEST((moved.deadline == world.now.boot + 20min));
    BOOST_TEST((moved.end == world.now.wall + 20min));
}

BOOST_AUTO_TEST_CASE(a_restart_in_the_same_boot_moves_nothing) {
    World world;
    world.file_grant("INC-1").active();
    world.pass(1min);
    BOOST_TEST(world.step(StartEvent{}).changes.empty());
    BOOST_TEST(kinds(world.step(StopEvent{})) == "daemon.stopped");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(NextDue)

BOOST_AUTO_TEST_CASE(nothing_to_do_is_never_due) {
    World world;
    world.state.file = {};
    BOOST_TEST(!world.due().wall.has_value());
    BOOST_TEST(!world.due().boot.has_value());
}

BOOST_AUTO_TEST_CASE(the_end_of_the_file_is_due_until_it_was_told) {
    World world;
    BOOST_TEST((world.due().wall == world.state.file.expires));
    world.pass(24h);
    (void)world.tick();
    BOOST_TEST(!world.due().wall.has_value());
}

BOOST_AUTO_TEST_CASE(a_scheduled_grant_is_due_at_its_beginning) {
    World world;
    world.file_grant("INC-1").starts_in(10s);
    BOOST_TEST((world.due().wall == world.now.wall + 10s));
    BOOST_TEST(!world.due().boot.has_value());
}

BOOST_AUTO_TEST_CASE(an_active_grant_is_due_at_its_end_by_both_clocks) {
    World world;
    world.file_grant("INC-1").minutes(5).active();
    BOOST_TEST((world.due().wall == world.now.wall + 5min));
    BOOST_TEST((world.due().boot == world.now.boot + 5min));
}

BOOST_AUTO_TEST_CASE(the_floor_is_due_every_ten_minutes_while_a_grant_is_active) {
    World world;
    world.file_grant("INC-1").minutes(60).active();
    BOOST_TEST((world.due().boot == world.now.boot + kFloorInterval));
}

BOOST_AUTO_TEST_CASE(an_ended_grant_is_not_due) {
    World world;
    world.state.file = {};
    world.file_grant("INC-1").active().ended(EndHow::revoked);
    world.file_grant("INC-2").starts_in(1h).ended(EndHow::revoked);
    BOOST_TEST(!world.due().wall.has_value());
    BOOST_TEST(!world.due().boot.has_value());
}

BOOST_AUTO_TEST_CASE(an_opening_session_is_due_at_its_limit) {
    World world;
    world.file_grant("INC-1");
    world.session(kSession, "INC-1").state = SessionState::opening;
    world.pass(10s);
    BOOST_TEST((world.due().boot == world.now.boot + 20s));
}

BOOST_AUTO_TEST_CASE(a_session_that_never_came_to_its_scope_is_closed_with_the_reason) {
    World world;
    world.file_grant("INC-1");
    world.session(kSession, "INC-1").state = SessionState::opening;
    world.pass(kOpeningLimit);
    const auto out = world.tick();
    BOOST_TEST(world.state.sessions.empty());
    BOOST_TEST(kinds(out) == "session.closed grant.activated");
    BOOST_TEST(field(out, "JIT_CODE") == "UNAVAILABLE");
    BOOST_TEST(field(out, "MESSAGE").ends_with("never came to its scope. See: jitctl pam status"));
    const auto stops = only<StopSession>(out.actions);  // it may be there all the same
    BOOST_REQUIRE(stops.size() == 1);
    BOOST_TEST(stops[0].id == kSession);
}

BOOST_AUTO_TEST_CASE(an_ending_session_is_due_at_its_kill_whenever_one_asks) {
    World world;
    world.file_grant("INC-1");
    world.session(kSession, "INC-1").state = SessionState::ending;
    const auto kill = world.now.boot + world.config.settings.grace + kKillMargin;
    BOOST_TEST((world.due().boot == kill));
    world.pass(world.config.settings.grace + kKillMargin - 1us);
    BOOST_TEST((world.due().boot == kill));
    world.pass(1us);
    BOOST_TEST((world.due().boot == world.now.boot + kKillMargin));
}

BOOST_AUTO_TEST_CASE(after_a_tick_nothing_is_due_already) {
    // A grant that its file's end cut short, met by its boot deadline under a clock 100 s behind.
    World world;
    world.state.file.expires = world.now.wall + 10min;
    world.file_grant("INC-1").until(world.state.file.expires).active();
    world.pass(10min);
    world.set_clock(-100s);
    while (!world.tick().changes.empty()) {
    }
    BOOST_TEST(world.code("alice") == "EXPIRED");
    BOOST_TEST((!world.due().boot || *world.due().boot > world.now.boot));
    BOOST_TEST((!world.due().wall || *world.due().wall > world.now.wall));
}

BOOST_AUTO_TEST_SUITE_END()
