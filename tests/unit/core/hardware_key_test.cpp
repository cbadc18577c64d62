// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE hardware_key
#include <boost/test/unit_test.hpp>

#include "tests/support/grant_files.hpp"

// sk-ssh-ed25519@openssh.com: what the token says of itself is signed, too, and judged.

using namespace jit::core;
using namespace jit::test;

namespace {

const std::string kContent = with_grant(GrantText());

/** Olivia's key is in a token. */
struct Token {
    TestKey key{5, KeyKind::hardware};
    Fleet fleet;

    explicit Token(bool require_verify = false) {
        fleet.trust.keys[0] = trust_key("olivia-sk", "olivia", key);
        fleet.trust.keys[0].require_verify = require_verify;
    }
    [[nodiscard]] std::string code(const SignOptions& options) const {
        return fleet.code(kContent, key.sign(kContent, options));
    }
};

SignOptions with_flags(unsigned flags) {
    SignOptions out;
    out.flags = static_cast<std::uint8_t>(flags);
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(HardwareKey)

BOOST_AUTO_TEST_CASE(every_combination_of_flags_is_judged) {
    for (const bool require_verify : {false, true}) {
        const Token token(require_verify);
        for (unsigned flags = 0; flags < 256; ++flags) {
            const bool touched = (flags & 0x01U) != 0, verified = (flags & 0x04U) != 0;
            const bool known = (flags & 0xFAU) == 0;  // neither attested data, extensions nor reserved bits
            const std::string expected = !known                                       ? "SIG_FORMAT"
                                         : !touched || (require_verify && !verified) ? "BAD_SIGNATURE"
                                                                                     : "";
            BOOST_TEST(token.code(with_flags(flags)) == expected, "flags " << flags);
        }
    }
}

BOOST_AUTO_TEST_CASE(touch_is_asked_of_every_token_whatever_its_key_says) {
    Token token;
    token.fleet.trust.keys[0].require_touch = true;
    BOOST_TEST(token.code(with_flags(0x04)) == "BAD_SIGNATURE");
    token.fleet.trust.keys[0].require_touch = false;
    BOOST_TEST(token.code(with_flags(0x04)) == "BAD_SIGNATURE");
}

BOOST_AUTO_TEST_CASE(no_bit_of_flags_or_counter_may_differ_from_what_was_signed) {
    for (const unsigned flags : {0x00U, 0x01U, 0x04U, 0x05U}) {
        const Token token;
        const std::string blob = token.key.blob(kContent, with_flags(flags));
        for (std::size_t byte = blob.size() - 5; byte < blob.size(); ++byte) {
            for (int bit = 0; bit < 8; ++bit) {
                std::string changed = blob;
                changed[byte] = static_cast<char>(changed[byte] ^ (1 << bit));
                BOOST_TEST(token.fleet.code(kContent, armor(changed)) != "");
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(any_counter_is_taken_as_it_was_signed) {
    const Token token;  // the serial of the file, not the counter of a token, tells old from new
    for (const std::uint32_t counter : {0U, 1U, 0x80000000U, 0xFFFFFFFFU}) {
        SignOptions options;
        options.counter = counter;
        BOOST_TEST(token.code(options) == "");
    }
}

BOOST_AUTO_TEST_CASE(a_key_is_bound_to_its_application) {
    const Token token;
    for (const std::string application : {"", "ssh", "ssh:work", "SSH:", "https://example.com"}) {
        SignOptions other;
        other.application = application;
        BOOST_TEST(token.code(other) == "BAD_SIGNATURE", application);
        // The same point under another application is another key.
        const TestKey elsewhere(5, KeyKind::hardware, application);
        BOOST_TEST(token.fleet.code(kContent, elsewhere.sign(kContent)) == "UNKNOWN_KEY", application);
    }
    Fleet fleet;
    const TestKey work(5, KeyKind::hardware, "ssh:work");
    fleet.trust.keys[0] = trust_key("olivia-work", "olivia", work);
    BOOST_TEST(fleet.code(kContent, work.sign(kContent)) == "");
}

BOOST_AUTO_TEST_CASE(signatures_of_one_kind_of_key_are_none_of_the_other) {
    const Token token;
    const TestKey plain(5);  // the same point
    BOOST_TEST(token.fleet.code(kContent, plain.sign(kContent)) == "UNKNOWN_KEY");
    SignOptions as_plain;
    as_plain.signature_type = "ssh-ed25519";
    BOOST_TEST(token.code(as_plain) == "SIG_FORMAT");
    SignOptions as_web;
    as_web.signature_type = "webauthn-sk-ssh-ed25519@openssh.com";
    BOOST_TEST(token.code(as_web) == "SIG_FORMAT");
    Fleet fleet;
    fleet.trust.keys[0] = trust_key("olivia-2026", "olivia", plain);
    SignOptions as_token;
    as_token.signature_type = "sk-ssh-ed25519@openssh.com";
    BOOST_TEST(fleet.code(kContent, plain.sign(kContent, as_token)) == "SIG_FORMAT");
    BOOST_TEST(fleet.code(kContent, token.key.sign(kContent)) == "UNKNOWN_KEY");
}

BOOST_AUTO_TEST_CASE(a_signature_cut_short_or_with_something_after_it_is_refused) {
    const Token token;
    const std::string good = token.key.blob(kContent);
    // The last field: type, signature, flags, counter.
    const std::string inner = wire_string("sk-ssh-ed25519@openssh.com") + wire_string(std::string(64, 's')) +
                              std::string(5, 'x');
    const std::string head = good.substr(0, good.size() - inner.size() - 4);
    const std::string tail = good.substr(good.size() - inner.size());
    BOOST_REQUIRE(token.fleet.code(kContent, armor(head + wire_string(tail))) == "");
    for (std::size_t size = 0; size < tail.size(); ++size) {
        BOOST_TEST(token.fleet.code(kContent, armor(head + wire_string(tail.substr(0, size)))) == "SIG_FORMAT", size);
    }
    for (const std::string& more : {std::string(1, '\0'), std::string("\xa0"), wire_string("extension")}) {
        BOOST_TEST(token.fleet.code(kContent, armor(head + wire_string(tail + more))) == "SIG_FORMAT");
    }
}

BOOST_AUTO_TEST_SUITE_END()
