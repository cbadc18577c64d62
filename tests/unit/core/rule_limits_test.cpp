// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE rule_limits
#include "core/rule_limits.hpp"

#include <boost/test/unit_test.hpp>

using namespace jit::core;
using namespace std::chrono;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(RuleLimits)

BOOST_AUTO_TEST_CASE(hours_hold_days_and_a_half_open_span) {
    const auto hours = parse_hours("Mon..Fri 08:00-18:00");
    BOOST_REQUIRE(hours.has_value());
    BOOST_TEST(hours->contains({Monday, 8h}));
    BOOST_TEST(hours->contains({Friday, 18h - 1min}));
    BOOST_TEST(!hours->contains({Friday, 18h}));
    BOOST_TEST(!hours->contains({Monday, 8h - 1min}));
    BOOST_TEST(!hours->contains({Saturday, 12h}));
    BOOST_TEST(!hours->contains({Sunday, 12h}));
}

BOOST_AUTO_TEST_CASE(days_may_be_listed_wrap_or_be_left_out) {
    BOOST_TEST(parse_hours("Mon,Wed,Sat..Sun 00:00-24:00")->days == 0b1100101);
    BOOST_TEST(parse_hours("Sat..Mon 00:00-24:00")->days == 0b1100001);
    BOOST_TEST(parse_hours("09:30-09:31")->days == 0x7F);
}

BOOST_AUTO_TEST_CASE(other_hours_are_refused) {
    for (const char* text : {"", "Mon", "mon 08:00-18:00", "Mon.Fri 08:00-18:00",
                             "Mon, 08:00-18:00", "8:00-18:00", "18:00-08:00", "08:00-08:00",
                             "08:00-24:01", "08:60-09:00", "08:00 - 18:00", "Mon..Fri  08:00-18:00",
                             "Mon..Fri 08:00-18:00 ", "+8:00-18:00", "Mon..Funday 08:00-18:00"}) {
        BOOST_TEST(!parse_hours(text).has_value(), text);
    }
}

BOOST_AUTO_TEST_CASE(limits_are_a_count_in_a_period) {
    const auto limit = parse_auto_limit("5/week");
    BOOST_REQUIRE(limit.has_value());
    BOOST_TEST(limit->count == 5U);
    BOOST_TEST((limit->period == 168h));
    BOOST_TEST((parse_auto_limit("1000/hour")->period == 1h));
    for (const char* text : {"", "5", "/week", "0/week", "-1/week", "1001/day", "5/weeks",
                             "5 /week", "5/week ", "x/day", "99999999999/day"}) {
        BOOST_TEST(!parse_auto_limit(text).has_value(), text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
