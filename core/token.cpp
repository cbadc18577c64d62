// SPDX-License-Identifier: Apache-2.0
#include "core/token.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/record.hpp"
#include "core/text.hpp"

namespace jit::core {
namespace {

constexpr std::string_view kPrefix = "jit1.";
constexpr std::size_t kPlainSize = 16 + 4 + 4 + 64;
constexpr std::size_t kHardwareSize = kPlainSize + 1 + 4;

void append32(std::string& out, std::uint32_t n) {
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((n >> shift) & 0xFFU);
}

std::uint32_t read32(const unsigned char* at) {
    return std::uint32_t{at[0]} << 24U | std::uint32_t{at[1]} << 16U | std::uint32_t{at[2]} << 8U | at[3];
}

template <std::size_t N>
void append(std::string& out, const std::array<unsigned char, N>& bytes) {
    out.append(reinterpret_cast<const char*>(bytes.data()), N);
}

std::string bytes_of(const Token& token) {
    std::string out;
    append(out, token.request);
    append(out, token.key);
    append32(out, token.seconds);
    append(out, token.signature);
    if (token.hardware) {
        out += static_cast<char>(token.flags);
        append32(out, token.counter);
    }
    return out;
}

const unsigned char* raw(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

bool is_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

Failure bad() { return fail("BadToken", "this is no token, or not all of it: copy it whole, from jit1. on"); }

}  // namespace

KeyMark mark_of(const PublicKey& key) {
    Sha256 hash{};
    crypto_hash_sha256(hash.data(), raw(key.blob), key.blob.size());
    KeyMark out{};
    std::copy_n(hash.begin(), out.size(), out.begin());
    return out;
}

std::string Token::text() const {
    const std::string bytes = bytes_of(*this);
    std::string out(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
    sodium_bin2base64(out.data(), out.size(), raw(bytes), bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    out.resize(std::strlen(out.c_str()));
    return std::string(kPrefix) + out;
}

std::string Token::id() const {
    const std::string bytes = bytes_of(*this);
    Sha256 hash{};
    crypto_hash_sha256(hash.data(), raw(bytes), bytes.size());
    return to_hex(hash.data(), hash.size());
}

std::string Token::request_id() const { return to_hex(request.data(), request.size()); }

Result<Token> make_token(std::string_view request_id, std::uint32_t seconds, const SignatureBlock& block) {
    Token out;
    std::size_t size = 0;
    if (!is_own_id(request_id) || sodium_hex2bin(out.request.data(), out.request.size(), request_id.data(),
                                                 request_id.size(), nullptr, &size, nullptr) != 0) {
        return fail("InvalidArgument", "request: not an id of a request");
    }
    out.key = mark_of(block.key);
    out.seconds = seconds;
    out.signature = block.signature;
    out.hardware = block.key.hardware;
    out.flags = block.flags;
    out.counter = block.counter;
    return out;
}

Result<Token> parse_token(std::string_view text) {
    std::string one(text);
    std::erase_if(one, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
    if (one.size() > kMaxToken || !one.starts_with(kPrefix)) return bad();
    const std::string_view code = std::string_view(one).substr(kPrefix.size());
    // sodium_base642bin of libsodium 1.0.18 takes some bytes over 0x7F for letters.
    if (!std::all_of(code.begin(), code.end(), is_letter)) return bad();
    std::vector<unsigned char> bytes(kHardwareSize + 1);
    std::size_t size = 0;
    const char* end = nullptr;
    if (sodium_base642bin(bytes.data(), bytes.size(), code.data(), code.size(), nullptr, &size, &end,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        end != code.data() + code.size() || (size != kPlainSize && size != kHardwareSize)) {
        return bad();
    }
    Token out;
    const unsigned char* at = bytes.data();
    std::copy_n(at, 16, out.request.begin());
    std::copy_n(at + 16, 4, out.key.begin());
    out.seconds = read32(at + 20);
    std::copy_n(at + 24, 64, out.signature.begin());
    out.hardware = size == kHardwareSize;
    if (out.hardware) {
        out.flags = at[kPlainSize];
        out.counter = read32(at + kPlainSize + 1);
    }
    return out;
}

SignatureBlock block_of(const Token& token, const PublicKey& key) {
    SignatureBlock block;
    block.key = key;
    block.signature = token.signature;
    block.flags = token.flags;
    block.counter = token.counter;
    return block;
}

bool verify(const Token& token, const PublicKey& key, std::string_view ns, std::string_view message) {
    if (token.hardware != key.hardware || token.key != mark_of(key)) return false;
    Sha512 digest{};
    crypto_hash_sha512(digest.data(), raw(message), message.size());
    return verify(block_of(token, key), ns, digest);
}

}  // namespace jit::core
