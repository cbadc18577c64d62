// SPDX-License-Identifier: Apache-2.0
// Makes SSHSIG signatures for the tests, good ones and every kind of bad one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jit::test {

/** What goes into a signature; the defaults make a good one. */
struct SignOptions {
    std::string magic = "SSHSIG";
    std::uint32_t version = 1;
    std::string ns = "jit-grants@v1";
    std::string reserved;
    std::string hash = "sha512";
    std::string signature_type;  // empty = as the key
    std::uint8_t flags = 0x01;   // sk only
    std::uint32_t counter = 7;
    std::optional<std::string> application;  // sk only: signed over instead of the key's own
    std::string trailing;  // after the blob
    std::string trailing_signature;
    std::size_t wrap = 70;
    std::optional<std::array<unsigned char, 64>> signature;  // instead of the right one
};

enum class KeyKind { plain, hardware };

class TestKey {
  public:
    /** The same seed makes the same key. */
    explicit TestKey(unsigned char seed, KeyKind kind = KeyKind::plain, std::string application = "ssh:");

    [[nodiscard]] std::string public_key() const;  // "ssh-ed25519 AAAA..."
    [[nodiscard]] std::string sign(std::string_view content, const SignOptions& options = {}) const;
    [[nodiscard]] std::string blob(std::string_view content, const SignOptions& options = {}) const;

  private:
    [[nodiscard]] std::string key_blob() const;
    [[nodiscard]] std::string type() const;

    KeyKind kind_;
    std::string application_;  // sk only
    std::array<unsigned char, 32> public_{};
    std::array<unsigned char, 64> secret_{};
};

std::string armor(std::string_view blob, std::size_t wrap = 70);
std::string base64(std::string_view bytes);
/** SSH wire form: length, then the bytes. */
std::string wire_string(std::string_view text);

}  // namespace jit::test
