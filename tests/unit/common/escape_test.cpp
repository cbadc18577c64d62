// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE escape
#include "common/escape.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace jit;

BOOST_AUTO_TEST_SUITE(Escape)

BOOST_AUTO_TEST_CASE(s42_only_printable_ascii_passes) {
    for (int byte = 1; byte < 256; ++byte) {
        const char text[] = {static_cast<char>(byte), '\0'};
        char out[16];
        const std::size_t size = escape(out, sizeof out, text);
        BOOST_TEST(size == (byte >= 0x20 && byte < 0x7f ? 1U : 4U));
        for (std::size_t i = 0; i < size; ++i) BOOST_TEST((out[i] >= 0x20 && out[i] < 0x7f));
    }
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_cut_whole) {
    char out[6];
    BOOST_TEST(escape(out, sizeof out, "ab\x01") == 2U);
    BOOST_TEST(out == std::string("ab"));
    BOOST_TEST(escape(out, sizeof out, "abcdefgh") == 5U);
    BOOST_TEST(out == std::string("abcde"));
}

BOOST_AUTO_TEST_SUITE_END()
