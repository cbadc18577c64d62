// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE plain_lines
#include "jitctl/recording/plain_lines.hpp"

#include <boost/test/unit_test.hpp>

using namespace jit::ctl::recording;

namespace {

/** The lines, each followed by |; `cut`: as two calls. */
std::string plain(const std::string& bytes, std::size_t cut = 0) {
    std::string out;
    PlainLines lines([&](const std::string& line) { out += line + "|"; });
    lines.feed(std::string_view(bytes).substr(0, cut));
    lines.feed(std::string_view(bytes).substr(cut));
    lines.finish();
    return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(lines_end_and_empty_ones_are_none) { BOOST_TEST(plain("one\r\n\n  \ntwo\nthree") == "one|two|three|"); }

BOOST_AUTO_TEST_CASE(what_was_written_over_is_found_too) {
    BOOST_TEST(plain("10%\r100%\n") == "10%|100%|");
    BOOST_TEST(plain("rx\bm \xc3\xa4\bfile\n") == "rm file|");
    BOOST_TEST(plain("\b\ba\n") == "a|");
}

BOOST_AUTO_TEST_CASE(sequences_are_left_out_wherever_they_are_cut) {
    const std::string bytes = "a\033[1;31mb\033[0m\033]0;title\ac\033]8;;x\033\\d\033(Be\033Pq\033\\f\033=g\033[?25lh\033_x\033y\033\\i";
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) BOOST_TEST(plain(bytes, cut) == "abcdefghi|");
}

BOOST_AUTO_TEST_CASE(a_line_is_safe_to_print) {
    BOOST_TEST(plain("a\a\0\177b\n") == "a|");  // the literal ends at its NUL
    BOOST_TEST(plain(std::string("a\a\0\177b\n", 6)) == "ab|");
    BOOST_TEST(plain("\xe2\x80\xae\xc2\x9b\xff\n") == "\\u{202e}\\u{009b}\\xff|");
}

BOOST_AUTO_TEST_CASE(a_line_without_end_is_cut_into_lines) {
    const std::string all = plain(std::string(40'000, 'x'));
    BOOST_TEST(all.size() > 40'000U);
    BOOST_TEST(all.find('|') <= 16'384U);
}
