// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE status_view
#include "jitctl/status_view.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "core/text.hpp"
#include "tests/unit/jitctl/view_time.hpp"

using namespace jit;
using namespace jit::ctl;
using namespace jit::test;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr char kHostile[] = "a\x1b[2J\r\nb\u202e\u009b";

std::string until(core::Usec span) { return " (until " + local(span) + ")"; }

Json session(const char* id, const char* state, core::Usec left) {
    return {{"id", id},        {"grant", "g1"}, {"role", "root"},   {"account", "alice"}, {"target", "root"},
            {"service", "sudo"}, {"tty", "pts/1"}, {"state", state}, {"ends_usec", in(left)}};
}

/** Her grant goes on for ten minutes, unless it is over. */
Json status(const Json& sessions, bool active = true, const Json& other = Json::object()) {
    Json raw = {{"host", {{"name", "db-01"}}}, {"account", "alice"}, {"state", "ok"}, {"sessions", sessions}, {"locked", false}};
    if (active)
        raw["grants"] = {{{"id", "g1"}, {"account", "alice"}, {"role", "root"}, {"state", "active"}, {"not_after_usec", in(minutes(10))}}};
    raw.update(other);
    return shaped(Kind::status, raw);
}

Json inside(const char* state, core::Usec left, bool active = true) {
    return status({session("s0", "open", minutes(9)), session("s1", state, left)}, active, {{"inside", true}, {"session", "s1"}});
}

std::string said(const Json& status) {
    Environment env;
    env.now = [] { return kNow; };
    const GlobalOptions options;
    const Output out(env, options);
    return status_text({env, out}, status);
}

std::string first_line(const Json& status) {
    const auto text = said(status);
    return text.substr(0, text.find('\n'));
}

bool says(const Json& status, std::string_view part) { return said(status).find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(Status)

BOOST_AUTO_TEST_CASE(inside_a_session_its_own_end_counts) {
    BOOST_TEST(first_line(inside("open", seconds(20))) == "● alice is root on db-01 by grant g1, 20s left" + until(seconds(20)) + ".");
    BOOST_TEST(prompt_text(inside("open", seconds(20)), kNow) == "[root 20s]");
}

BOOST_AUTO_TEST_CASE(inside_a_session_that_finishes_the_end_and_the_way_on_are_named) {
    const auto finishing = inside("finishing", seconds(40), false);
    BOOST_TEST(first_line(finishing) ==
               "● alice is root on db-01, to finish what runs: grant g1 is over, 40s left" + until(seconds(40)) + ".");
    BOOST_TEST(says(finishing, "jitctl request root --for 30m"));
    BOOST_TEST(prompt_text(finishing, kNow) == "[root finishing 40s]");
}

BOOST_AUTO_TEST_CASE(inside_a_session_that_ends_no_time_is_promised) {
    BOOST_TEST(first_line(inside("ending", seconds(0))) == "● alice is root on db-01, in a session that is told to end.");
    BOOST_TEST(prompt_text(inside("ending", seconds(0)), kNow) == "[root ending]");
}

BOOST_AUTO_TEST_CASE(outside_the_longest_open_session_counts_and_all_are_listed) {
    const auto both = status({session("s1", "open", minutes(8)), session("s2", "open", minutes(3)), session("s3", "ending", seconds(0))});
    BOOST_TEST(first_line(both) == "● alice is elevated on db-01: role root by grant g1, 8min left" + until(minutes(8)) + ".");
    for (const char* line : {"session  s1  sudo to root on pts/1, 8min left\n", "session  s2  sudo to root on pts/1, 3min left\n",
                             "session  s3  sudo to root on pts/1, is told to end\n"})
        BOOST_TEST(says(both, line), line);
    BOOST_TEST(!says(both, ": here"));
    BOOST_TEST(says(inside("open", seconds(20)), "session  s1  sudo to root on pts/1, 20s left: here\n"));
    BOOST_TEST(prompt_text(both, kNow) == "[root 10min]");
}

BOOST_AUTO_TEST_CASE(outside_what_still_finishes_is_told_when_nothing_else_lets_in) {
    const Json finishing = {session("s1", "finishing", seconds(40))};
    BOOST_TEST(first_line(status(finishing, false)) ==
               "● alice is still elevated on db-01, to finish what runs: grant g1 is over, 40s left" + until(seconds(40)) + ".");
    BOOST_TEST(prompt_text(status(finishing, false), kNow).empty());
    BOOST_TEST(first_line(status(finishing)) == "● alice may elevate on db-01: role root, 10min left" + until(minutes(10)) + ".");
}

BOOST_AUTO_TEST_CASE(a_grant_alone_lets_in_and_nothing_does_not) {
    BOOST_TEST(first_line(status(Json::array())) == "● alice may elevate on db-01: role root, 10min left" + until(minutes(10)) + ".");
    BOOST_TEST(prompt_text(status(Json::array()), kNow) == "[root 10min]");
    BOOST_TEST(first_line(status(Json::array(), false)) == "○ alice is not elevated on db-01: no grant is active.");
    BOOST_TEST(prompt_text(status(Json::array(), false), kNow).empty());
}

BOOST_AUTO_TEST_CASE(a_lock_comes_first) {
    const auto locked = status({session("s1", "ending", seconds(0))}, true, {{"locked", true}});
    BOOST_TEST(first_line(locked) == "● alice is locked on db-01: no grant serves.");
    BOOST_TEST(prompt_text(locked, kNow).empty());
}

BOOST_AUTO_TEST_CASE(a_request_for_more_time_is_told_from_one_for_a_role) {
    const auto asks = [](const char* kind) {
        return status(Json::array(), true,
                      {{"requests", {{{"id", "r1"}, {"kind", kind}, {"role", "root"}, {"duration_usec", 30'000'000U},
                                      {"state", "pending"}, {"reason", "x"}, {"approvers", {"@leads"}}, {"needed", 1U}}}}});
    };
    BOOST_TEST(says(asks("role"), "request  r1  role root, waits for 1 of @leads"));
    BOOST_TEST(says(asks("extension"), "request  r1  30s more of role root, waits for 1 of @leads"));
}

BOOST_AUTO_TEST_CASE(s42_no_field_of_a_session_reaches_a_terminal_as_it_is) {
    Json hostile = session("s1", "open", minutes(1));
    for (const char* field : {"id", "grant", "role", "account", "target", "service", "tty"}) hostile[field] = kHostile;
    for (const char* state : {"open", "finishing", "ending"}) {
        hostile["state"] = state;
        for (const bool within : {false, true}) {
            const auto seen = status({hostile}, false, {{"inside", within}, {"session", kHostile}, {"account", kHostile}});
            std::string text = said(seen) + prompt_text(seen, kNow);
            std::erase(text, '\n');
            BOOST_TEST(core::is_clean(text), state);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
