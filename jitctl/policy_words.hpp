// SPDX-License-Identifier: Apache-2.0
// What a policy means, in sentences for who does not read TOML. Used by `policy check`; the caller escapes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/policy.hpp"

namespace jit::ctl {

/** "become root by sudo and su, for at most 8h; ..." */
std::string role_words(const core::Role& role);
/** "carol may ask for root: granted at once, up to 1h" */
std::string rule_words(const core::Rule& rule);

/** "members of group developers, and carol,", the subject or object of a sentence. */
std::string people_words(const std::vector<std::string>& who);
/** "a, b and c" */
std::string listed(const std::vector<std::string>& words, std::string_view last = "and");

}  // namespace jit::ctl
