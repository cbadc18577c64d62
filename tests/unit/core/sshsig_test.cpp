// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE sshsig
#include "core/sshsig.hpp"

#include <sodium.h>

#include <boost/test/unit_test.hpp>

#include "core/text.hpp"
#include "tests/support/test_key.hpp"

using namespace jit::core;
using namespace jit::test;

namespace {

constexpr std::string_view kContent = "format = 1\n";

Sha512 digest_of(std::string_view text) {
    Sha512 digest;
    crypto_hash_sha512(digest.data(), reinterpret_cast<const unsigned char*>(text.data()),
                       text.size());
    return digest;
}

std::string code_of(std::string_view armored) {
    const auto blocks = parse_signatures(armored, kGrantsNamespace);
    if (blocks) return "";
    BOOST_TEST(is_clean(blocks.error().text));
    return blocks.error().code;
}

std::string code_with(const SignOptions& options, KeyKind kind = KeyKind::plain) {
    return code_of(TestKey(1, kind).sign(kContent, options));
}

bool verifies(std::string_view armored) {
    const auto blocks = parse_signatures(armored, kGrantsNamespace);
    return blocks && verify(blocks->front(), kGrantsNamespace, digest_of(kContent));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Signatures)

BOOST_AUTO_TEST_CASE(good_signatures_of_both_key_types_verify) {
    BOOST_TEST(verifies(TestKey(1).sign(kContent)));
    const auto blocks =
        parse_signatures(TestKey(1, KeyKind::hardware).sign(kContent), kGrantsNamespace);
    BOOST_REQUIRE(blocks.has_value());
    const SignatureBlock& block = blocks->front();
    BOOST_TEST(block.key.application == "ssh:");
    BOOST_TEST(block.flags == 1);
    BOOST_TEST(block.counter == 7U);
    BOOST_TEST(verify(block, kGrantsNamespace, digest_of(kContent)));
    BOOST_TEST(!verify(block, kGrantsNamespace, digest_of("other")));
    BOOST_TEST(!verify(block, "file", digest_of(kContent)));
}

BOOST_AUTO_TEST_CASE(several_blocks_are_several_signers) {
    const std::string both = TestKey(1).sign(kContent) + TestKey(2).sign(kContent);
    const auto blocks = parse_signatures(both, kGrantsNamespace);
    BOOST_REQUIRE(blocks.has_value());
    BOOST_TEST(blocks->size() == 2U);
    BOOST_TEST((*blocks)[1].line > 1U);
    std::string many;
    for (int i = 0; i < 16; ++i) many += TestKey(1).sign(kContent);
    BOOST_TEST(code_of(many) == "");
    BOOST_TEST(code_of(many + TestKey(1).sign(kContent)) == "SIG_FORMAT");
}

BOOST_AUTO_TEST_CASE(s54_other_namespaces_are_refused) {
    for (const char* ns : {"file", "git", "jit-approval@v1", "jit-trust@v1", "", "jit-grants@v1 ",
                           "jit-grants@v11"}) {
        SignOptions options;
        options.ns = ns;
        BOOST_TEST(code_with(options) == "NAMESPACE", ns);
    }
}

BOOST_AUTO_TEST_CASE(s54_a_namespace_is_signed_and_not_only_written) {
    SignOptions options;
    options.ns = "git-grants@v1";  // as long as ours
    std::string blob = TestKey(1).blob(kContent, options);
    BOOST_TEST(code_of(armor(blob)) == "NAMESPACE");
    blob.replace(blob.find(options.ns), options.ns.size(), kGrantsNamespace);
    BOOST_TEST(code_of(armor(blob)) == "");
    BOOST_TEST(!verifies(armor(blob)));
}

BOOST_AUTO_TEST_CASE(s55_what_the_format_does_not_have_is_refused) {
    const auto refused = [](auto change) {
        SignOptions options;
        change(options);
        return code_with(options) == "SIG_FORMAT" &&
               code_with(options, KeyKind::hardware) == "SIG_FORMAT";
    };
    BOOST_TEST(refused([](SignOptions& o) { o.magic = "SSHSIH"; }));
    BOOST_TEST(refused([](SignOptions& o) { o.version = 2; }));
    BOOST_TEST(refused([](SignOptions& o) { o.version = 0; }));
    BOOST_TEST(refused([](SignOptions& o) { o.reserved = "x"; }));
    BOOST_TEST(refused([](SignOptions& o) { o.hash = "sha256"; }));
    BOOST_TEST(refused([](SignOptions& o) { o.hash = "SHA512"; }));
    BOOST_TEST(refused([](SignOptions& o) { o.trailing = std::string(1, '\0'); }));
    BOOST_TEST(refused([](SignOptions& o) { o.trailing_signature = "x"; }));
    BOOST_TEST(refused([](SignOptions& o) { o.signature_type = "ssh-rsa"; }));
    BOOST_TEST(refused([](SignOptions& o) { o.wrap = 77; }));
    BOOST_TEST(refused([](SignOptions& o) { o.trailing = std::string(1024, 'x'); }));
}

BOOST_AUTO_TEST_CASE(flags_other_than_touch_and_pin_are_refused) {
    for (unsigned flags = 0; flags < 256; ++flags) {
        SignOptions options;
        options.flags = static_cast<std::uint8_t>(flags);
        BOOST_TEST(
            code_with(options, KeyKind::hardware) == ((flags & 0xFAU) == 0 ? "" : "SIG_FORMAT"),
            flags);
    }
}

BOOST_AUTO_TEST_CASE(s55_the_armour_is_exact) {
    const std::string good = TestKey(1).sign(kContent);
    BOOST_REQUIRE(code_of(good) == "");
    std::string crlf;
    for (const char c : good) crlf += c == '\n' ? "\r\n" : std::string(1, c);
    const std::size_t second = good.find('\n') + 1;
    for (const std::string& bad :
         {std::string(), std::string("\n"), " " + good, "\n" + good, good + "\n", good + "x",
          good + " ", crlf, good.substr(0, good.size() - 1), good.substr(1),
          good.substr(0, second) + "\n" + good.substr(second),
          good.substr(0, second) + " " + good.substr(second),
          good.substr(0, second) + "=" + good.substr(second),
          good.substr(0, second) + "-----END SSH SIGNATURE-----\n",
          good + good.substr(0, good.size() / 2), good.substr(0, second),
          std::string("-----BEGIN SSH SIGNATURE-----\n!!!!\n-----END SSH SIGNATURE-----\n")}) {
        BOOST_TEST(code_of(bad) == "SIG_FORMAT", escape(bad));
    }
}

BOOST_AUTO_TEST_CASE(every_shorter_blob_is_refused) {
    for (const KeyKind kind : {KeyKind::plain, KeyKind::hardware}) {
        const std::string blob = TestKey(1, kind).blob(kContent);
        for (std::size_t size = 0; size < blob.size(); ++size) {
            BOOST_TEST(code_of(armor(blob.substr(0, size))) != "", size);
        }
    }
}

BOOST_AUTO_TEST_CASE(s47_no_flipped_bit_of_a_signature_verifies) {
    for (const KeyKind kind : {KeyKind::plain, KeyKind::hardware}) {
        const std::string good = TestKey(1, kind).sign(kContent);
        int accepted = 0;
        for (std::size_t i = 0; i < good.size() * 8; ++i) {
            std::string bad = good;
            bad[i / 8] = static_cast<char>(bad[i / 8] ^ (1 << (i % 8)));
            accepted += verifies(bad) ? 1 : 0;
        }
        BOOST_TEST(accepted == 0);
    }
}

BOOST_AUTO_TEST_CASE(s56_a_scalar_of_the_group_order_or_more_is_refused) {
    const auto blocks = parse_signatures(TestKey(1).sign(kContent), kGrantsNamespace);
    SignatureBlock block = blocks->front();
    constexpr std::array<unsigned char, 32> kOrder = {
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
        0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
        0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
        carry += block.signature[32 + i] + kOrder[i];
        block.signature[32 + i] = static_cast<unsigned char>(carry & 0xFFU);
        carry >>= 8U;
    }
    BOOST_TEST(!verify(block, kGrantsNamespace, digest_of(kContent)));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(PublicKeys)

BOOST_AUTO_TEST_CASE(lines_of_pub_files_are_read) {
    const std::string line = TestKey(1).public_key();
    const auto key = parse_public_key(line + " olivia@desk");
    BOOST_REQUIRE(key.has_value());
    BOOST_TEST((*key == *parse_public_key(line)));
    BOOST_TEST(!(*key == *parse_public_key(TestKey(2).public_key())));
    BOOST_TEST(fingerprint(*key).starts_with("SHA256:"));
    BOOST_TEST(fingerprint(*key).size() == 7U + 43U);
    BOOST_TEST(parse_public_key(TestKey(1, KeyKind::hardware).public_key())->hardware);
}

BOOST_AUTO_TEST_CASE(s56_points_of_small_order_or_off_the_curve_are_refused) {
    const auto line = [](unsigned char first, unsigned char rest, unsigned char last) {
        std::string point(32, static_cast<char>(rest));
        point[0] = static_cast<char>(first);
        point[31] = static_cast<char>(last);
        return "ssh-ed25519 " + base64(wire_string("ssh-ed25519") + wire_string(point));
    };
    BOOST_TEST(!parse_public_key(line(0, 0, 0)).has_value());           // order 4
    BOOST_TEST(!parse_public_key(line(1, 0, 0)).has_value());           // the neutral element
    BOOST_TEST(!parse_public_key(line(0xEC, 0xFF, 0x7F)).has_value());  // order 2
    BOOST_TEST(!parse_public_key(line(0xEE, 0xFF, 0x7F)).has_value());  // not canonical
    BOOST_TEST(!parse_public_key(line(2, 0, 0)).has_value());           // not on the curve
}

BOOST_AUTO_TEST_CASE(other_types_and_broken_lines_are_refused) {
    const std::string line = TestKey(1).public_key();
    const std::string rsa =
        "ssh-rsa " + base64(wire_string("ssh-rsa") + wire_string("e") + wire_string("n"));
    const auto error = parse_public_key(rsa);
    BOOST_REQUIRE(!error.has_value());
    BOOST_TEST(error.error().text.find("ssh-rsa is not accepted") != std::string::npos);
    for (const std::string& bad :
         {std::string(), std::string("ssh-ed25519"), std::string("ssh-ed25519 "),
          line.substr(0, line.size() - 4), " " + line, line + "=", "sk-" + line, line + "\n",
          "ssh-ed25519  " + line.substr(12),
          "ssh-ed25519 " + base64(wire_string("ssh-ed25519") + wire_string(std::string(31, 'x'))),
          "ssh-ed25519 " +
              base64(wire_string("ssh-ed25519") + wire_string(std::string(32, 'x')) + "t"),
          "ssh-ed25519-cert-v01@openssh.com " + line.substr(12)}) {
        BOOST_TEST(!parse_public_key(bad).has_value(), escape(bad));
    }
}

BOOST_AUTO_TEST_SUITE_END()
