// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE session_view
#include "jitctl/session_view.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/unit/jitctl/view_time.hpp"

using namespace jit;
using namespace jit::ctl;
using namespace jit::test;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

Json session(const Json& other = Json::object()) {
    Json raw = {{"id", "s1"},       {"grant", "g1"},  {"account", "alice"},         {"target", "root"},
                {"service", "sudo"}, {"tty", "/dev/pts/1"}, {"state", "open"},            {"ends_usec", in(seconds(20))},
                {"backstop_usec", in(minutes(5))}};
    raw.update(other);
    return shaped(Kind::session, raw);
}

Json grant(core::Usec left, const char* state = "active") {
    return shaped(Kind::grant, {{"id", "g2"}, {"account", "alice"}, {"state", state}, {"not_after_usec", in(left)}});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(SessionView)

BOOST_AUTO_TEST_CASE(what_is_left_is_the_sessions_own) {
    BOOST_TEST(session_left(session(), kNow) == "20s");
    BOOST_TEST(session_left(session({{"ends_usec", in(-seconds(1))}}), kNow) == "0");
    BOOST_TEST(session_left(session({{"state", "ending"}}), kNow) == "-");
}

BOOST_AUTO_TEST_CASE(a_terminal_is_called_as_people_do) {
    BOOST_TEST(session_tty(session()) == "pts/1");
    BOOST_TEST(session_tty(session({{"tty", "pts/1"}})) == "pts/1");
    BOOST_TEST(session_tty(session({{"tty", nullptr}})).empty());
}

BOOST_AUTO_TEST_CASE(the_state_stands_with_it) {
    BOOST_TEST(session_words(session(), kNow) == "sudo to root on pts/1, 20s left");
    BOOST_TEST(session_words(session({{"tty", nullptr}}), kNow) == "sudo to root, 20s left");
    BOOST_TEST(session_words(session({{"state", "opening"}}), kNow) == "sudo to root on pts/1, is opening, 20s left");
    BOOST_TEST(session_words(session({{"state", "finishing"}}), kNow) == "sudo to root on pts/1, may finish within 20s");
    BOOST_TEST(session_words(session({{"state", "ending"}}), kNow) == "sudo to root on pts/1, is told to end");
}

BOOST_AUTO_TEST_CASE(only_what_is_finishing_needs_another_way_to_be_ended) {
    BOOST_TEST(way_to_end(session({{"state", "finishing"}})).find("jitctl revoke --session s1 --reason") != std::string::npos);
    for (const char* state : {"opening", "open", "ending"}) BOOST_TEST(way_to_end(session({{"state", state}})).empty(), state);
}

BOOST_AUTO_TEST_CASE(a_session_whose_limit_comes_before_the_grants_end_is_named) {
    BOOST_TEST(ends_before(session(), grant(minutes(6)), kNow) ==
               "session s1 on pts/1 ends at " + local(seconds(20)) + " all the same: elevate again after it");
    BOOST_TEST(ends_before(session({{"tty", nullptr}}), grant(minutes(6)), kNow).starts_with("session s1 ends at "));
    BOOST_TEST(ends_before(session(), grant(minutes(5)), kNow).empty());
    BOOST_TEST(ends_before(session(), grant(minutes(6), "scheduled"), kNow).empty());
    BOOST_TEST(ends_before(session({{"state", "ending"}}), grant(minutes(6)), kNow).empty());
    BOOST_TEST(ends_before(session({{"backstop_usec", nullptr}}), grant(minutes(6)), kNow).empty());
}

BOOST_AUTO_TEST_SUITE_END()
