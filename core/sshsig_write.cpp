// SPDX-License-Identifier: Apache-2.0
// Keys and signatures as OpenSSH writes them (PROTOCOL.sshsig).
#include "core/base64.hpp"
#include "core/ssh_wire.hpp"
#include "core/sshsig.hpp"

namespace jit::core {
namespace {

constexpr std::size_t kLine = 70;

std::string_view type_of(const PublicKey& key) {
    return key.hardware ? kSkEd25519 : kEd25519;
}

}  // namespace

std::string public_key_line(const PublicKey& key) {
    return std::string(type_of(key)) + " " + to_base64(key.blob);
}

std::string armored(const SignatureBlock& block, std::string_view ns) {
    std::string inner;
    put_string(inner, type_of(block.key));
    put_string(inner, {reinterpret_cast<const char*>(block.signature.data()), block.signature.size()});
    if (block.key.hardware) {
        inner += static_cast<char>(block.flags);
        put_u32(inner, block.counter);
    }
    std::string blob(kSshsigMagic);
    put_u32(blob, 1);
    for (const std::string_view part : {std::string_view(block.key.blob), ns, std::string_view(), kSshsigHash,
                                        std::string_view(inner)}) {
        put_string(blob, part);
    }
    const std::string text = to_base64(blob);
    std::string out = std::string(kArmorBegin) + "\n";
    for (std::size_t at = 0; at < text.size(); at += kLine) out += text.substr(at, kLine) + "\n";
    return out + std::string(kArmorEnd) + "\n";
}

}  // namespace jit::core
