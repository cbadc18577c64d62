// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE timing
#include "jitctl/recording/timing.hpp"

#include <boost/test/unit_test.hpp>

using namespace jit;
using namespace jit::ctl::recording;

namespace {

bool parses(const std::string& line) { return parse_timing(line).has_value(); }

core::Usec delay_of(const std::string& line) { return parse_timing(line)->delay; }

}  // namespace

BOOST_AUTO_TEST_CASE(bytes_of_each_stream) {
    const std::pair<const char*, Stream> lines[] = {{"0", Stream::input},          {"1", Stream::output},
                                                    {"2", Stream::error},          {"3", Stream::terminal_input},
                                                    {"4", Stream::terminal_output}, {"6", Stream::terminal_output}};
    for (const auto& [kind, stream] : lines) {
        const auto event = parse_timing(std::string(kind) + " 0.054656080 8");
        BOOST_REQUIRE(event.has_value());
        const auto written = std::get<Written>(event->what);
        BOOST_TEST((written.stream == stream));
        BOOST_TEST(written.bytes == 8U);
        BOOST_TEST(event->delay.count() == 54656);
    }
}

BOOST_AUTO_TEST_CASE(a_resize_and_a_suspension) {
    const auto resized = std::get<Resized>(parse_timing("5 0.000903621 30 100")->what);
    BOOST_TEST(resized.lines == 30U);
    BOOST_TEST(resized.columns == 100U);
    BOOST_TEST(std::get<Suspended>(parse_timing("7 0.551082057 CONT")->what).signal == "CONT");
}

BOOST_AUTO_TEST_CASE(delays_of_any_precision) {
    BOOST_TEST(delay_of("1 12.5 1").count() == 12'500'000);
    BOOST_TEST(delay_of("1 3 1").count() == 3'000'000);
    BOOST_TEST(delay_of("1 0.000000999 1").count() == 0);
    BOOST_TEST(delay_of("1 316224000.999999999 1").count() == 316'224'000'999'999);
}

BOOST_AUTO_TEST_CASE(garbage_is_refused) {
    for (const char* line : {"", " ", "1", "1 0.1", "1 0.1 ", "1 0.1 x", "1 0.1 -1", "1 0.1 1 2", "1 0.1 18446744073709551616", "1 -0.1 1",
                             "1 0.-1 1", "1 0. 1", "1 .5 1", "1 1e9 1", "1 nan 1", "1 99999999999 1", "1 18446744073709551616 1", "x 0.1 1",
                             "8 0.1 1", "-1 0.1 1", "4294967296 0.1 1", "5 0.1 30", "5 0.1 30 x", "5 0.1 30 4294967296", "7 0.1", "7 0.1 A B",
                             "1  0.1 1", "1\t0.1\t1"})
        BOOST_TEST(!parses(line), "'" << line << "' was taken");
}
