// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE toml_reader
#include "core/toml_reader.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "core/text.hpp"

using namespace jit::core;

namespace {

/** Reads one key with `read`, the error's text or "". */
template <class F>
std::string error_of(std::string_view text, F read) {
    const auto document = TomlDocument::parse(text, "f.toml");
    if (!document) return document.error().text;
    TableReader root = document->root();
    read(root);
    const auto done = document->finish();
    if (done) return "";
    BOOST_TEST(is_clean(done.error().text));
    return done.error().text;
}

std::string text_error(std::string_view text) {
    return error_of(text, [](TableReader& root) { root.text("a", Need::required); });
}
std::string time_error(std::string_view text) {
    return error_of(text, [](TableReader& root) { root.time("a", Need::required); });
}
std::string number_error(std::string_view text) {
    return error_of(text, [](TableReader& root) { root.number("a", Need::required, 1, 100); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Toml)

BOOST_AUTO_TEST_CASE(s57_what_breaks_an_assertion_of_the_parser_is_refused_at_its_line) {
    for (const std::string before : {"", "b = 1\n", "b = [\n1,\n\n2]\n\n# x\n"}) {
        for (const std::string after : {"", "\n", "\nc = 1\n", "\nc = \n"}) {
            const auto document = TomlDocument::parse(before + "a = 2026-11-22To2:00:00Z" + after, "f.toml");
            BOOST_REQUIRE(!document.has_value());
            BOOST_TEST(document.error().code == "PARSE");
            BOOST_TEST(document.error().line == 1 + std::count(before.begin(), before.end(), '\n'));
        }
    }
    const auto part = TomlDocument::parse_part("\n\na = 2026-11-22T:12:00Z\n", "f.toml", 40);
    BOOST_REQUIRE(!part.has_value());
    BOOST_TEST(part.error().text.starts_with("f.toml:42:"), part.error().text);
}

BOOST_AUTO_TEST_CASE(values_of_the_right_type_are_read) {
    const auto document = TomlDocument::parse(
        "a = \"x\"\nb = 7\nc = true\nd = 2026-11-22T13:00:00.5+01:00\ne = \"90s\"\nf = [\"x\", "
        "'y']\n",
        "f.toml");
    BOOST_REQUIRE(document.has_value());
    TableReader root = document->root();
    BOOST_TEST(root.text("a", Need::required) == "x");
    BOOST_TEST(root.number("b", Need::required, 0, 7) == 7U);
    BOOST_TEST(root.flag("c"));
    BOOST_TEST((root.time("d", Need::required) == from_usec(1'795'348'800'500'000)));
    BOOST_TEST((root.duration("e", Need::required) == std::chrono::seconds(90)));
    BOOST_TEST((root.texts("f", Need::required) == std::vector<std::string>{"x", "y"}));
    BOOST_TEST(!root.time("g", Need::optional).has_value());
    BOOST_TEST(document->finish().has_value());
}

BOOST_AUTO_TEST_CASE(s57_escapes_that_make_hidden_characters_are_refused) {
    for (const char* escaped :
         {"\\u0000", "\\u001b[2J", "\\n", "\\t", "\\u202E", "\\u200b", "\\U000E0041", "\\ufeff"}) {
        const std::string error = text_error(std::string("a = \"x") + escaped + "\"");
        BOOST_TEST(error.starts_with("f.toml:1:5: a: holds a control or invisible character"),
                   escaped);
    }
    BOOST_TEST(text_error("a = \"\\u00e9\"") == "");
    BOOST_TEST(text_error("a = \"\\ud800\"") != "");
    BOOST_TEST(text_error("a = \"x\"\n\"\\u001b\" = 1").find("\\x1b: is an unknown key") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(s57_times_without_offset_are_refused) {
    BOOST_TEST(time_error("a = 2026-11-22T12:00:00").find("is a local time") != std::string::npos);
    BOOST_TEST(time_error("a = 2026-11-22").find("is a local date") != std::string::npos);
    BOOST_TEST(time_error("a = 12:00:00").find("is a local time") != std::string::npos);
    BOOST_TEST(time_error("a = \"2026-11-22T12:00:00Z\"").find("is text; must be") !=
               std::string::npos);
    BOOST_TEST(time_error("a = 1969-12-31T23:59:59Z") != "");
    BOOST_TEST(time_error("a = 2026-02-30T00:00:00Z") != "");
    BOOST_TEST(time_error("a = 2026-11-22T12:00:60Z") != "");
    BOOST_TEST(time_error("a = 9999-12-31T23:59:59Z") == "");
}

BOOST_AUTO_TEST_CASE(numbers_are_whole_and_in_range) {
    BOOST_TEST(number_error("a = 1") == "");
    BOOST_TEST(number_error("a = 0").find("is 0; must be 1 to 100") != std::string::npos);
    for (const char* value : {"-1", "101", "1.0", "inf", "-inf", "nan", "1e2", "\"1\"",
                              "9223372036854775808", "true"}) {
        BOOST_TEST(number_error(std::string("a = ") + value) != "", value);
    }
}

BOOST_AUTO_TEST_CASE(an_unknown_key_is_told_before_a_missing_one) {
    BOOST_TEST(text_error("b = 1") ==
               "f.toml:1:1: b: is an unknown key; remove it or mend its spelling");
    BOOST_TEST(text_error("").find("a: is missing; add it") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_first_error_of_the_file_is_told) {
    const std::string error = error_of("x = 1\na = 1\nb = 2\n", [](TableReader& root) {
        root.text("b", Need::required);
        root.text("a", Need::required);
        root.number("x", Need::required, 0, 9);
    });
    BOOST_TEST(error.starts_with("f.toml:2:5: a: is a whole number"));
}

BOOST_AUTO_TEST_CASE(keys_of_tables_nobody_reads_are_unknown) {
    BOOST_TEST(text_error("a = \"x\"\n[t]\nk = 1\n").starts_with("f.toml:2:"));
    BOOST_TEST(error_of("[t]\nk = 1\n", [](TableReader& root) {
                   root.table("t");
               }).starts_with("f.toml:2:1: k: "));
    BOOST_TEST(error_of("t = [{k = 1}, 5]\n", [](TableReader& root) {
                   for (auto& table : root.tables("t")) table.number("k", Need::required, 0, 9);
               }) != "");
}

BOOST_AUTO_TEST_CASE(what_is_no_toml_is_refused_with_its_place) {
    for (const char* text : {"a", "a =", "a = ", "a = 1 2", "a = \"x", "= 1", "a = 1\na = 2",
                             "a = [1", "[t", "a = {b = 1", "a = 0x", "a.b = 1\na = 2", "[a]\n[a]\n",
                             "a = 1\r\nb = \"", "a = \"\\q\"", "a = 2026-1-1"}) {
        const auto document = TomlDocument::parse(text, "f.toml");
        BOOST_REQUIRE_MESSAGE(!document.has_value(), text);
        BOOST_TEST(document.error().text.starts_with("f.toml:"), document.error().text);
        BOOST_TEST(document.error().line >= 1U);
    }
}

BOOST_AUTO_TEST_CASE(a_part_counts_lines_from_where_it_begins) {
    const auto document = TomlDocument::parse_part("\nb = 1\n", "f.toml", 40);
    BOOST_REQUIRE(document.has_value());
    BOOST_TEST(document->finish().error().text.starts_with("f.toml:41:1: b: "));
    BOOST_TEST(TomlDocument::parse_part("\n=\n", "f.toml", 40).error().line == 41U);
}

BOOST_AUTO_TEST_CASE(s57_keys_too_deep_for_the_parser_never_reach_it) {
    std::string key = "a";
    for (int i = 1; i < 31'000; ++i) key += ".a";
    const auto document = TomlDocument::parse(key + " = 1\n", "f.toml");
    BOOST_REQUIRE(!document.has_value());
    BOOST_TEST(document.error().code == "LINT");
}

BOOST_AUTO_TEST_SUITE_END()
