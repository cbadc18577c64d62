// SPDX-License-Identifier: Apache-2.0
// Whom the words of a policy mean: account, @group, principal:NAME. Which groups somebody is in comes from outside.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/config.hpp"

namespace jit::core {

/** An account with those of its groups that the configuration names. */
struct Member {
    std::string account;
    std::vector<std::string> groups;
};

/** One of `words` means this account. */
[[nodiscard]] bool names(const std::vector<std::string>& words, const Member& member, const Trust& trust);

/** The groups that policy and settings name, each once: what has to be known of an account. */
[[nodiscard]] std::vector<std::string> groups_named(const Config& config);

}  // namespace jit::core
