// SPDX-License-Identifier: Apache-2.0
#include "tests/support/test_key.hpp"

#include <sodium.h>

#include <vector>

namespace jit::test {

namespace {

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string u32(std::uint32_t value) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xFFU);
    return out;
}

std::string sha256(std::string_view text) {
    std::string out(crypto_hash_sha256_BYTES, '\0');
    crypto_hash_sha256(reinterpret_cast<unsigned char*>(out.data()), bytes_of(text), text.size());
    return out;
}

std::string sha512(std::string_view text) {
    std::string out(crypto_hash_sha512_BYTES, '\0');
    crypto_hash_sha512(reinterpret_cast<unsigned char*>(out.data()), bytes_of(text), text.size());
    return out;
}

}  // namespace

std::string wire_string(std::string_view text) {
    return u32(static_cast<std::uint32_t>(text.size())) + std::string(text);
}

std::string base64(std::string_view bytes) {
    std::vector<char> out(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL));
    sodium_bin2base64(out.data(), out.size(), bytes_of(bytes), bytes.size(),
                      sodium_base64_VARIANT_ORIGINAL);
    return out.data();
}

std::string armor(std::string_view blob, std::size_t wrap) {
    const std::string text = base64(blob);
    std::string out = "-----BEGIN SSH SIGNATURE-----\n";
    for (std::size_t i = 0; i < text.size(); i += wrap) out += text.substr(i, wrap) + "\n";
    return out + "-----END SSH SIGNATURE-----\n";
}

TestKey::TestKey(unsigned char seed, KeyKind kind, std::string application)
    : kind_(kind), application_(std::move(application)) {
    std::array<unsigned char, 32> bytes{};
    bytes.fill(seed);
    crypto_sign_seed_keypair(public_.data(), secret_.data(), bytes.data());
}

std::string TestKey::type() const {
    return kind_ == KeyKind::plain ? "ssh-ed25519" : "sk-ssh-ed25519@openssh.com";
}

std::string TestKey::key_blob() const {
    std::string out =
        wire_string(type()) + wire_string({reinterpret_cast<const char*>(public_.data()), 32});
    if (kind_ == KeyKind::hardware) out += wire_string(application_);
    return out;
}

std::string TestKey::public_key() const { return type() + " " + base64(key_blob()); }

std::string TestKey::blob(std::string_view content, const SignOptions& options) const {
    std::string message = options.magic + wire_string(options.ns) + wire_string(options.reserved) +
                          wire_string(options.hash) +
                          wire_string(options.hash == "sha512" ? sha512(content) : sha256(content));
    std::string tail;
    if (kind_ == KeyKind::hardware) {
        tail = static_cast<char>(options.flags) + u32(options.counter);
        message = sha256(options.application.value_or(application_)) + tail + sha256(message);
    }
    std::array<unsigned char, 64> signature{};
    crypto_sign_detached(signature.data(), nullptr, bytes_of(message), message.size(),
                         secret_.data());
    if (options.signature) signature = *options.signature;
    const std::string inner =
        wire_string(options.signature_type.empty() ? type() : options.signature_type) +
        wire_string({reinterpret_cast<const char*>(signature.data()), signature.size()}) + tail +
        options.trailing_signature;
    return options.magic + u32(options.version) + wire_string(key_blob()) +
           wire_string(options.ns) + wire_string(options.reserved) + wire_string(options.hash) +
           wire_string(inner) + options.trailing;
}

std::string TestKey::sign(std::string_view content, const SignOptions& options) const {
    return armor(blob(content, options), options.wrap);
}

}  // namespace jit::test
