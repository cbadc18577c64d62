// SPDX-License-Identifier: Apache-2.0
// SSHSIG signatures (OpenSSH PROTOCOL.sshsig) by ssh-ed25519 and sk-ssh-ed25519 keys, on libsodium.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace jit::core {

using Sha512 = std::array<unsigned char, 64>;
using Sha256 = std::array<unsigned char, 32>;
using Point = std::array<unsigned char, 32>;  // of Ed25519, encoded (RFC 8032, section 5.1.2)
using Signature = std::array<unsigned char, 64>;

inline constexpr std::string_view kGrantsNamespace = "jit-grants@v1";
inline constexpr std::size_t kMaxSignatureBlocks = 16;

/** An SSH public key of a type we verify; `blob` is its wire form and its identity. */
struct PublicKey {
    bool hardware = false;  // sk-ssh-ed25519@openssh.com
    Point point{};
    std::string application;  // sk only
    std::string blob;

    bool operator==(const PublicKey& other) const { return blob == other.blob; }
};

/** "ssh-ed25519 AAAA... [comment]" as in a .pub file; other types are refused by name. */
Result<PublicKey> parse_public_key(std::string_view line);
/** That line, without comment. */
std::string public_key_line(const PublicKey& key);
/** "SHA256:..." as ssh-keygen -l prints it. */
std::string fingerprint(const PublicKey& key);

/** One armoured block, parsed strictly but not verified. */
struct SignatureBlock {
    PublicKey key;
    Signature signature{};
    std::uint8_t flags = 0;     // sk only: bit 0 user present, bit 2 user verified
    std::uint32_t counter = 0;  // sk only
    std::uint32_t line = 0;     // of its BEGIN line
};

/** All blocks of a .sig file. Codes SIG_FORMAT (line given) and NAMESPACE. Never looser than ssh-keygen. */
Result<std::vector<SignatureBlock>> parse_signatures(std::string_view armored, std::string_view ns);

/** The block as ssh-keygen -Y sign writes it. */
std::string armored(const SignatureBlock& block, std::string_view ns);

/** True when `block` signs a message of hash `digest` in namespace `ns`. Flags are the caller's to judge. */
[[nodiscard]] bool verify(const SignatureBlock& block, std::string_view ns, const Sha512& digest);


/**
 * Ed25519 where all implementations agree: no key but of the prime order, no R of small order, no S beyond the group
 * order, nothing that is not canonical.
 */
[[nodiscard]] bool verify_ed25519(const Point& point, const Signature& signature, std::string_view message);

}  // namespace jit::core
