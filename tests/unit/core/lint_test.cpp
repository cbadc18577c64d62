// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE lint
#include "core/lint.hpp"

#include <boost/test/unit_test.hpp>

#include "core/text.hpp"

using namespace jit::core;

namespace {

std::string refusal(std::string_view text) {
    const auto linted = lint_text(text, "f.toml");
    if (linted) return "";
    BOOST_TEST(linted.error().code == "LINT");
    BOOST_TEST(is_clean(linted.error().text));
    return linted.error().text;
}

std::string dotted(std::size_t parts) {
    std::string key = "a";
    for (std::size_t i = 1; i < parts; ++i) key += ".a";
    return key;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(LintText)

BOOST_AUTO_TEST_CASE(ordinary_files_pass) {
    BOOST_TEST(refusal("") == "");
    BOOST_TEST(
        refusal(
            "a = 1\n\tb = 'é'  # \"\"\" in a comment, ... and [[[[[[[[[[\nc = [\n  \"x\",\n]\n") ==
        "");
    BOOST_TEST(refusal("s = \"\"\nt = ''\nu = [\"\", '']\n") == "");
    BOOST_TEST(refusal("s = \"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t\"") == "");
    BOOST_TEST(refusal("s = \"[[[[[[[[[[[[ \\\" {{{{{{{{{{{\"") == "");
}

BOOST_AUTO_TEST_CASE(s57_lines_end_at_4096_bytes) {
    BOOST_TEST(refusal("#" + std::string(4095, 'x') + "\n") == "");
    BOOST_TEST(refusal("\n#" + std::string(4096, 'x') + "\n")
                   .starts_with("f.toml:2:4097: line has 4097 bytes"));
}

BOOST_AUTO_TEST_CASE(s57_keys_have_at_most_16_dots) {
    BOOST_TEST(refusal(dotted(17) + " = 1") == "");
    BOOST_TEST(refusal(dotted(18) + " = 1").starts_with("f.toml:1:34: key has more than 16 dots"));
    BOOST_TEST(refusal("[" + dotted(18) + "]") != "");
    BOOST_TEST(refusal("k = {" + dotted(18) + " = 1}") != "");
    BOOST_TEST(refusal("\"a\"" + dotted(18).substr(1) + " = 1") != "");
    BOOST_TEST(refusal("x = [\n{b = 1, " + dotted(18) + " = 1}]") != "");
}

BOOST_AUTO_TEST_CASE(values_nest_at_most_8_deep_also_over_lines) {
    BOOST_TEST(refusal("a = [[[[[[[[1]]]]]]]]\nb = [[[[[[[[1]]]]]]]]") == "");
    BOOST_TEST(refusal("a = [[[[[[[[[1") != "");
    std::string tall = "a = ";
    for (int i = 0; i < 9; ++i) tall += "[\n";
    BOOST_TEST(refusal(tall).starts_with("f.toml:9:1: values are nested"));
}

BOOST_AUTO_TEST_CASE(s42_hidden_bytes_are_refused_even_in_comments) {
    BOOST_TEST(refusal("# \xE2\x80\xAE\n") ==
               "f.toml:1:3: control or invisible character U+202E; remove it");
    for (const std::string_view bytes :
         {std::string_view("\0", 1), std::string_view("\x1B"), std::string_view("\x7F"),
          std::string_view("\xC2\x9B"), std::string_view("\xEF\xBB\xBF"),
          std::string_view("\xE2\x80\x8B"), std::string_view("\xFF"),
          std::string_view("\xED\xA0\x80"), std::string_view("\r")}) {
        BOOST_TEST(refusal("# " + std::string(bytes)) != "");
    }
}

BOOST_AUTO_TEST_CASE(s57_other_letters_are_in_quotes_or_comments_only) {
    BOOST_TEST(refusal("a = \"é\"  # é\nb = ['é', \"\\\"é\"]\n\"é\" = 1\n") == "");
    BOOST_TEST(refusal("a = 1\né = 1\n") ==
               "f.toml:2:1: U+00E9 outside of quotes; names and numbers are in ASCII");
    for (const char* text : {"aɖ = 1", "a = é", "a = 1é", "[é]", "a.é = 1", "a = {é = 1}", "a = \"x\"é", "a = 'x' é",
                             "\xC2\xA0""a = 1", "a =\xE3\x80\x80""1", "a = “x”"}) {
        BOOST_TEST(refusal(text) != "", text);
    }
}

BOOST_AUTO_TEST_CASE(a_string_begins_where_a_value_or_a_name_does) {
    BOOST_TEST(refusal("a=\"x\"\nb = ['x',\"y\"]\nc = {\"d\"='x'}\n'e'.f = \"\"\n[\"g\"]\n") == "");
    BOOST_TEST(refusal("[role.\"db.admin\"]\nlabels.\"rack.row\" = \"x\"\n[a.'b'.c]\n") == "");
    BOOST_TEST(refusal("a = 1-r\"g\xC7\x9E\"\n").starts_with("f.toml:1:8: quote in the middle of a word"));
    for (const char* text : {"a = x'y'", "a = 1.\"é\"", "a = [1,\n1.\"é\"]", "a = ''x''", "a = (\"x\")"}) {
        BOOST_TEST(refusal(text) != "", text);
    }
}

BOOST_AUTO_TEST_CASE(multi_line_strings_are_refused) {
    BOOST_TEST(refusal("a = \"\"\"x\"\"\"").starts_with("f.toml:1:5: multi-line string"));
    BOOST_TEST(refusal("a = '''x'''") != "");
    BOOST_TEST(refusal("a = [ \"\"\"\n[[grant]]\n\"\"\" ]") != "");
    BOOST_TEST(refusal("a = \"it's '''fine'''\"") == "");
}

BOOST_AUTO_TEST_SUITE_END()
