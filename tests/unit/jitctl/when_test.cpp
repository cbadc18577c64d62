// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE when
#include "jitctl/when.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <ctime>

#include "core/duration.hpp"

using namespace jit;
using namespace jit::ctl;

namespace {

/** One hour east of Greenwich, two in summer. */
struct Zone {
    Zone() {
        ::setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
        ::tzset();
    }
};

core::Wall at(std::string_view text) { return *core::parse_time(text); }

const core::Wall kNow = at("2026-11-22T12:00:00Z");

std::string parsed(std::string_view text) {
    const auto time = parse_when(text, kNow);
    return time ? core::format_time(*time) : time.error().code;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(When, *boost::unit_test::fixture<Zone>())

BOOST_AUTO_TEST_CASE(words_and_spans_are_times) {
    BOOST_TEST(parsed("now") == "2026-11-22T12:00:00Z");
    BOOST_TEST(parsed("1h ago") == "2026-11-22T11:00:00Z");
    BOOST_TEST(parsed("-90min") == "2026-11-22T10:30:00Z");
    BOOST_TEST(parsed("+2h 30min") == "2026-11-22T14:30:00Z");
    BOOST_TEST(parsed("@0") == "1970-01-01T00:00:00Z");
}

BOOST_AUTO_TEST_CASE(days_begin_at_local_midnight) {
    BOOST_TEST(parsed("today") == "2026-11-21T23:00:00Z");
    BOOST_TEST(parsed("yesterday") == "2026-11-20T23:00:00Z");
    BOOST_TEST(parsed("tomorrow") == "2026-11-22T23:00:00Z");
}

BOOST_AUTO_TEST_CASE(days_of_25_and_of_23_hours_are_days) {
    const auto of = [](std::string_view word, std::string_view now) { return core::format_time(*parse_when(word, at(now))); };
    BOOST_TEST(of("tomorrow", "2027-10-30T22:30:00Z") == "2027-10-31T23:00:00Z");
    BOOST_TEST(of("yesterday", "2027-10-31T22:30:00Z") == "2027-10-29T22:00:00Z");
    BOOST_TEST(of("tomorrow", "2027-03-27T22:30:00Z") == "2027-03-27T23:00:00Z");
    BOOST_TEST(of("yesterday", "2027-03-28T22:30:00Z") == "2027-03-27T23:00:00Z");
    BOOST_TEST(of("tomorrow", "2026-12-31T12:00:00Z") == "2026-12-31T23:00:00Z");
    BOOST_TEST(of("yesterday", "2027-03-01T12:00:00Z") == "2027-02-27T23:00:00Z");
}

BOOST_AUTO_TEST_CASE(calendar_times_are_local_and_know_summer) {
    BOOST_TEST(parsed("12:30") == "2026-11-22T11:30:00Z");
    BOOST_TEST(parsed("2026-07-01") == "2026-06-30T22:00:00Z");
    BOOST_TEST(parsed("2026-07-01 12:30") == "2026-07-01T10:30:00Z");
    BOOST_TEST(parsed("2026-12-01 12:30:15") == "2026-12-01T11:30:15Z");
}

BOOST_AUTO_TEST_CASE(rfc_3339_says_its_zone_itself) {
    BOOST_TEST(parsed("2026-11-22T12:30:00Z") == "2026-11-22T12:30:00Z");
    BOOST_TEST(parsed("2026-11-22T12:30:00+02:00") == "2026-11-22T10:30:00Z");
}

BOOST_AUTO_TEST_CASE(what_is_no_time_is_refused) {
    for (const char* text :
         {"", "soon", "30", "+30", "30 ago", "2026-02-31", "2026-13-01", "24:00", "12:60", "@-1",
          "@99999999999999", "2026-11-22 12:30 ", "2026-11-22x12:30", " ago", "12:3a"})
        BOOST_TEST(parsed(text) == "FIELD", text);
}

BOOST_AUTO_TEST_CASE(the_date_is_shown_when_it_is_not_today) {
    BOOST_TEST(format_local(at("2026-11-22T13:30:00Z"), kNow) == "14:30:00");
    BOOST_TEST(format_local(at("2026-11-22T23:30:00Z"), kNow) == "Mon 2026-11-23 00:30:00");
}

BOOST_AUTO_TEST_CASE(time_left_and_time_gone) {
    BOOST_TEST(format_left(kNow + std::chrono::minutes(24), kNow) == "24min");
    BOOST_TEST(format_left(kNow - std::chrono::minutes(5), kNow) == "5min ago");
}

BOOST_AUTO_TEST_SUITE_END()
