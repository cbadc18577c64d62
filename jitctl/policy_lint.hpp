// SPDX-License-Identifier: Apache-2.0
// What a policy that can be read says without meaning it: rules nobody reaches, approvals nobody can give. Used by
// `policy check`.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/policy.hpp"
#include "core/trust.hpp"

namespace jit::ctl {

/** Escaped by the caller; the line is the rule's or the role's own. */
struct Remark {
    std::uint32_t line = 0;
    std::string text;
};

struct PolicyRemarks {
    std::vector<Remark> warnings, notes;
};

/** The names on the host a policy is for. */
struct HostNames {
    std::function<bool(const std::string&)> has_group;
    std::optional<core::Trust> trust;  // none: not known
};

/** `host` is null when the policy may be another host's. Both lists are in the order of their lines. */
PolicyRemarks lint_policy(const core::Policy& policy, const HostNames* host);

}  // namespace jit::ctl
