// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE duration
#include "core/duration.hpp"

#include <boost/test/unit_test.hpp>

#include "core/text.hpp"

using namespace jit::core;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(Duration)

BOOST_AUTO_TEST_CASE(spans_are_read_as_systemd_time_writes_them) {
    BOOST_TEST((*parse_duration("30m") == 30min));
    BOOST_TEST((*parse_duration("2h 30min") == 150min));
    BOOST_TEST((*parse_duration(" 2h30min ") == 150min));
    BOOST_TEST((*parse_duration("1.5s") == 1500ms));
    BOOST_TEST((*parse_duration("1 week") == 168h));
    BOOST_TEST((*parse_duration("1M") == 2629800s));
    BOOST_TEST((*parse_duration("0") == 0us));
    BOOST_TEST((*parse_duration("0s") == 0us));
    BOOST_TEST((*parse_duration("1000y") == 31557600s * 1000));
}

BOOST_AUTO_TEST_CASE(s58_what_is_no_span_is_refused_with_its_remedy) {
    for (const char* text : {"", " ", "5", "00", "-1s", "1s -1s", "h", "1 fortnight", "1.h", ".5h",
                             "1h30", "1.2.3s", "infinity", "1001y", "9223372036854775807us",
                             "99999999999999999999s", "1H", "1h\n", "1h\x1B[0m"}) {
        const auto span = parse_duration(text);
        BOOST_REQUIRE_MESSAGE(!span.has_value(), text);
        BOOST_TEST(span.error().code == "FIELD");
        BOOST_TEST(span.error().text.find("write for example") != std::string::npos);
        BOOST_TEST(is_clean(span.error().text));
    }
    BOOST_TEST(!parse_duration("1000y 1us").has_value());
}

BOOST_AUTO_TEST_CASE(spans_are_shown_in_at_most_two_units) {
    BOOST_TEST(format_duration(0us) == "0");
    BOOST_TEST(format_duration(150min) == "2h 30min");
    BOOST_TEST(format_duration(1500ms) == "1.500s");
    BOOST_TEST(format_duration(90061s) == "1d 1h");
    BOOST_TEST(format_duration(8h) == "8h");
    BOOST_TEST(format_duration(59s + 999999us) == "59.999s");
    BOOST_TEST(format_duration(61s + 5ms) == "1min 1s");
    BOOST_TEST(format_duration(250ms) == "250ms");
    BOOST_TEST(format_duration(7us) == "7us");
    BOOST_TEST(format_duration(-90s) == "-1min 30s");
}

BOOST_AUTO_TEST_CASE(what_is_shown_reads_back_to_no_more_than_it_was) {
    for (std::int64_t usec = 1; usec < 40'000'000'000'000; usec = usec * 7 / 4 + 1) {
        const auto back = parse_duration(format_duration(Usec(usec)));
        BOOST_REQUIRE(back.has_value());
        BOOST_TEST((*back <= Usec(usec) && *back > Usec(usec) / 2), usec);
    }
}

BOOST_AUTO_TEST_CASE(times_are_read_and_written_as_rfc_3339) {
    const Wall noon = from_usec(1'795'348'800'000'000);
    BOOST_TEST(format_time(noon) == "2026-11-22T12:00:00Z");
    for (const char* text :
         {"2026-11-22T12:00:00Z", "2026-11-22t12:00:00z", "2026-11-22 13:00:00+01:00",
          "2026-11-22T06:30:00-05:30", "2026-11-22T12:00:00.000000Z"}) {
        const auto time = parse_time(text);
        BOOST_REQUIRE_MESSAGE(time.has_value(), text);
        BOOST_TEST((*time == noon), text);
    }
    BOOST_TEST((*parse_time("2026-11-22T12:00:00.25Z") == noon + 250ms));
    BOOST_TEST((*parse_time("2024-02-29T00:00:00Z") - *parse_time("2024-02-28T23:59:59Z") == 1s));
}

BOOST_AUTO_TEST_CASE(what_is_no_time_with_offset_is_refused) {
    for (const char* text :
         {"", "2026-11-22", "2026-11-22T12:00:00", "2026-11-22T12:00Z", "2026-02-29T00:00:00Z",
          "2026-13-01T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T12:60:00Z",
          "2026-11-22T12:00:60Z", "2026-11-22T12:00:00.Z", "2026-11-22T12:00:00Zx",
          "2026-11-22T12:00:00+1:00", "2026-11-22T12:00:00+24:00", "1969-12-31T23:59:59Z", "now",
          "+026-11-22T12:00:00Z"}) {
        const auto time = parse_time(text);
        BOOST_REQUIRE_MESSAGE(!time.has_value(), text);
        BOOST_TEST(time.error().code == "FIELD");
    }
}

BOOST_AUTO_TEST_SUITE_END()
