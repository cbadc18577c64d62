// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE text
#include "core/text.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "core/utf8.hpp"

using namespace jit::core;

namespace {

std::string encode(char32_t c) {
    const auto byte = [](char32_t b) { return static_cast<char>(static_cast<unsigned char>(b)); };
    if (c < 0x80) return {byte(c)};
    if (c < 0x800) return {byte(0xC0 | (c >> 6)), byte(0x80 | (c & 0x3F))};
    if (c < 0x10000)
        return {byte(0xE0 | (c >> 12)), byte(0x80 | ((c >> 6) & 0x3F)), byte(0x80 | (c & 0x3F))};
    return {byte(0xF0 | (c >> 18)), byte(0x80 | ((c >> 12) & 0x3F)), byte(0x80 | ((c >> 6) & 0x3F)),
            byte(0x80 | (c & 0x3F))};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Text)

BOOST_AUTO_TEST_CASE(words_of_every_script_are_clean) {
    for (const char* text :
         {"", "INC-1234 replace disk", "Größe", "Платка", "ディスク", "قرص", "💾"}) {
        BOOST_TEST(is_clean(text), text);
        BOOST_TEST(escape(text) == text);
    }
}

BOOST_AUTO_TEST_CASE(s42_control_bidi_and_invisible_characters_are_not_clean) {
    const std::vector<std::pair<char32_t, char32_t>> hidden = {
        {0x00, 0x1F},       {0x7F, 0x9F},       {0xAD, 0xAD},        {0x61C, 0x61C},
        {0x200B, 0x200F},   {0x2028, 0x202E},   {0x2060, 0x2069},    {0xFEFF, 0xFEFF},
        {0xFDD0, 0xFDEF},   {0xFFFE, 0xFFFF},   {0xFE0F, 0xFE0F},    {0x1FFFE, 0x1FFFF},
        {0xE0001, 0xE0001}, {0xE007F, 0xE007F}, {0x10FFFE, 0x10FFFF}};
    for (const auto& [first, last] : hidden) {
        for (char32_t c = first; c <= last; ++c) {
            const std::string text = "a" + encode(c) + "b";
            BOOST_TEST(!is_clean(text), static_cast<std::uint32_t>(c));
            BOOST_TEST(is_clean(escape(text)), static_cast<std::uint32_t>(c));
        }
    }
}

BOOST_AUTO_TEST_CASE(invalid_utf8_is_not_clean) {
    for (const std::string_view text :
         {"\xC0\x80", "\xC1\xBF", "\x80", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",
          "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC3", "\xE2\x82",
          "\xF0\x9F\x92"}) {
        BOOST_TEST(!is_clean(text), escape(text));
        BOOST_TEST(is_clean(escape(text)));
    }
}

BOOST_AUTO_TEST_CASE(decoding_agrees_with_encoding_for_every_character) {
    for (char32_t c = 0; c <= 0x110000; ++c) {
        const std::string text = encode(c);
        const Decoded decoded = decode_utf8(text, 0);
        const bool scalar = c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
        if (decoded.valid != scalar ||
            (scalar && (decoded.value != c || decoded.size != text.size()))) {
            BOOST_ERROR(static_cast<std::uint32_t>(c));
        }
    }
}

BOOST_AUTO_TEST_CASE(escape_shows_what_was_hidden) {
    BOOST_TEST(escape("a\x1B[2Jb") == "a\\x1b[2Jb");
    BOOST_TEST(escape("x\nJIT_EVENT=allow") == "x\\x0aJIT_EVENT=allow");
    BOOST_TEST(escape("\xE2\x80\xAE") == "\\u{202e}");
    BOOST_TEST(escape("\xC2\x9B") == "\\u{009b}");
    BOOST_TEST(escape("\xFFz") == "\\xffz");
}

BOOST_AUTO_TEST_CASE(text_must_say_something_within_its_limit) {
    BOOST_TEST(check_text("replace disk", "reason", kMaxReason).has_value());
    BOOST_TEST(check_text(std::string(64, 'x'), "ticket", kMaxTicket).has_value());
    for (const std::string& text :
         {std::string(), std::string("   "), std::string(65, 'x'), std::string("a\tb")}) {
        const auto checked = check_text(text, "ticket", kMaxTicket);
        BOOST_REQUIRE(!checked.has_value());
        BOOST_TEST(checked.error().code == "FIELD");
        BOOST_TEST(checked.error().text.starts_with("ticket: "));
        BOOST_TEST(is_clean(checked.error().text));
    }
}

BOOST_AUTO_TEST_CASE(s21_s24_account_names_are_from_an_ascii_list) {
    for (const char* name :
         {"alice", "_apt", "a", "olivia-adm", "svc.db_1", "a1234567890123456789012345678901"}) {
        BOOST_TEST(is_account_name(name), name);
    }
    for (const char* name : {"", "1000", "0day", "Alice", "-f", "../x", "a/b", "alice$", "al ice",
                             "alice\n", "\xD0\xB0lice", "\xEF\xBD\x81lice",
                             "ali\xE2\x80\x8D"
                             "ce",
                             "a\xCC\x81lice", "a12345678901234567890123456789012"}) {
        BOOST_TEST(!is_account_name(name), name);
    }
}

BOOST_AUTO_TEST_CASE(accounts_of_a_directory_have_names_of_their_own) {
    for (const char* name : {"alice", "alice@corp.example.com", "CORP\\Alice Smith", "Debian-exim", "1000"})
        BOOST_TEST(is_any_account_name(name), name);
    for (const auto& name : {std::string(), std::string("-f"), std::string("../x"), std::string("a:b"), std::string(" a"), std::string("a "),
                             std::string("a\n"), std::string("a\xE2\x80\x8D"), std::string(257, 'a')})
        BOOST_TEST(!is_any_account_name(name), name);
}

BOOST_AUTO_TEST_CASE(ids_of_files_and_of_jitd_never_meet) {
    const std::string own = "0123456789abcdef0123456789abcdef";
    BOOST_TEST(is_own_id(own));
    BOOST_TEST(!is_file_grant_id(own));
    BOOST_TEST(!is_file_grant_id("0123456789ABCDEF0123456789ABCDEF"));
    BOOST_TEST(!is_own_id("0123456789ABCDEF0123456789ABCDEF"));
    BOOST_TEST(!is_own_id(own.substr(1)));
    for (const char* id : {"INC-1234-alice", "a", "_", "-", "g123456789abcdef0123456789abcdef"}) {
        BOOST_TEST(is_file_grant_id(id), id);
    }
    for (const std::string& id : {std::string(), std::string(65, 'a'), std::string("a b"),
                                  std::string("a.b"), std::string("a\0b", 3)}) {
        BOOST_TEST(!is_file_grant_id(id), id);
    }
    BOOST_TEST(is_file_grant_id(std::string(64, 'a')));
    BOOST_TEST(is_plain_id("olivia@example.com"));
    BOOST_TEST(!is_plain_id("olivia smith"));
    BOOST_TEST(!is_plain_id(""));
}

BOOST_AUTO_TEST_SUITE_END()
