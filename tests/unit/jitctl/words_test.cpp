// SPDX-License-Identifier: Apache-2.0
// Small text pieces: suggestions, tables, JSON text.
#define BOOST_TEST_MODULE words
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "jitctl/cli.hpp"
#include "jitctl/output.hpp"
#include "jitctl/suggest.hpp"
#include "jitctl/table.hpp"

using namespace jit::ctl;

BOOST_AUTO_TEST_SUITE(Suggest)

BOOST_AUTO_TEST_CASE(a_slip_finds_its_verb) {
    BOOST_TEST(closest_verb("statsu") == "status");
    BOOST_TEST(closest_verb("grnat") == "grant");
    BOOST_TEST(closest_verb("revok") == "revoke");
    BOOST_TEST(closest_verb("explian") == "explain");
    BOOST_TEST(closest_verb("lsit") == "list");
}

BOOST_AUTO_TEST_CASE(another_word_finds_none) {
    BOOST_TEST(closest_verb("frobnicate").empty());
    BOOST_TEST(closest_verb("").empty());
    BOOST_TEST(closest_verb(std::string(100'000, 'g')).empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(Tables)

BOOST_AUTO_TEST_CASE(columns_line_up_by_characters) {
    Table table({"ID", "REASON"});
    table.add({"Größe", "a"});
    table.add({"x", "b"});
    BOOST_TEST(table.render({}) == "ID     REASON\nGröße  a\nx      b\n");
}

BOOST_AUTO_TEST_CASE(only_the_last_column_is_cut) {
    Table table({"ID", "REASON"});
    table.add({"0123456789", "a rather long reason"});
    BOOST_TEST(table.render({.header = false, .width = 24}) == "0123456789  a rather lo\u2026\n");
    BOOST_TEST(table.render({.header = false, .width = 14}) == "0123456789  a\u2026\n");
}

BOOST_AUTO_TEST_CASE(off_a_terminal_values_are_tabbed_and_whole) {
    Table table({"ID", "USER", "REASON"});
    table.add({"", "alice", "a rather long reason"});
    BOOST_TEST(table.render({.aligned = false, .width = 8}) == "\talice\ta rather long reason\n");
}

BOOST_AUTO_TEST_CASE(cells_hold_no_byte_a_terminal_acts_on) {
    Table table({"REASON"});
    table.add({"a\x1b[2J\tb\nc\u202e\u009b"});
    const std::string text = table.render({.aligned = false});
    BOOST_TEST(text.find('\x1b') == std::string::npos);
    BOOST_TEST(text.find('\t') == std::string::npos);
    BOOST_TEST(text.find("\u202e") == std::string::npos);
    BOOST_TEST(text.find("\u009b") == std::string::npos);
    BOOST_TEST(std::ranges::count(text, '\n') == 1);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(JsonText)

BOOST_AUTO_TEST_CASE(harmless_text_stays_utf_8) {
    BOOST_TEST(json_text({{"reason", "Größe"}}, JsonMode::brief) == "{\"reason\":\"Größe\"}");
}

BOOST_AUTO_TEST_CASE(text_that_a_terminal_acts_on_becomes_ascii_and_reads_back) {
    const Json object = {{"reason", "a\x1b[2J\u202e\u009b\u200b\x7f Größe"}};
    for (const JsonMode mode : {JsonMode::brief, JsonMode::pretty}) {
        const std::string text = json_text(object, mode);
        BOOST_TEST(
            std::ranges::all_of(text, [](char c) { return (c >= ' ' && c < 0x7f) || c == '\n'; }));
        BOOST_TEST((Json::parse(text) == object));
    }
}

BOOST_AUTO_TEST_CASE(invalid_utf_8_is_no_crash) {
    BOOST_TEST(json_text({{"reason", "\xff"}}, JsonMode::brief) == "{\"reason\":\"\uFFFD\"}");
}

BOOST_AUTO_TEST_SUITE_END()
