// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE view
#include "jitctl/view.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/unit/jitctl/view_time.hpp"

using namespace jit;
using namespace jit::ctl;
using namespace jit::test;

namespace {

std::string when(std::string_view state, std::chrono::minutes from, std::chrono::minutes until) {
    return grant_when(
        {{"state", state}, {"not_before_usec", in(from)}, {"not_after_usec", in(until)}}, kNow);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(View)

BOOST_AUTO_TEST_CASE(what_matters_of_a_window_depends_on_the_state) {
    using std::chrono::minutes;
    BOOST_TEST(when("active", minutes(-6), minutes(24)) == "24min left");
    BOOST_TEST(when("scheduled", minutes(30), minutes(60)) == "in 30min");
    BOOST_TEST(when("revoked", minutes(-30), minutes(60)) == "revoked");
    BOOST_TEST(grant_when({{"state", "active"}}, kNow) == "active");
}

BOOST_AUTO_TEST_CASE(absent_fields_are_left_out) {
    const std::string text =
        describe({{"id", "x"}, {"ticket", nullptr}, {"keys", Json::array()}}, kNow);
    BOOST_TEST(text.find("id  x\n") != std::string::npos);
    BOOST_TEST(text.find("ticket") == std::string::npos);
    BOOST_TEST(text.find("keys") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(times_say_how_far_away_they_are) {
    const Json grant = {{"not_after_usec", in(std::chrono::minutes(24))}, {"serial", 7}};
    const std::string text = describe(grant, kNow);
    BOOST_TEST(text.find("not after  ") != std::string::npos);
    BOOST_TEST(text.find("(in 24min)\n") != std::string::npos);
    BOOST_TEST(text.find("serial  7\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(s42_values_are_escaped) {
    const std::string text = describe({{"reason", "a\x1b[2J\nb\u202e"}}, kNow) +
                             shown({{"id", "\x1b"}}, "id") +
                             grant_when({{"state", "\x1b[2J"}}, kNow);
    BOOST_TEST(text.find('\x1b') == std::string::npos);
    BOOST_TEST(text.find("\u202e") == std::string::npos);
    BOOST_TEST(std::ranges::count(text, '\n') == 1);
}

BOOST_AUTO_TEST_SUITE_END()
