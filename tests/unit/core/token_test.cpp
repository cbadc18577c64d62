// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE token
#include "core/token.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/test_key.hpp"

using namespace jit::core;
using jit::test::KeyKind;
using jit::test::SignOptions;
using jit::test::TestKey;

namespace {

constexpr std::string_view kNs = "jit-approval@v1";
const std::string kRequest = "00112233445566778899aabbccddeeff";
const std::string kText = "jit-approval/1\nseconds: 1800\n";

Token made(const TestKey& key, std::string_view text = kText, std::string_view ns = kNs) {
    SignOptions options;
    options.ns = ns;
    const auto blocks = parse_signatures(key.sign(text, options), ns);
    return *make_token(kRequest, 1800, blocks->front());
}

PublicKey public_of(const TestKey& key) { return *parse_public_key(key.public_key()); }

bool good(const std::string& text, const TestKey& key, std::string_view message = kText, std::string_view ns = kNs) {
    const auto token = parse_token(text);
    return token && token->request_id() == kRequest && token->seconds == 1800 && verify(*token, public_of(key), ns, message);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(TokenOfAnApproval)

BOOST_AUTO_TEST_CASE(a_token_comes_back_as_it_was_made) {
    for (const auto kind : {KeyKind::plain, KeyKind::hardware}) {
        const TestKey key(1, kind);
        const auto token = made(key);
        BOOST_TEST(good(token.text(), key));
        BOOST_TEST(token.text().size() <= kMaxToken);
        BOOST_TEST(token.text().size() == (kind == KeyKind::plain ? 123U : 129U));
        BOOST_TEST(parse_token(token.text())->id() == token.id());
    }
}

BOOST_AUTO_TEST_CASE(blanks_of_a_wrapped_line_are_left_out) {
    const TestKey key(1);
    auto text = made(key).text();
    text.insert(60, "\r\n   ");
    BOOST_TEST(good("  " + text + "\n", key));
}

BOOST_AUTO_TEST_CASE(s62_no_letter_can_be_another_one) {
    constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (const auto kind : {KeyKind::plain, KeyKind::hardware}) {
        const TestKey key(1, kind);
        const std::string text = made(key).text();
        for (std::size_t at = 0; at < text.size(); ++at) {
            for (const char letter : kLetters) {
                if (letter == text[at]) continue;
                auto changed = text;
                changed[at] = letter;
                BOOST_TEST(!good(changed, key), changed);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(s62_no_bit_of_what_is_in_it_can_be_another) {
    for (const auto kind : {KeyKind::plain, KeyKind::hardware}) {
        const TestKey key(1, kind);
        const Token token = made(key);
        const auto flipped = [&](auto change) {
            Token other = token;
            change(other);
            return good(other.text(), key);
        };
        for (unsigned bit = 0; bit < 8; ++bit) {
            const auto mask = static_cast<unsigned char>(1U << bit);
            for (std::size_t i = 0; i < 16; ++i) BOOST_TEST(!flipped([&](Token& t) { t.request[i] ^= mask; }));
            for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(!flipped([&](Token& t) { t.key[i] ^= mask; }));
            for (std::size_t i = 0; i < 64; ++i) BOOST_TEST(!flipped([&](Token& t) { t.signature[i] ^= mask; }));
            if (kind == KeyKind::hardware) BOOST_TEST(!flipped([&](Token& t) { t.flags ^= mask; }));
        }
        for (unsigned bit = 0; bit < 32; ++bit) {
            BOOST_TEST(!flipped([&](Token& t) { t.seconds ^= 1U << bit; }));
            if (kind == KeyKind::hardware) BOOST_TEST(!flipped([&](Token& t) { t.counter ^= 1U << bit; }));
        }
        BOOST_TEST(!flipped([](Token& t) { t.hardware = !t.hardware; }));
    }
}

BOOST_AUTO_TEST_CASE(another_text_namespace_or_key_does_not_fit) {
    const TestKey key(1), other(2);
    const auto text = made(key).text();
    BOOST_TEST(!good(text, key, kText + " "));
    BOOST_TEST(!good(text, key, kText, "jit-breakglass@v1"));
    BOOST_TEST(!good(text, other));
    BOOST_TEST(!good(made(key, kText, "jit-grants@v1").text(), key));
}

BOOST_AUTO_TEST_CASE(what_is_no_token_is_refused_without_quoting_it) {
    const TestKey key(1);
    const auto text = made(key).text();
    for (const std::string& bad :
         {std::string(), std::string("jit1."), text.substr(5), "jit2." + text.substr(5), text + "A", text.substr(0, text.size() - 1),
          text + "=", text.substr(0, 50) + "+" + text.substr(51), text.substr(0, 50) + "\xc3" + text.substr(51),
          text + std::string(200, 'A'), std::string(100000, 'j')}) {
        const auto token = parse_token(bad);
        BOOST_TEST(!token.has_value());
        if (token) continue;
        BOOST_TEST(token.error().code == "BadToken");
        BOOST_TEST(token.error().text.find("jit1.G") == std::string::npos);
    }
    BOOST_TEST(!make_token("not an id", 1, SignatureBlock{}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
