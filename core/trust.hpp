// SPDX-License-Identifier: Apache-2.0
// trust.toml: the principals and public keys this host believes, and what each key may sign for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/host.hpp"
#include "core/result.hpp"
#include "core/sshsig.hpp"
#include "core/time.hpp"

namespace jit::core {

struct Principal {
    std::string name;
    std::vector<std::string> accounts;
};

struct TrustKey {
    std::string id;
    std::string principal;
    PublicKey key;
    bool use_grant = false, use_approve = false, use_breakglass = false;
    std::vector<std::string> roles;  // globs
    HostPatterns hosts;
    Usec max_duration{};
    std::optional<Wall> not_before, not_after;
    bool revoked = false;
    bool require_touch = false;  // hardware keys must be touched in any case, as ssh-keygen asks
    bool require_verify = false, allow_self = false;
};

struct Trust {
    std::string org;
    std::uint32_t grant_threshold = 1;
    std::vector<Principal> principals;
    std::vector<TrustKey> keys;

    /** The person behind an account; an account under no principal is its own. */
    [[nodiscard]] std::string principal_of(std::string_view account) const;
    [[nodiscard]] const TrustKey* find(const PublicKey& key) const;
};

Result<Trust> parse_trust(std::string_view text, std::string_view file);

}  // namespace jit::core
