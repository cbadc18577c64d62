// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE policy_usage
#include "jitctl/policy_usage.hpp"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

using namespace jit;
using namespace jit::ctl;

namespace {

using Fields = std::map<std::string, std::string>;

trail::LogRecord record(std::uint64_t usec, Fields fields) {
    fields.try_emplace("event", "check.would_deny");
    fields.try_emplace("code", "NO_GRANT");
    std::erase_if(fields, [](const auto& field) { return field.second.empty(); });
    return {usec, std::move(fields), "jitd.service", {}};
}

/** Both checks of one sudo. */
void sudo(UsageTally& tally, std::uint64_t usec, const std::string& user, const std::string& target) {
    tally.add(record(usec, {{"user", user}, {"service", "sudo"}}));
    tally.add(record(usec + 1, {{"user", user}, {"service", "sudo"}, {"target", target}}));
}

std::string told(const Usage& usage) {
    std::string out;
    for (const Use& use : usage.uses)
        out += fmt::format("{} {} {} {} {}-{}\n", use.account, jit::core::to_string(use.service), use.target, use.count,
                           use.first_usec, use.last_usec);
    for (const auto& name : usage.left_out) out += "left out " + name + "\n";
    return out + (usage.root ? "root\n" : "");
}

std::string told(const std::vector<trail::LogRecord>& records) {
    UsageTally tally;
    for (const auto& one : records) tally.add(one);
    return told(tally.usage());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Uses)

BOOST_AUTO_TEST_CASE(two_checks_are_one_use_of_sudo) {
    UsageTally tally;
    sudo(tally, 10, "alice", "root");
    sudo(tally, 20, "alice", "root");
    sudo(tally, 30, "alice", "postgres");
    sudo(tally, 5, "bob", "root");
    BOOST_TEST(told(tally.usage()) == "alice sudo postgres 1 31-31\nalice sudo root 2 11-21\nbob sudo root 1 6-6\n");
}

BOOST_AUTO_TEST_CASE(both_checks_of_su_name_the_target) {
    const Fields su = {{"user", "bob"}, {"service", "su"}, {"target", "carol"}};
    const Fields login = {{"user", "bob"}, {"service", "su-l"}, {"target", "carol"}};
    BOOST_TEST(told({record(1, su), record(2, su), record(3, login), record(4, login)}) == "bob su carol 2 1-4\n");
    BOOST_TEST(told({record(1, su)}) == "bob su carol 1 1-1\n");
}

BOOST_AUTO_TEST_CASE(without_any_target_sudo_means_root_and_a_login_its_own_account) {
    BOOST_TEST(told({record(1, {{"user", "bob"}, {"service", "sudo-i"}}), record(2, {{"user", "bob"}, {"service", "sudo"}}),
                     record(3, {{"user", "carol"}, {"service", "sshd"}})}) == "bob sudo root 2 1-2\ncarol sshd carol 1 3-3\n");
}

BOOST_AUTO_TEST_CASE(coalesced_checks_count_as_often_as_they_were) {
    const Fields with = {{"user", "bob"}, {"service", "sudo"}, {"target", "root"}};
    Fields many = with, loose = {{"user", "bob"}, {"service", "sudo"}, {"count", "20"}};
    many["count"] = "10";
    BOOST_TEST(told({record(1, with), record(2, many)}) == "bob sudo root 6 1-2\n");
    BOOST_TEST(told({record(1, with), record(3, loose)}) == "bob sudo root 11 1-3\n");
    BOOST_TEST(told({record(3, loose)}) == "bob sudo root 20 3-3\n");
    for (const char* count : {"x", "-1", "99999999999999999999", "10 ", "0"}) {
        many["count"] = count;
        BOOST_TEST(told({record(1, many)}) == "bob sudo root 1 1-1\n", count);
    }
}

BOOST_AUTO_TEST_CASE(only_what_a_rule_would_have_helped_counts) {
    const Fields use = {{"user", "bob"}, {"service", "sudo"}, {"target", "root"}};
    const auto with = [&use](const std::string& field, const std::string& value) {
        Fields other = use;
        other[field] = value;
        return told({record(1, other)});
    };
    BOOST_TEST(with("code", "TARGET") != "");
    BOOST_TEST(with("code", "LOCKED") == "");
    BOOST_TEST(with("code", "IDENTITY") == "");
    BOOST_TEST(with("event", "check.denied") == "");
    BOOST_TEST(with("service", "login") == "");
    BOOST_TEST(with("user", "root") == "root\n");
}

BOOST_AUTO_TEST_CASE(names_no_policy_can_hold_are_left_out) {
    const auto by = [](const std::string& user, const std::string& target) {
        return told({record(1, {{"user", user}, {"service", "sudo"}, {"target", target}})});
    };
    for (const char* name : {"Alice", "a\x1b[2J", "x\"]\n[role.x]", "@ops", "principal:olivia", "DOM\\alice", "1"})
        BOOST_TEST(by(name, "root") == std::string("left out ") + name + "\n");
    BOOST_TEST(by("", "root") == "left out \n");
    for (const char* name : {"*", "a b", "\x1b[2J", "root\"]"})
        BOOST_TEST(by("bob", name) == std::string("left out ") + name + "\n");
    BOOST_TEST(by("bob", "Debian-exim") == "bob sudo Debian-exim 1 1-1\n");
}

BOOST_AUTO_TEST_SUITE_END()
