// SPDX-License-Identifier: Apache-2.0
// The policy that is in force on this host, and the other files it is read with. Used by both `policy` verbs.
#pragma once

#include <optional>
#include <string>

#include "core/policy.hpp"
#include "core/result.hpp"
#include "core/trust.hpp"
#include "jitctl/environment.hpp"

namespace jit::ctl {

/** The admin's policy.toml, which replaces the vendor's whole. */
std::string policy_path(const Environment& env);
core::Result<core::Policy> read_policy(const std::string& path);

/** trust.toml as jitd believes it: empty when it is not there, none when it can't be read. */
std::optional<core::Trust> trust_here(const Environment& env);
/** host.toml in the same way. */
std::optional<core::Host> host_here(const Environment& env);

}  // namespace jit::ctl
