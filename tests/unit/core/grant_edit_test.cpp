// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE grant_edit
#include "core/grant_edit.hpp"

#include <boost/test/unit_test.hpp>

#include "core/duration.hpp"

using namespace jit::core;

namespace {

constexpr std::string_view kFile =
    "# Owned by the platform team.\n"
    "format = 1\n"
    "type = \"grants\"\n"
    "org = \"example\"\n"
    "serial   =   100   # raised by every edit\n"
    "issued = 2026-11-22T12:00:00Z\n"
    "expires = 2026-11-23T12:00:00Z # a day\n"
    "\n"
    "# alice replaces the disk\n"
    "[[grant]]\n"
    "id = \"one\"\n"
    "user = \"alice\"\n"
    "role = \"root\"\n"
    "hosts = [\"db-*\"]\n"
    "not_before = 2026-11-22T12:00:00Z\n"
    "not_after = 2026-11-22T12:30:00Z\n"
    "reason = \"disk\"\n"
    "\n"
    "# bob watches\n"
    "#   over her shoulder\n"
    "[[grant]]\n"
    "user = 'bob'\n"
    "id = \"t\\u0077o\"\n"
    "role = \"root\"\n"
    "hosts = [\"*\"]\n"
    "not_before = 2026-11-22T12:00:00Z\n"
    "not_after = 2026-11-25T12:00:00Z\n"
    "reason = \"watch\"";

Wall at(std::string_view text) { return *parse_time(text); }

NewGrant carol() {
    return {.id = "three",
            .user = "carol",
            .role = "dba",
            .reason = R"(the "big" one \o/)",
            .ticket = "INC-7",
            .uid = 1003,
            .hosts = {"db-*", "environment=staging"},
            .not_before = at("2026-11-22T13:00:00.9Z"),
            .not_after = at("2026-11-22T14:00:00Z")};
}

std::vector<std::string> ids(std::string_view text) {
    std::vector<std::string> out;
    const auto tables = list_grant_tables(text, "f");
    BOOST_REQUIRE(tables.has_value());
    for (const auto& table : *tables) out.push_back(table.id);
    return out;
}

using Ids = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(GrantEdit)

BOOST_AUTO_TEST_CASE(header_is_read) {
    const auto header = read_grant_header(kFile, "f");
    BOOST_REQUIRE(header.has_value());
    BOOST_TEST(header->org == "example");
    BOOST_TEST(header->serial == 100U);
    BOOST_TEST((header->expires == at("2026-11-23T12:00:00Z")));
}

BOOST_AUTO_TEST_CASE(an_unknown_key_of_the_header_is_refused) {
    BOOST_TEST(!read_grant_header("format = 1\nowner = \"x\"\n", "f").has_value());
}

BOOST_AUTO_TEST_CASE(a_header_that_would_overflow_the_parser_is_refused_before_it_is_parsed) {
    std::string deep = "a";
    for (int i = 0; i < 20000; ++i) deep += ".a";
    const auto header = read_grant_header(deep + " = 1\n", "f");
    BOOST_REQUIRE(!header.has_value());
    BOOST_TEST(header.error().code == "LINT");
}

BOOST_AUTO_TEST_CASE(tables_are_listed_whatever_the_way_they_are_written) {
    BOOST_TEST(ids(kFile) == (Ids{"one", "two"}));
    const auto tables = list_grant_tables(kFile, "f");
    BOOST_TEST((*tables)[1].user == "bob");
    BOOST_TEST(((*tables)[0].not_after == at("2026-11-22T12:30:00Z")));
}

BOOST_AUTO_TEST_CASE(an_appended_table_reads_back_and_other_bytes_stay) {
    const std::string edited = append_grant_table(kFile, carol());
    BOOST_TEST(edited.starts_with(kFile));
    const auto tables = list_grant_tables(edited, "f");
    BOOST_REQUIRE(tables.has_value());
    BOOST_REQUIRE(tables->size() == 3U);
    const GrantTable& added = tables->back();
    BOOST_TEST(added.id == "three");
    BOOST_TEST(added.user == "carol");
    BOOST_TEST(added.reason == R"(the "big" one \o/)");
    BOOST_TEST((added.not_before == at("2026-11-22T13:00:00Z")));
}

BOOST_AUTO_TEST_CASE(a_removed_table_takes_its_comments_along_and_nothing_else) {
    const auto first = remove_grant_table(kFile, "f", "one");
    BOOST_REQUIRE(first.has_value());
    std::string expected(kFile);
    const auto from = expected.find("# alice");
    expected.erase(from, expected.find("# bob") - from);
    BOOST_TEST(*first == expected);

    const auto second = remove_grant_table(kFile, "f", "two");
    BOOST_REQUIRE(second.has_value());
    BOOST_TEST(*second == kFile.substr(0, kFile.find("# bob")));
}

BOOST_AUTO_TEST_CASE(removing_what_is_not_there_is_an_error) {
    const auto edited = remove_grant_table(kFile, "f", "three");
    BOOST_REQUIRE(!edited.has_value());
    BOOST_TEST(edited.error().code == "NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(appending_and_removing_gives_the_file_back) {
    const std::string with_feed = std::string(kFile) + "\n\n";
    const auto back = remove_grant_table(append_grant_table(with_feed, carol()), "f", "three");
    BOOST_REQUIRE(back.has_value());
    BOOST_TEST(*back == with_feed);
}

BOOST_AUTO_TEST_CASE(a_new_header_changes_three_values_only) {
    const GrantHeader next{"example", 4711, at("2026-11-24T08:00:00Z"), at("2026-11-25T08:00:00Z")};
    const auto edited = set_grant_header(kFile, "f", next);
    BOOST_REQUIRE(edited.has_value());
    std::string expected(kFile);
    expected.replace(expected.find("100"), 3, "4711");
    expected.replace(expected.find("2026-11-22T12:00:00Z"), 20, "2026-11-24T08:00:00Z");
    expected.replace(expected.find("2026-11-23T12:00:00Z"), 20, "2026-11-25T08:00:00Z");
    BOOST_TEST(*edited == expected);
}

BOOST_AUTO_TEST_CASE(a_header_key_is_not_looked_for_inside_tables) {
    const auto edited =
        set_grant_header("format = 1\n[[grant]]\nserial = 1\nissued = 1\nexpires = 1\n", "f", {});
    BOOST_REQUIRE(!edited.has_value());
    BOOST_TEST(edited.error().code == "FIELD");
}

BOOST_AUTO_TEST_CASE(a_new_file_reads_back) {
    const GrantHeader header{"example", 7, at("2026-11-22T12:00:00Z"), at("2026-11-23T12:00:00Z")};
    const std::string text = append_grant_table(new_grant_text(header), carol());
    const auto read = read_grant_header(text, "f");
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->serial == 7U);
    BOOST_TEST(ids(text) == Ids{"three"});
}

BOOST_AUTO_TEST_CASE(serials_rise_even_when_the_clock_stands_still) {
    const GrantHeader old{"example", 1'795'000'000'000, {}, {}};
    BOOST_TEST(next_grant_header(old, {}, at("2026-11-22T12:00:00Z")).serial == old.serial + 1);
    BOOST_TEST(next_grant_header({}, {}, at("2026-11-22T12:00:00Z")).serial == 1'795'348'800U);
}

BOOST_AUTO_TEST_CASE(a_file_lives_a_day_or_as_long_as_its_grants_but_seven_days_at_most) {
    const Wall now = at("2026-11-22T12:00:00Z");
    const auto expires = [&](std::string_view not_after) {
        return next_grant_header({}, {GrantTable{.not_after = at(not_after)}}, now).expires;
    };
    BOOST_TEST((expires("2026-11-22T13:00:00Z") == at("2026-11-23T12:00:00Z")));
    BOOST_TEST((expires("2026-11-25T13:00:00Z") == at("2026-11-25T13:00:00Z")));
    BOOST_TEST((expires("2027-01-01T00:00:00Z") == at("2026-11-29T12:00:00Z")));
}

BOOST_AUTO_TEST_SUITE_END()
