// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE grant_file
#include <boost/test/unit_test.hpp>

#include "core/text.hpp"
#include "tests/support/grant_files.hpp"
#include "tests/support/long_run.hpp"

// What a file must be to be read at all: authentic, clean, whole.

using namespace jit::core;
using namespace jit::test;

namespace {

const std::string kGood = with_grant(GrantText());

/** The good file with one field of its grant set to `value`; empty leaves it out. */
std::string grant_with(std::string GrantText::*field, std::string value) {
    GrantText grant;
    grant.*field = std::move(value);
    return with_grant(grant);
}

std::string header_with(std::string FileText::*field, std::string value) {
    FileText file;
    file.grants = GrantText().str();
    file.*field = std::move(value);
    return file.str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(GrantFile)

BOOST_AUTO_TEST_CASE(a_good_file_is_accepted_whole) {
    Fleet fleet;
    const auto file = fleet.load(kGood);
    BOOST_REQUIRE_MESSAGE(file.has_value(), (file ? "" : file.error().text));
    BOOST_TEST(file->serial == kSerial);
    BOOST_TEST((file->expires == kNow + 24h));
    BOOST_TEST(file->total == 1U);
    BOOST_TEST(file->dropped.empty());
    BOOST_REQUIRE(file->signers.size() == 1U);
    BOOST_TEST(file->signers[0].key == "olivia-2026");
    BOOST_REQUIRE(file->grants.size() == 1U);
    const Grant& grant = file->grants[0];
    BOOST_TEST(grant.id == "INC-1-alice");
    BOOST_TEST(grant.account == "alice");
    BOOST_TEST(*grant.uid == 1001U);
    BOOST_TEST(grant.role == "root");
    BOOST_TEST((grant.not_before == kNow));
    BOOST_TEST((grant.not_after == kNow + 30min));
    BOOST_TEST(grant.reason == "INC-1 replace disk");
    BOOST_TEST(grant.ticket == "INC-1");
    BOOST_TEST(grant.serial == kSerial);
    BOOST_TEST((grant.approvers == std::vector<std::string>{"olivia"}));
    BOOST_TEST((grant.keys == std::vector<std::string>{"olivia-2026"}));
}

BOOST_AUTO_TEST_CASE(how_the_bytes_arrive_makes_no_difference) {
    Fleet fleet;
    FileText text;
    for (int i = 0; i < 400; ++i) {
        GrantText grant;
        grant.id = "\"g" + std::to_string(i) + "\"";
        text.grants += grant.str();
    }
    for (const std::size_t step :
         {std::size_t{1}, std::size_t{7}, std::size_t{4096}, std::size_t{65536}}) {
        fleet.step = step;
        const auto file = fleet.load(text.str());
        BOOST_REQUIRE_MESSAGE(file.has_value(), (file ? "" : file.error().text));
        BOOST_TEST(file->grants.size() == 400U);
        BOOST_TEST(file->grants.back().id == "g399");
    }
}

BOOST_AUTO_TEST_CASE(a_file_without_grants_is_the_revoke_all) {
    const auto file = Fleet().load(FileText().str());
    BOOST_REQUIRE(file.has_value());
    BOOST_TEST(file->grants.empty());
    BOOST_TEST(file->total == 0U);
}

BOOST_AUTO_TEST_CASE(s47_no_flipped_bit_of_the_file_is_accepted) {
    const Fleet fleet;
    std::string content = kGood + "# ";
    const std::size_t size = runs<std::size_t>(1024, 4096);
    content += std::string(size - 1 - content.size(), 'x') + "\n";
    const std::string signature = fleet.olivia.sign(content);
    BOOST_REQUIRE(fleet.code(content, signature) == "");
    int accepted = 0;
    for (std::size_t i = 0; i < content.size() * 8; ++i) {
        std::string bad = content;
        bad[i / 8] = static_cast<char>(bad[i / 8] ^ (1 << (i % 8)));
        accepted += fleet.code(bad, signature) == "BAD_SIGNATURE" ? 0 : 1;
    }
    BOOST_TEST(accepted == 0);
    if (long_run()) std::printf("long: each of %zu bits of a file flipped, %d accepted\n", size * 8, accepted);
}

BOOST_AUTO_TEST_CASE(s47_no_flipped_bit_of_the_signature_is_accepted) {
    const Fleet fleet;
    const std::string signature = fleet.olivia.sign(kGood);
    int accepted = 0;
    for (std::size_t i = 0; i < signature.size() * 8; ++i) {
        std::string bad = signature;
        bad[i / 8] = static_cast<char>(bad[i / 8] ^ (1 << (i % 8)));
        accepted += fleet.code(kGood, bad).empty() ? 1 : 0;
    }
    BOOST_TEST(accepted == 0);
}

BOOST_AUTO_TEST_CASE(sizes_are_capped) {
    const Fleet fleet;
    BOOST_TEST(fleet.code(kGood, std::string(kMaxSignatureFile + 1, 'x')) == "TOO_BIG");
    BOOST_TEST(fleet.code(kGood, std::string(kMaxSignatureFile, 'x')) == "SIG_FORMAT");
    BOOST_TEST(fleet.code(std::string(kMaxGrantFile + 1, '#'), "") == "TOO_BIG");
}

BOOST_AUTO_TEST_CASE(nothing_of_the_content_is_told_before_it_is_authentic) {
    const Fleet fleet;
    const std::string bad = "[[[[\x1B";
    BOOST_TEST(fleet.code(bad, fleet.olivia.sign(kGood)) == "BAD_SIGNATURE");
    BOOST_TEST(fleet.code(bad, fleet.stranger.sign(bad)) == "UNKNOWN_KEY");
    BOOST_TEST(fleet.code(bad) == "LINT");
}

BOOST_AUTO_TEST_CASE(s57_what_hides_or_overflows_is_refused_with_its_line) {
    const Fleet fleet;
    const auto dotted = [](int parts) {
        std::string key = "a";
        for (int i = 1; i < parts; ++i) key += ".a";
        return key + " = 1\n";
    };
    const std::vector<std::pair<std::string, std::string>> bad = {
        {dotted(31'000), "LINT"},
        {dotted(18), "LINT"},
        {"#" + std::string(4096, 'x') + "\n", "LINT"},
        {"# \x1B\n", "LINT"},
        {"# \xE2\x80\xAE\n", "LINT"},
        {std::string("#\0\n", 3), "LINT"},
        {"# \xFF\n", "LINT"},
        {"#\r\n", "LINT"},
        {"[grant]\n", "LINT"},
        {" [[grant]]\n", "LINT"},
        {"[[grant]] \n", "LINT"},
        {"[[grant]] # x\n", "LINT"},
        {"[[ grant ]]\n", "LINT"},
        {"[extra]\n", "LINT"},
        {"\t[[other]]\n", "LINT"},
        {"more = [\n[1]]\n", "LINT"},
        {"more = '''\n'''\n", "LINT"},
        {"more = \"\"\"\n[[grant]]\n\"\"\"\n", "LINT"},
        {"more = 1\n", "FIELD"},
        {"role = \"dba\"\n", "PARSE"},
        {"more\n", "PARSE"},
        {"x = \"a\n", "PARSE"},
        {"grant.id = \"x\"\n", "FIELD"},
        {"x.y = 1\n", "FIELD"},
        {"hosts = [\n", "PARSE"}};
    for (const auto& [line, code] : bad) {
        GrantText grant;
        grant.more = line;
        const std::string content = with_grant(grant) + GrantText().str();
        const auto file = fleet.load(content);
        BOOST_REQUIRE_MESSAGE(!file.has_value(), escape(line.substr(0, 40)));
        BOOST_TEST(file.error().code == code, file.error().text);
        BOOST_TEST(file.error().line >= 16U, file.error().text);
        BOOST_TEST(file.error().line <= 19U, file.error().text);
        BOOST_TEST(file.error().text.starts_with("grants.toml:"), file.error().text);
        BOOST_TEST(is_clean(file.error().text));
    }
}

BOOST_AUTO_TEST_CASE(a_grant_key_at_the_top_is_refused) {
    const Fleet fleet;
    BOOST_TEST(fleet.code(header_with(&FileText::more, "grant = []\n")) == "FIELD");
    BOOST_TEST(fleet.code(header_with(&FileText::more, "\"grant\" = [{id = \"x\"}]\n")) == "FIELD");
    BOOST_TEST(fleet.code(header_with(&FileText::more, "grant.id = \"x\"\n")) == "FIELD");
    BOOST_TEST(fleet.code(header_with(&FileText::more, "serial = 5\n")) == "PARSE");
}

BOOST_AUTO_TEST_CASE(an_empty_table_is_refused_at_its_line) {
    for (const char* end : {"[[grant]]", "[[grant]]\n", "[[grant]]\n# nothing\n"}) {
        const auto file = Fleet().load(kGood + end);
        BOOST_REQUIRE(!file.has_value());
        BOOST_TEST(file.error().code == "FIELD");
        BOOST_TEST(file.error().line == 17U, file.error().text);
    }
    BOOST_TEST(Fleet().code("[[grant]]\n" + kGood) == "FIELD");
    BOOST_TEST(Fleet().code("") == "FIELD");
}

BOOST_AUTO_TEST_CASE(the_last_line_needs_no_line_feed) {
    BOOST_TEST(Fleet().code(kGood.substr(0, kGood.size() - 1)) == "");
}

BOOST_AUTO_TEST_CASE(an_array_may_span_lines_but_not_tables) {
    const Fleet fleet;
    BOOST_TEST(fleet.code(grant_with(&GrantText::hosts,
                                     "[\n  \"db-*\",  # ]\n\n  # [\n  'web-*'\n]")) == "");
    BOOST_TEST(fleet.code(grant_with(&GrantText::more, "x = [\n[[grant]]\n]\n")) == "PARSE");
}

BOOST_AUTO_TEST_CASE(a_table_has_an_end) {
    std::string lines;
    for (int i = 0; i < 70'000; ++i) lines += "# x\n";
    BOOST_TEST(Fleet().code(grant_with(&GrantText::more, lines)) == "LINT");
}

BOOST_AUTO_TEST_CASE(s57_fields_of_a_grant_are_checked) {
    const Fleet fleet;
    const std::vector<std::pair<std::string GrantText::*, std::string>> bad = {
        {&GrantText::id, ""},
        {&GrantText::id, "\"\""},
        {&GrantText::id, "\"a b\""},
        {&GrantText::id, "1"},
        {&GrantText::id, "\"0123456789abcdef0123456789abcdef\""},
        {&GrantText::id, "\"" + std::string(65, 'a') + "\""},
        {&GrantText::user, ""},
        {&GrantText::user, "\"1000\""},
        {&GrantText::user, "\"\xD0\xB0lice\""},
        {&GrantText::user, "\"Alice\""},
        {&GrantText::user, "\"alice\\u202e\""},
        {&GrantText::user, "\"../x\""},
        {&GrantText::uid, "4294967295"},
        {&GrantText::uid, "-1"},
        {&GrantText::uid, "\"1001\""},
        {&GrantText::uid, "4294967296"},
        {&GrantText::uid, "inf"},
        {&GrantText::uid, "1001.0"},
        {&GrantText::role, ""},
        {&GrantText::role, "\"*\""},
        {&GrantText::role, "\"Root\""},
        {&GrantText::hosts, ""},
        {&GrantText::hosts, "[]"},
        {&GrantText::hosts, "\"*\""},
        {&GrantText::hosts, "[1]"},
        {&GrantText::hosts, "[\"a b\"]"},
        {&GrantText::not_before, ""},
        {&GrantText::not_after, ""},
        {&GrantText::not_before, "2026-11-22T12:00:00"},
        {&GrantText::not_before, "2026-11-22"},
        {&GrantText::not_after, "\"8h\""},
        {&GrantText::not_after, "inf"},
        {&GrantText::not_after, "2026-11-22T12:00:00Z"},
        {&GrantText::not_after, "2026-11-22T11:59:59Z"},
        {&GrantText::reason, ""},
        {&GrantText::reason, "\"\""},
        {&GrantText::reason, "\" \""},
        {&GrantText::reason, "\"a\\u0000b\""},
        {&GrantText::reason, "\"a\\u001b[2J\""},
        {&GrantText::reason, "\"a\\nb\""},
        {&GrantText::reason, "\"" + std::string(513, 'x') + "\""},
        {&GrantText::ticket, "\"\""},
        {&GrantText::ticket, "\"" + std::string(65, 'x') + "\""},
        {&GrantText::ticket, "1234"},
        {&GrantText::more, "until = 5\n"}};
    for (const auto& [field, value] : bad) {
        const auto file = fleet.load(grant_with(field, value));
        BOOST_REQUIRE_MESSAGE(!file.has_value(), value);
        BOOST_TEST(file.error().code == "FIELD", value + ": " + file.error().text);
        BOOST_TEST(file.error().line >= 7U, file.error().text);
    }
    BOOST_TEST(fleet.code(grant_with(&GrantText::uid, "4294967294")) == "");
    BOOST_TEST(fleet.code(grant_with(&GrantText::uid, "")) == "");
    BOOST_TEST(fleet.code(grant_with(&GrantText::ticket, "")) == "");
}

BOOST_AUTO_TEST_CASE(a_malformed_grant_of_another_host_refuses_the_file_too) {
    GrantText other;
    other.hosts = "[\"web-*\"]";
    other.user = "\"1000\"";
    BOOST_TEST(Fleet().code(with_grant(other)) == "FIELD");
}

BOOST_AUTO_TEST_CASE(fields_of_the_header_are_checked) {
    const Fleet fleet;
    const std::vector<std::tuple<std::string FileText::*, std::string, std::string>> bad = {
        {&FileText::format, "", "FIELD"},
        {&FileText::format, "2", "FORMAT"},
        {&FileText::format, "0", "FORMAT"},
        {&FileText::format, "\"1\"", "FIELD"},
        {&FileText::type, "", "FIELD"},
        {&FileText::type, "\"trust\"", "FORMAT"},
        {&FileText::org, "", "FIELD"},
        {&FileText::org, "\"other\"", "ORG"},
        {&FileText::org, "\"Example\"", "ORG"},
        {&FileText::serial, "", "FIELD"},
        {&FileText::serial, "0", "FIELD"},
        {&FileText::serial, "-5", "FIELD"},
        {&FileText::serial, "1.5", "FIELD"},
        {&FileText::issued, "", "FIELD"},
        {&FileText::issued, "2026-11-22T12:00:00", "FIELD"},
        {&FileText::expires, "", "FIELD"},
        {&FileText::more, "version = 1\n", "FIELD"},
        {&FileText::format, "2\nfuture = true", "FORMAT"}};
    for (const auto& [field, value, code] : bad) {
        BOOST_TEST(fleet.code(header_with(field, value)) == code, value);
    }
}

BOOST_AUTO_TEST_SUITE_END()
