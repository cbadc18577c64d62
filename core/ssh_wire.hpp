// SPDX-License-Identifier: Apache-2.0
// What SSH keys and signatures are written in: RFC 4251 section 5, OpenSSH's PROTOCOL.sshsig and PROTOCOL.u2f.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace jit::core {

inline constexpr std::string_view kArmorBegin = "-----BEGIN SSH SIGNATURE-----";
inline constexpr std::string_view kArmorEnd = "-----END SSH SIGNATURE-----";
inline constexpr std::string_view kSshsigMagic = "SSHSIG";
inline constexpr std::string_view kSshsigHash = "sha512";
inline constexpr std::string_view kEd25519 = "ssh-ed25519";
inline constexpr std::string_view kSkEd25519 = "sk-ssh-ed25519@openssh.com";

inline void put_u32(std::string& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xFFU);
}

inline void put_string(std::string& out, std::string_view text) {
    put_u32(out, static_cast<std::uint32_t>(text.size()));
    out += text;
}

}  // namespace jit::core
