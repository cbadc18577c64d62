// SPDX-License-Identifier: Apache-2.0
// What a key of trust.toml may sign for, whatever it is signed on: files, approvals, break-glass.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/trust.hpp"

namespace jit::core {

/** Why a good signature by this key counts for nothing; a file code. */
struct Unfit {
    std::string_view code;
    std::string text;
};

/** trust.toml has a key of this id, not revoked. */
[[nodiscard]] bool in_force(const Trust& trust, std::string_view id);

enum class KeyUse { grant, approve, breakglass };

/** Codes KEY_REVOKED, KEY_USE, KEY_WINDOW. */
std::optional<Unfit> unfit(const TrustKey& key, KeyUse use, Wall now);

/** Empty when a hardware key was used as it must be: touched, as ssh-keygen asks for, too, and with PIN if it says so.
 *  `flags` are those of the signature. */
std::string not_present(const TrustKey& key, std::uint8_t flags);

/** Empty when the key may sign for the role, on this host (none: not asked) and for so long. */
std::string beyond_limits(const TrustKey& key, std::string_view role, const Host* host, Usec duration);

}  // namespace jit::core
