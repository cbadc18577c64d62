// SPDX-License-Identifier: Apache-2.0
// Keys and signatures as OpenSSH writes them (PROTOCOL.sshsig).
#include <sodium.h>

#include <algorithm>
#include <cstring>

#include "core/sshsig.hpp"

namespace jit::core {
namespace {

constexpr std::size_t kLine = 70;

void put_u32(std::string& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xFFU);
}

void put(std::string& out, std::string_view text) {
    put_u32(out, static_cast<std::uint32_t>(text.size()));
    out += text;
}

std::string_view type_of(const PublicKey& key) {
    return key.hardware ? "sk-ssh-ed25519@openssh.com" : "ssh-ed25519";
}

std::string base64(std::string_view bytes) {
    std::string out(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                      sodium_base64_VARIANT_ORIGINAL);
    out.resize(std::strlen(out.c_str()));
    return out;
}

}  // namespace

std::string public_key_line(const PublicKey& key) {
    return std::string(type_of(key)) + " " + base64(key.blob);
}

std::string armored(const SignatureBlock& block, std::string_view ns) {
    std::string inner;
    put(inner, type_of(block.key));
    put(inner, {reinterpret_cast<const char*>(block.signature.data()), block.signature.size()});
    if (block.key.hardware) {
        inner += static_cast<char>(block.flags);
        put_u32(inner, block.counter);
    }
    std::string blob = "SSHSIG";
    put_u32(blob, 1);
    for (const std::string_view part : {std::string_view(block.key.blob), ns, std::string_view(), std::string_view("sha512"),
                                        std::string_view(inner)}) {
        put(blob, part);
    }
    const std::string text = base64(blob);
    std::string out = "-----BEGIN SSH SIGNATURE-----\n";
    for (std::size_t at = 0; at < text.size(); at += kLine) out += text.substr(at, kLine) + "\n";
    return out + "-----END SSH SIGNATURE-----\n";
}

}  // namespace jit::core
