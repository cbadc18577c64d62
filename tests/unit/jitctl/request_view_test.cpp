// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE request_view
#include "jitctl/request_view.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/text.hpp"
#include "tests/unit/jitctl/view_time.hpp"

using namespace jit;
using namespace jit::ctl;
using namespace jit::test;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

constexpr char kHostile[] = "a\x1b[2J\r\nb\u202e\u2066\u200b\u009b\u2028\x7f";

std::uint64_t usec(core::Usec span) { return static_cast<std::uint64_t>(span.count()); }

/** Alice asks for half an hour; two of the leads and olivia have to agree. */
Json pending(const Json& other = Json::object()) {
    Json raw = {{"id", "r1"},
                {"kind", "role"},
                {"account", "alice"},
                {"uid", 1001U},
                {"role", "root"},
                {"duration_usec", usec(minutes(30))},
                {"reason", "INC-1 disk"},
                {"ticket", "INC-1"},
                {"state", "pending"},
                {"rule", "policy.toml:7"},
                {"needed", 2U},
                {"approvers", {"@leads", "principal:olivia"}},
                {"created_usec", in(-minutes(1))},
                {"expires_usec", in(minutes(59))}};
    raw.update(other);
    return shaped(Kind::request, raw);
}

Json approval(const Json& other = Json::object()) {
    Json out = {{"principal", "olivia"}, {"account", "olivia"}, {"via", "host"}, {"time_usec", in({})}};
    out.update(other);
    return out;
}

std::string seen(const Json& request, const std::string& host = "db-01") { return describe_request(request, host, kNow); }

/** The values behind a label, one per line of it. */
std::vector<std::string> lines(const std::string& text, const std::string& label) {
    std::vector<std::string> out;
    std::string rest = text;
    while (!rest.empty()) {
        const std::string line = rest.substr(0, rest.find('\n'));
        rest.erase(0, line.size() + 1);
        const auto first = line.find_first_not_of(' ');
        if (line.substr(first).starts_with(label + "  ")) out.push_back(line.substr(first + label.size() + 2));
    }
    return out;
}

