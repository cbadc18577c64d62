// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE floor
#include "core/floor.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/world.hpp"

using namespace jit::core;
using namespace jit::test;

namespace {

struct Clocks {
    Floor floor;
    Now now = World().now;

    Clocks() { floor.observe(now); }
    /** Both clocks go on, then the wall clock steps. */
    Clocks& go(Usec both, Usec step = {}) {
        now.wall += both + step;
        now.boot += both;
        floor.observe(now);
        return *this;
    }
    [[nodiscard]] bool refuses(Usec back) const { return floor.refuses({now.wall - back, now.boot, now.boot_id}); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(FloorOfTheClock)

BOOST_AUTO_TEST_CASE(a_new_floor_refuses_no_time) {
    const Floor floor;
    BOOST_TEST(!floor.refuses({Wall{}, Boot{}, "a"}));
}

BOOST_AUTO_TEST_CASE(two_minutes_back_are_tolerated_to_the_microsecond) {
    const Clocks clocks;
    BOOST_TEST(!clocks.refuses(0s));
    BOOST_TEST(!clocks.refuses(120s - 1us));
    BOOST_TEST(!clocks.refuses(120s));
    BOOST_TEST(clocks.refuses(120s + 1us));
}

BOOST_AUTO_TEST_CASE(the_floor_rises_with_the_clock_and_never_sinks) {
    Clocks clocks;
    const auto start = clocks.now.wall;
    clocks.go(1h);
    BOOST_TEST((clocks.floor.high() == start + 1h));
    clocks.go(1min, -30min);
    BOOST_TEST((clocks.floor.high() == start + 1h));
    BOOST_TEST(clocks.floor.refuses(clocks.now));
}

BOOST_AUTO_TEST_CASE(a_step_of_a_day_raises_it_at_once) {
    Clocks clocks;
    clocks.go(1s, 24h);
    BOOST_TEST((clocks.floor.high() == clocks.now.wall));
}

BOOST_AUTO_TEST_CASE(a_step_of_more_than_a_day_raises_it_only_after_ten_minutes) {
    Clocks clocks;
    const auto start = clocks.floor.high();
    clocks.go(0s, 24h + 1us);
    BOOST_TEST((clocks.floor.high() == start));
    clocks.go(10min - 1us);
    BOOST_TEST((clocks.floor.high() == start));
    clocks.go(1us);
    BOOST_TEST((clocks.floor.high() == clocks.now.wall));
}

BOOST_AUTO_TEST_CASE(a_step_that_is_taken_back_in_time_leaves_no_trace) {
    Clocks clocks;
    clocks.go(0s, 24h * 365);
    clocks.go(5min);
    clocks.go(0s, -24h * 365);
    BOOST_TEST((clocks.floor.high() == clocks.now.wall));
    BOOST_TEST(!clocks.floor.refuses(clocks.now));
    clocks.go(0s, 24h * 365);  // the patience begins anew
    clocks.go(9min);
    BOOST_TEST((clocks.floor.high() < clocks.now.wall - 24h * 300));
}

BOOST_AUTO_TEST_CASE(the_way_back_from_a_time_that_is_refused_is_no_step) {
    Clocks clocks;
    clocks.go(0s, -24h * 5);
    BOOST_TEST(clocks.floor.refuses(clocks.now));
    clocks.go(1h, 24h * 5);
    BOOST_TEST(!clocks.floor.believed_at().has_value());
    BOOST_TEST((clocks.floor.high() == clocks.now.wall));
}

BOOST_AUTO_TEST_CASE(a_suspended_host_makes_no_step) {
    Clocks clocks;
    clocks.go(24h * 10);  // boot time counts the suspend
    BOOST_TEST((clocks.floor.high() == clocks.now.wall));
}

BOOST_AUTO_TEST_CASE(a_stored_floor_holds_over_a_reboot) {
    Clocks clocks;
    Floor after(clocks.floor.high());
    const Now back{clocks.now.wall - 121s, Boot(1s), "b"};
    BOOST_TEST(after.refuses(back));
    after.observe(back);
    BOOST_TEST((after.high() == clocks.now.wall));
    after.observe({clocks.now.wall + 24h, Boot(2s), "c"});
    BOOST_TEST((after.high() == clocks.now.wall + 24h));
}

BOOST_AUTO_TEST_CASE(a_clock_that_starts_more_than_a_day_ahead_waits_ten_minutes_too) {
    const Clocks clocks;
    Floor after(clocks.floor.high());
    const auto start = clocks.now.wall + 48h;
    after.observe({start, Boot(1s), "b"});
    after.observe({start + 10min - 1us, Boot(1s) + 10min - 1us, "b"});
    BOOST_TEST((after.high() == clocks.floor.high()));
    after.observe({start + 10min, Boot(1s) + 10min, "b"});
    BOOST_TEST((after.high() == start + 10min));
}

BOOST_AUTO_TEST_SUITE_END()
