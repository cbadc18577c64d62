// SPDX-License-Identifier: Apache-2.0
// The answer to a request in a line that can be typed, sent or shown as a QR code:
// "jit1." base64url(request 16 | key 4 | seconds 4 | signature 64 [| flags 1 | counter 4]), at most 129 characters.
// Nothing in it is believed but the signature: the host makes the signed text from its own request.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/sshsig.hpp"

namespace jit::core {

inline constexpr std::size_t kMaxToken = 131;

using KeyMark = std::array<unsigned char, 4>;
/** The first bytes of the key's fingerprint: which keys to try. */
KeyMark mark_of(const PublicKey& key);

struct Token {
    std::array<unsigned char, 16> request{};
    KeyMark key{};
    std::uint32_t seconds = 0;
    Signature signature{};
    bool hardware = false;
    std::uint8_t flags = 0;     // hardware only: bit 0 touched, bit 2 verified
    std::uint32_t counter = 0;  // hardware only

    [[nodiscard]] std::string text() const;
    /** Hex of a hash: what is remembered of a used one. */
    [[nodiscard]] std::string id() const;
    [[nodiscard]] std::string request_id() const;
};

/** Of a signature over the text of this request. */
Result<Token> make_token(std::string_view request_id, std::uint32_t seconds, const SignatureBlock& block);
/** Code BAD_TOKEN; the text does not quote it. Blanks around and inside, as from a wrapped line, are left out. */
Result<Token> parse_token(std::string_view text);
/** The signature of a token as `key` made it. */
SignatureBlock block_of(const Token& token, const PublicKey& key);
/** True when `key` signed `message` in namespace `ns`, and this is that signature. */
[[nodiscard]] bool verify(const Token& token, const PublicKey& key, std::string_view ns, std::string_view message);

}  // namespace jit::core
