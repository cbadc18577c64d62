// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE decide_window
#include <boost/test/unit_test.hpp>

#include "core/decide.hpp"
#include "tests/support/world.hpp"

using namespace jit::core;
using namespace jit::test;

BOOST_AUTO_TEST_SUITE(DecideWindow)

BOOST_AUTO_TEST_CASE(a_window_begins_with_not_before_to_the_microsecond) {
    World world;
    world.file_grant("INC-1").starts_in(10s);
    world.pass(10s - 1us);
    BOOST_TEST(world.code("alice") == "NOT_YET");
    world.pass(1us);
    BOOST_TEST(world.code("alice") == "GRANT");
    world.pass(1us);
    BOOST_TEST(world.code("alice") == "GRANT");
}

BOOST_AUTO_TEST_CASE(a_window_ends_before_not_after_to_the_microsecond) {
    World world;
    world.file_grant("INC-1").minutes(30).active();
    world.pass(30min - 1us);
    BOOST_TEST(world.code("alice") == "GRANT");
    world.pass(1us);
    BOOST_TEST(world.code("alice") == "EXPIRED");
    world.pass(1us);
    BOOST_TEST(world.code("alice") == "EXPIRED");
}

BOOST_AUTO_TEST_CASE(the_boot_deadline_ends_a_grant_although_the_wall_clock_went_back) {
    World world;
    world.file_grant("INC-1").minutes(30).active();
    world.set_clock(-100s);  // within the tolerance of the floor; what has begun has begun
    world.now.boot += 30min - 1us;
    BOOST_TEST(world.code("alice") == "GRANT");
    world.now.boot += 1us;
    BOOST_TEST(world.code("alice") == "EXPIRED");
    world.now.boot += 1us;
    BOOST_TEST(world.code("alice") == "EXPIRED");
}

BOOST_AUTO_TEST_CASE(the_wall_end_ends_a_grant_before_its_boot_deadline) {
    World world;
    world.file_grant("INC-1").minutes(30).active();
    world.set_clock(30min - 1us);
    BOOST_TEST(world.code("alice") == "GRANT");
    world.set_clock(1us);
    BOOST_TEST(world.code("alice") == "EXPIRED");
}

BOOST_AUTO_TEST_CASE(a_deadline_of_another_boot_says_nothing) {
    World world;
    world.file_grant("INC-1").minutes(30).active();
    world.reboot(10min);
    world.now.boot = Boot(100h);
    BOOST_TEST(world.code("alice") == "GRANT");
    world.set_clock(20min - 1us);
    BOOST_TEST(world.code("alice") == "GRANT");
    world.set_clock(1us);
    BOOST_TEST(world.code("alice") == "EXPIRED");
}

BOOST_AUTO_TEST_CASE(a_grant_that_no_tick_activated_yet_serves_within_its_window) {
    World world;
    world.file_grant("INC-1").minutes(30);
    BOOST_TEST(!world.state.pin_of("INC-1")->activation.has_value());
    BOOST_TEST(world.code("alice") == "GRANT");
}

BOOST_AUTO_TEST_CASE(the_latest_end_of_overlapping_grants_wins) {
    World world;
    world.file_grant("INC-1").minutes(30);
    world.file_grant("INC-2").minutes(60);
    world.file_grant("INC-3").minutes(10);
    const auto decision = world.decide("alice");
    BOOST_TEST(decision.grant == "INC-2");
    BOOST_TEST((decision.ends == world.now.wall + 60min));
}

BOOST_AUTO_TEST_CASE(an_earlier_end_cuts_nothing) {
    World world;
    world.file_grant("INC-1").minutes(30);
    world.file_grant("INC-2").minutes(60);
    world.pass(30min);
    BOOST_TEST(world.code("alice") == "GRANT");
    world.state.ended["INC-1"] = {"INC-1", EndHow::revoked, "root", world.now.wall};
    BOOST_TEST(world.decide("alice").grant == "INC-2");
}

BOOST_AUTO_TEST_CASE(a_later_grant_that_does_not_cover_prolongs_nothing) {
    World world;
    world.file_grant("INC-1").minutes(30);
    world.file_grant("INC-2").role("dba").minutes(60);
    const auto decision = world.decide("alice");
    BOOST_TEST(decision.grant == "INC-1");
    BOOST_TEST((decision.ends == world.now.wall + 30min));
    BOOST_TEST((decision.backstop == world.now.wall + 30min));
}

BOOST_AUTO_TEST_CASE(the_backstop_is_the_end_plus_what_may_extend_it) {
    World world;
    world.role("root").max_extension = 2h;
    world.file_grant("INC-1").minutes(30);
    const auto decision = world.decide("alice");
    BOOST_TEST((decision.ends == world.now.wall + 30min));
    BOOST_TEST((decision.backstop == world.now.wall + 30min + 2h));
}

BOOST_AUTO_TEST_CASE(the_backstop_reaches_over_grants_that_follow_without_a_gap) {
    World world;
    world.file_grant("INC-1").minutes(30);
    world.file_grant("INC-2").minutes(30).starts_in(30min);
    world.file_grant("INC-3").minutes(30).starts_in(60min);
    BOOST_TEST((world.decide("alice").ends == world.now.wall + 30min));
    BOOST_TEST((world.decide("alice").backstop == world.now.wall + 90min));
    world.file_grant("INC-2").minutes(30).starts_in(30min + 1us);
    BOOST_TEST((world.decide("alice").backstop == world.now.wall + 30min));
}

BOOST_AUTO_TEST_CASE(a_session_is_covered_until_the_last_grant_ends) {
    World world;
    world.file_grant("INC-1").minutes(30).active();
    world.file_grant("INC-2").minutes(60).active();
    const auto session = world.session(kSession, "INC-1");
    const auto covered = [&] { return still_covered(session, world.state, world.config, world.now); };
    world.pass(30min);
    BOOST_TEST(covered());
    world.pass(30min - 1us);
    BOOST_TEST(covered());
    world.pass(1us);
    BOOST_TEST(!covered());
}

BOOST_AUTO_TEST_CASE(a_clock_set_back_refuses_new_sessions_and_leaves_live_ones) {
    World world;
    world.file_grant("INC-1").minutes(30).active();
    const auto session = world.session(kSession, "INC-1");
    world.pass(10min);
    world.state.floor.observe(world.now);
    world.set_clock(-121s);
    BOOST_TEST(world.code("alice") == "CLOCK_BACK");
    BOOST_TEST(still_covered(session, world.state, world.config, world.now));
    world.lock("alice");
    BOOST_TEST(!still_covered(session, world.state, world.config, world.now));
}

BOOST_AUTO_TEST_CASE(status_names_where_a_grant_stands) {
    World world;
    const auto state_of = [&](const GrantRef& grant) {
        return to_string(status_of(grant.get(), world.state, world.config, world.now).state);
    };
    auto grant = world.file_grant("INC-1");
    BOOST_TEST(state_of(grant) == "active");
    BOOST_TEST(state_of(grant.starts_in(1h)) == "scheduled");
    BOOST_TEST(state_of(grant.starts_in(-1h)) == "expired");
    BOOST_TEST(state_of(grant.starts_in(0s).role("gone")) == "inactive");
    BOOST_TEST(state_of(world.file_grant("INC-2").ended(EndHow::released)) == "released");
    BOOST_TEST(state_of(world.file_grant("INC-3").ended(EndHow::revoked)) == "revoked");
    BOOST_TEST(state_of(world.file_grant("INC-4").ended(EndHow::expired)) == "expired");
}

BOOST_AUTO_TEST_SUITE_END()
