// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE retention
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "tests/support/asking_world.hpp"

using namespace jit::core;
using namespace jit::test;

namespace {

void give(World& world, int n) {
    GrantEvent event;
    event.id = fmt::format("{:032x}", n);
    event.user = "alice";
    event.uid = uid_of("alice");
    event.role = "root";
    event.duration = 30min;
    event.reason = "INC-1 replace disk";
    event.actor = root_as("olivia");
    BOOST_REQUIRE(refusal(world.step(event)).empty());
}

void take(World& world, int n) {
    BOOST_REQUIRE(refusal(world.step(RevokeEvent{RevokeWhat::grant, fmt::format("{:032x}", n), "done", root_as("olivia")})).empty());
}

std::size_t grants_of(const World& world) { return world.state.grants_of("alice").size(); }

}  // namespace

BOOST_AUTO_TEST_SUITE(Retention)

BOOST_AUTO_TEST_CASE(what_root_gave_and_took_is_kept_a_thousand_times) {
    World world;
    give(world, 0);  // still active at the end
    for (int n = 1; n <= 1030; ++n) {
        give(world, n);
        take(world, n);
    }
    BOOST_TEST(grants_of(world) <= 1026U);
    BOOST_TEST(grants_of(world) >= 1025U);
    BOOST_TEST(world.state.grant(fmt::format("{:032x}", 0)) != nullptr);
    BOOST_TEST(world.state.grant(fmt::format("{:032x}", 1030)) != nullptr);
}

BOOST_AUTO_TEST_CASE(a_month_later_it_is_gone) {
    World world;
    give(world, 1);
    take(world, 1);
    world.pass(24h * 30);
    give(world, 2);
    take(world, 2);
    BOOST_TEST(grants_of(world) == 2U);
    world.pass(24h * 2);
    give(world, 3);
    BOOST_TEST(world.state.grant(fmt::format("{:032x}", 1)) == nullptr);
    BOOST_TEST(grants_of(world) == 2U);
}

BOOST_AUTO_TEST_CASE(who_asks_and_withdraws_all_day_fills_nothing) {
    AskingWorld world;
    for (int n = 0; n < 100; ++n) {
        world.pass(1min);
        const auto id = world.asked("alice");
        BOOST_REQUIRE(refusal(world.step(WithdrawEvent{id, plain("alice")})).empty());
    }
    BOOST_TEST(world.state.requests_of("alice").size() <= 17U);
}

BOOST_AUTO_TEST_SUITE_END()
