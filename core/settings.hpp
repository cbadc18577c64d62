// SPDX-License-Identifier: Apache-2.0
// jitd.toml: the daemon's settings, vendor defaults first, then /etc, then drop-ins.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace jit::core {

enum class LocalGrants { root, admins, off };
enum class OnAuditFailure { deny, allow };

struct Settings {
    std::vector<std::string> exempt;
    std::vector<std::string> admins;     // account or @group
    std::vector<std::string> observers;  // account or @group: sees what admins see
    std::string default_role = "root";
    LocalGrants local_grants = LocalGrants::root;
    Usec request_ttl = std::chrono::hours(1);
    std::vector<Usec> warn = {std::chrono::minutes(5), std::chrono::minutes(1)};
    Usec grace = std::chrono::milliseconds(1500);
    std::uint32_t pending_per_account = 4;
    std::uint32_t pending_total = 256;
    bool breakglass = false;
    OnAuditFailure on_audit_failure = OnAuditFailure::deny;
    std::vector<std::string> sshd_gated = {"root"};
};

/** Overlays the keys that `text` sets; unknown keys and wrong types are refused with their place. */
Result<void> merge_settings(Settings& settings, std::string_view text, std::string_view file);

}  // namespace jit::core
