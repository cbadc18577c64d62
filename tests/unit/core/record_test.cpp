// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE record
#include "core/record.hpp"

#include <sodium.h>

#include <boost/test/unit_test.hpp>
#include <set>

using namespace jit::core;

namespace {

Record sample() {
    Record record(event::kCheckDenied, "alice may not use sudo");
    record.set("USER", "alice").set("CODE", "NO_GRANT");
    return record;
}

/** BLAKE2b-256 over the documented layout, written out byte by byte. */
std::string expected_chain(const Chain& previous, const std::vector<std::pair<std::string, std::string>>& sorted) {
    std::string bytes(previous.begin(), previous.end());
    for (const auto& [name, value] : sorted) {
        bytes += name;
        for (std::size_t i = 0; i < 8; ++i) bytes += static_cast<char>(value.size() >> (8 * i) & 0xFFU);
        bytes += value;
    }
    unsigned char hash[32];
    crypto_generichash(hash, sizeof hash, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), nullptr, 0);
    return to_hex(hash, sizeof hash);
}

std::string hex(const Chain& chain) { return to_hex(chain.data(), chain.size()); }

}  // namespace

BOOST_AUTO_TEST_SUITE(AuditRecord)

BOOST_AUTO_TEST_CASE(a_record_names_its_kind) {
    const auto fields = sample().fields();
    BOOST_TEST(fields.at("MESSAGE_ID") == "d39da2281f1d404084c7fbb825d1be4a");
    BOOST_TEST(fields.at("JIT_EVENT") == "check.denied");
    BOOST_TEST(fields.at("JIT_VERSION") == "1");
    BOOST_TEST(fields.at("PRIORITY") == "4");
    BOOST_TEST(fields.at("SYSLOG_IDENTIFIER") == "jitd");
    BOOST_TEST(fields.at("JIT_USER") == "alice");
}

BOOST_AUTO_TEST_CASE(an_empty_value_is_left_out) {
    auto record = sample();
    record.set("TTY", "");
    BOOST_TEST(!record.fields().contains("JIT_TTY"));
}

BOOST_AUTO_TEST_CASE(every_kind_has_an_id_and_a_name_of_its_own) {
    std::set<std::string_view> ids, names;
    for (const auto* kind : kEventKinds) {
        BOOST_TEST(kind->message_id.size() == 32);
        BOOST_TEST(kind->message_id.find_first_not_of("0123456789abcdef") == std::string_view::npos);
        BOOST_TEST(ids.insert(kind->message_id).second, kind->name);
        BOOST_TEST(names.insert(kind->name).second, kind->name);
        BOOST_TEST(kind->priority <= 5, kind->name);
    }
    BOOST_TEST(ids.size() == kEventKinds.size());
}

BOOST_AUTO_TEST_CASE(one_event_is_one_entry_whatever_people_wrote) {
    auto record = sample();
    record.set("REASON", "a\nMESSAGE=b\x1b[2J \xe2\x80\xae \xff");
    const auto& reason = record.fields().at("JIT_REASON");
    for (const char c : reason) BOOST_TEST((c >= ' ' && c <= '~'), reason);
    const Record message(event::kDaemonStarted, "two\nlines");
    BOOST_TEST(message.fields().at("MESSAGE").find('\n') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_text_of_lines_keeps_its_lines_and_nothing_else) {
    auto record = sample();
    const auto lines = [&](std::string_view text) { return record.set_lines("SIGNED_TEXT", text).fields().at("JIT_SIGNED_TEXT"); };
    BOOST_TEST(lines("one\ntwo\n") == "one\ntwo\n");
    BOOST_TEST(lines("\nno end") == "\nno end");
    BOOST_TEST(lines("a\x1b[2J\r\nb \xff") == "a\\x1b[2J\\x0d\nb \\xff");
}

BOOST_AUTO_TEST_CASE(the_chain_is_blake2b_over_the_documented_layout) {
    Chain previous;
    previous.fill(0x5a);
    const auto hash = chain_hash(previous, {{"B", "two"}, {"A", "1"}, {"JIT_CHAIN", "ignored"}, {"C", ""}});
    BOOST_TEST(hex(hash) == expected_chain(previous, {{"A", "1"}, {"B", "two"}, {"C", ""}}));
}

BOOST_AUTO_TEST_CASE(the_length_keeps_name_and_value_apart) {
    BOOST_TEST(hex(chain_hash({}, {{"A", "BC"}})) != hex(chain_hash({}, {{"AB", "C"}})));
    BOOST_TEST(hex(chain_hash({}, {{"A", "x"}, {"B", ""}})) != hex(chain_hash({}, {{"A", ""}, {"B", "x"}})));
}

BOOST_AUTO_TEST_CASE(a_sealed_record_carries_its_place_in_the_chain) {
    Chain previous;
    previous.fill(7);
    const std::string host(32, 'f');
    const auto sealed = seal(sample(), 42, previous, host);
    BOOST_TEST(sealed.seq == 42);
    auto fields = sample().fields();
    fields["JIT_SEQ"] = "42";
    fields["JIT_HOST"] = host;
    const std::vector<std::pair<std::string, std::string>> sorted(fields.begin(), fields.end());
    BOOST_TEST(hex(sealed.chain) == expected_chain(previous, sorted));
    fields["JIT_CHAIN"] = hex(sealed.chain);
    BOOST_TEST(sealed.datagram == encode_native(fields));
}

BOOST_AUTO_TEST_CASE(every_field_and_the_one_before_change_the_hash) {
    const auto base = hex(seal(sample(), 1, {}, "h").chain);
    Chain other{};
    other[31] = 1;
    BOOST_TEST(hex(seal(sample(), 1, other, "h").chain) != base);
    BOOST_TEST(hex(seal(sample(), 2, {}, "h").chain) != base);
    BOOST_TEST(hex(seal(sample(), 1, {}, "g").chain) != base);
    auto edited = sample();
    edited.set("USER", "bob");
    BOOST_TEST(hex(seal(edited, 1, {}, "h").chain) != base);
}

BOOST_AUTO_TEST_CASE(a_plain_value_is_one_line_and_one_with_a_newline_has_a_length) {
    BOOST_TEST(encode_native({{"MESSAGE", "hello"}}) == "MESSAGE=hello\n");
    const std::string expected = std::string("A=1\nMESSAGE\n") + std::string("\x03\0\0\0\0\0\0\0", 8) + "a\nb\n";
    BOOST_TEST(encode_native({{"MESSAGE", "a\nb"}, {"A", "1"}}) == expected);
    const std::string big(300, '\n');
    BOOST_TEST(encode_native({{"M", big}}) == std::string("M\n") + std::string("\x2c\x01\0\0\0\0\0\0", 8) + big + "\n");
}

BOOST_AUTO_TEST_CASE(bytes_are_told_in_hex) {
    const unsigned char bytes[] = {0, 0x7f, 0xff};
    BOOST_TEST(to_hex(bytes, 3) == "007fff");
    BOOST_TEST(to_hex(bytes, 0).empty());
}

BOOST_AUTO_TEST_SUITE_END()
