// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE filter
#include "trail/filter.hpp"

#include <boost/test/unit_test.hpp>

#include "core/event_kind.hpp"

using namespace jit;
using trail::JournalFilter;

namespace {

/** "JIT_USER=alice|bob JIT_CODE=EXPIRED", or the error. */
std::string matches(const JournalFilter& filter) {
    const auto found = trail::matches_of(filter);
    if (!found) return found.error().code;
    std::string out;
    for (const auto& [field, values] : *found) {
        out += (out.empty() ? "" : " ") + field + "=";
        for (const auto& value : values) out += (&value == &values.front() ? "" : "|") + value;
    }
    return out;
}

trail::LogRecord about(const std::string& user, const std::string& uid, const std::string& actor) {
    trail::LogRecord out;
    if (!user.empty()) out.fields["user"] = user;
    if (!uid.empty()) out.fields["uid"] = uid;
    if (!actor.empty()) out.fields["actor"] = actor;
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Filter)

BOOST_AUTO_TEST_CASE(what_is_empty_is_not_asked_for) { BOOST_TEST(matches({}).empty()); }

BOOST_AUTO_TEST_CASE(each_field_and_several_values) {
    JournalFilter filter;
    filter.user = "alice,bob";
    filter.code = "EXPIRED";
    BOOST_TEST(matches(filter) == "JIT_USER=alice|bob JIT_CODE=EXPIRED");
    filter = {};
    filter.grant = filter.session = filter.request = filter.role = filter.actor = filter.service = filter.target = "x";
    filter.boot = "b";
    BOOST_TEST(matches(filter) == "JIT_ACTOR=x JIT_GRANT=x JIT_REQUEST=x JIT_SESSION=x JIT_ROLE=x JIT_SERVICE=x "
                                  "JIT_TARGET=x _BOOT_ID=b");
}

BOOST_AUTO_TEST_CASE(patterns_of_kinds) {
    BOOST_TEST(matches({.event = "lock.*,file.expired"}) == "JIT_EVENT=lock.set|lock.cleared|file.expired");
    BOOST_TEST(matches({.event = "*.denied"}) == "JIT_EVENT=request.denied|check.denied");
    BOOST_TEST(trail::matches_of({.event = "*"})->front().second.size() == core::kEventKinds.size());
    BOOST_TEST(matches({.event = "sesion.*"}) == "FIELD");
    BOOST_TEST(matches({.event = "session"}) == "FIELD");
}

BOOST_AUTO_TEST_CASE(empty_and_too_many_values_are_refused) {
    for (const auto* bad : {",", "a,", ",a", "a,,b"}) BOOST_TEST(matches({.user = bad}) == "FIELD", bad);
    std::string many = "a";
    for (std::size_t i = 1; i < trail::kMaxValues; ++i) many += ",a";
    BOOST_TEST(matches({.user = many}) != "FIELD");
    BOOST_TEST(matches({.user = many + ",a"}) == "FIELD");
}

BOOST_AUTO_TEST_CASE(own_is_what_is_about_the_account_and_what_it_did) {
    const trail::Owner alice{"alice", 1001};
    BOOST_TEST(is_own(about("alice", "1001", ""), alice));
    BOOST_TEST(is_own(about("alice", "", "root"), alice));
    BOOST_TEST(is_own(about("bob", "1002", "alice"), alice));
    BOOST_TEST(!is_own(about("bob", "1002", "bob"), alice));
    BOOST_TEST(!is_own(about("", "", ""), alice));
}

BOOST_AUTO_TEST_CASE(an_account_that_had_the_name_before_is_another) {
    const trail::Owner alice{"alice", 1001};
    BOOST_TEST(!is_own(about("alice", "1077", ""), alice));
    BOOST_TEST(!is_own(about("alice", "10010", "root"), alice));
}

BOOST_AUTO_TEST_CASE(what_another_login_did_is_not_own) {
    const trail::Owner carol{"carol", 4711};
    auto decided = about("alice", "1001", "carol");
    BOOST_TEST(is_own(decided, carol));  // no login, as in a timer
    decided.fields["loginuid"] = "1002";
    BOOST_TEST(!is_own(decided, carol));
    BOOST_TEST(is_own(decided, {"carol", 1002}));
    BOOST_TEST(is_own(decided, {"alice", 1001}));  // about her, whoever did it
    decided.fields["actor"] = "root";              // carol, by sudo
    BOOST_TEST(!is_own(decided, {"carol", 1002}));
}

BOOST_AUTO_TEST_CASE(both_ends_of_a_span_belong_to_it) {
    const auto at = [](std::uint64_t usec) { return core::from_usec(usec); };
    BOOST_TEST(trail::is_between(5, {}, {}));
    BOOST_TEST((trail::is_between(5, at(5), at(5)) && trail::is_between(5, at(5), {}) && trail::is_between(5, {}, at(5))));
    BOOST_TEST((!trail::is_between(5, at(6), {}) && !trail::is_between(5, {}, at(4))));
}

BOOST_AUTO_TEST_SUITE_END()