std::string line(const std::string& text, const std::string& label) {
    const auto all = lines(text, label);
    return all.size() == 1 ? all[0] : std::to_string(all.size()) + " lines of " + label;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(RequestView)

BOOST_AUTO_TEST_CASE(an_approver_sees_who_what_where_how_long_why_and_by_which_rule) {
    const std::string text = seen(pending());
    BOOST_TEST(line(text, "request") == "r1, pending");
    BOOST_TEST(line(text, "asks") == "alice (uid 1001), role root on db-01");
    BOOST_TEST(line(text, "for") == "30min from the approval on");
    BOOST_TEST(line(text, "reason") == "INC-1 disk (ticket INC-1)");
    BOOST_TEST(line(text, "asked") == local(-minutes(1)));
    BOOST_TEST(line(text, "rule") == "policy.toml:7");
    BOOST_TEST(line(text, "waits for") == "2 of @leads, principal:olivia, until " + local(minutes(59)) + " (59min left)");
    for (const char* label : {"approved", "denied", "grant", "last time"}) BOOST_TEST(lines(text, label).empty(), label);
}

BOOST_AUTO_TEST_CASE(what_is_not_known_is_left_out) {
    const std::string text = seen(pending({{"uid", nullptr}, {"ticket", nullptr}, {"expires_usec", nullptr}}), "");
    BOOST_TEST(line(text, "asks") == "alice, role root on this host");
    BOOST_TEST(line(text, "reason") == "INC-1 disk");
    BOOST_TEST(line(text, "waits for") == "2 of @leads, principal:olivia");
    BOOST_TEST(!seen(shaped(Kind::request, Json::object())).empty());
}

BOOST_AUTO_TEST_CASE(a_later_start_is_shown) {
    const Json later = {{"start_usec", in(hours(2))}, {"state", "approved"}, {"grant", "g1"}};
    BOOST_TEST(line(seen(pending(later)), "for") == "30min from " + local(hours(2)));
    BOOST_TEST(request_line(pending(later), kNow) ==
               "request r1 for role root is approved: grant g1, 30min from " + local(hours(2)));
}

BOOST_AUTO_TEST_CASE(each_approval_is_a_line_with_what_it_allows) {
    const Json one = pending({{"approvals", {approval({{"duration_usec", usec(minutes(15))}, {"reason", "go on"}})}}});
    BOOST_TEST(line(seen(one), "approved") == "olivia, for 15min at most, " + local({}) + ": go on");
    BOOST_TEST(line(seen(one), "waits for").starts_with("1 more of @leads, principal:olivia, "));
    const Json two = pending(
        {{"approvals", {approval(), approval({{"principal", "bob"}})}}, {"state", "approved"}, {"grant", "g1"}});
    BOOST_TEST(lines(seen(two), "approved").size() == 2U);
    BOOST_TEST(line(seen(two), "grant") == "g1");
    BOOST_TEST(lines(seen(two), "waits for").empty());
}

BOOST_AUTO_TEST_CASE(an_approval_by_token_names_its_key_and_one_by_a_rule_nobody) {
    BOOST_TEST(line(seen(pending({{"approvals", {approval({{"via", "key:olivia-2026"}})}}})), "approved") ==
               "olivia by token (key olivia-2026), " + local({}));
    BOOST_TEST(line(seen(pending({{"approvals", {approval({{"via", "rule"}, {"principal", nullptr}})}}})), "approved") ==
               "at once, by the rule, " + local({}));
}

BOOST_AUTO_TEST_CASE(a_refusal_says_by_whom_and_why) {
    const Json denied = pending({{"state", "denied"}, {"denied_by", "olivia"}, {"denied_reason", "not today"}});
    BOOST_TEST(line(seen(denied), "denied") == "by olivia: not today");
    BOOST_TEST(lines(seen(denied), "waits for").empty());
    BOOST_TEST(request_line(denied, kNow) == "request r1 for role root is denied by olivia: not today");
    const Json policy = pending({{"state", "denied"}});
    BOOST_TEST(line(seen(policy), "denied") == "by a new policy");
    BOOST_TEST(request_line(policy, kNow) == "request r1 for role root is denied by a new policy");
}

BOOST_AUTO_TEST_CASE(break_glass_stands_out_and_waits_for_a_key) {
    const Json request = pending({{"kind", "break-glass"}, {"rule", "break-glass"}, {"approvers", nullptr}});
    BOOST_TEST(line(seen(request), "asks") == "alice (uid 1001), BREAK-GLASS, role root on db-01");
    BOOST_TEST(line(seen(request), "waits for").starts_with("a token by a break-glass key, until "));
    BOOST_TEST(request_line(request, kNow) ==
               "request r1 for BREAK-GLASS, role root waits for a token by a break-glass key, 59min left");
}

BOOST_AUTO_TEST_CASE(an_extension_names_the_grant_it_is_for) {
    const Json request = pending({{"kind", "extension"}, {"grant", "g1"}});
    BOOST_TEST(line(seen(request), "asks") == "alice (uid 1001), more time for grant g1, role root on db-01");
    BOOST_TEST(line(seen(request), "for") == "30min more");
    BOOST_TEST(lines(seen(request), "grant").empty());
    BOOST_TEST(request_line(pending({{"kind", "extension"}, {"grant", "g1"}, {"state", "approved"}}), kNow) ==
               "request r1 for 30min more of role root is approved: grant g1, 30min more");
    BOOST_TEST(request_line(request, kNow).starts_with("request r1 for 30min more of role root waits for 2 of "));
}

BOOST_AUTO_TEST_CASE(the_last_use_tells_what_was_done_with_it) {
    const Json last = {{"grant", "g0"},
                       {"role", "root"},
                       {"state", "expired"},
                       {"reason", "INC-0"},
                       {"not_before_usec", in(-hours(3))},
                       {"not_after_usec", in(-hours(2))},
                       {"sessions", 2U},
                       {"terminated", 1U},
                       {"last_usec", in(-minutes(150))},
                       {"targets", {"root", "postgres"}}};
    const auto told = [&](const Json& other) {
        Json changed = last;
        changed.update(other);
        return line(seen(pending({{"last", changed}})), "last time");
    };
    const std::string grant = "grant g0, role root, " + local(-hours(3)) + " for 1h, expired: INC-0; ";
    BOOST_TEST(told(Json::object()) == grant + "2 sessions (root, postgres), 1 ended by JIT, the last until " + local(-minutes(150)));
    BOOST_TEST(told({{"sessions", 1U}, {"terminated", 0U}, {"last_usec", nullptr}}) ==
               grant + "1 session (root, postgres)");
    BOOST_TEST(told({{"sessions", 0U}}) == grant + "not used");
}

BOOST_AUTO_TEST_CASE(what_is_awaited_counts_down) {
    BOOST_TEST(awaited(pending()) == "2 of @leads, principal:olivia");
    BOOST_TEST(awaited(pending({{"approvals", {approval()}}})) == "1 more of @leads, principal:olivia");
    BOOST_TEST(awaited(pending({{"approvals", {approval()}}, {"needed", 1U}})) == "1 more of @leads, principal:olivia");
}

BOOST_AUTO_TEST_CASE(the_time_left_ends) {
    BOOST_TEST(time_left(pending(), kNow) == "59min left");
    BOOST_TEST(time_left(pending({{"expires_usec", in(-minutes(1))}}), kNow) == "over since " + local(-minutes(1)));
    BOOST_TEST(time_left(pending({{"expires_usec", nullptr}}), kNow).empty());
}

BOOST_AUTO_TEST_CASE(one_line_says_what_became_of_it) {
    const auto said = [](const Json& other) { return request_line(pending(other), kNow); };
    BOOST_TEST(said(Json::object()) == "request r1 for role root waits for 2 of @leads, principal:olivia, 59min left");
    BOOST_TEST(said({{"state", "withdrawn"}}) == "request r1 for role root is withdrawn");
    BOOST_TEST(said({{"state", "expired"}}) == "request r1 for role root is expired");
    BOOST_TEST(said({{"state", "approved"}, {"grant", "g1"}}) == "request r1 for role root is approved: grant g1, 30min");
}

BOOST_AUTO_TEST_CASE(the_shortest_that_somebody_allowed_counts) {
    const Json narrowed = pending({{"state", "approved"},
                                   {"grant", "g1"},
                                   {"approvals",
                                    {approval({{"duration_usec", usec(minutes(20))}}), approval(),
                                     approval({{"duration_usec", usec(minutes(10))}})}}});
    BOOST_TEST(request_line(narrowed, kNow) == "request r1 for role root is approved: grant g1, 10min");
}

BOOST_AUTO_TEST_CASE(only_an_approval_is_a_success) {
    const auto exit = [](const char* state) { return static_cast<int>(exit_of_request(pending({{"state", state}}))); };
    BOOST_TEST(exit("approved") == 0);
    BOOST_TEST(exit("pending") == 4);
    for (const char* state : {"denied", "withdrawn", "expired", "unheard-of"}) BOOST_TEST(exit(state) == 3, state);
}

BOOST_AUTO_TEST_CASE(s42_no_field_of_a_request_reaches_a_terminal_as_it_is) {
    for (const char* state : {"pending", "approved", "denied", kHostile}) {
        Json raw = {{"approvers", {kHostile}},
                    {"approvals",
                     {approval({{"principal", kHostile}, {"via", std::string("key:") + kHostile}, {"reason", kHostile}})}},
                    {"last", {{"sessions", 1U}, {"targets", {kHostile}}}},
                    {"state", state}};
        for (const char* field :
             {"id", "account", "role", "reason", "ticket", "rule", "grant", "denied_by", "denied_reason"})
            raw[field] = kHostile;
        for (const char* field : {"grant", "role", "state", "reason"}) raw["last"][field] = kHostile;
        for (const char* kind : {"role", "extension", "break-glass", kHostile}) {
            raw["kind"] = kind;
            std::string text = describe_request(pending(raw), kHostile, kNow) + request_line(pending(raw), kNow);
            const auto ends = std::ranges::count(text, '\n');
            std::erase(text, '\n');
            BOOST_TEST(core::is_clean(text), state << ", " << kind);
            BOOST_TEST(ends <= 11, state << ", " << kind);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
