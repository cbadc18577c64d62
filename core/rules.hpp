// SPDX-License-Identifier: Apache-2.0
// Which rule of policy.toml a question for a role falls under, and what that rule demands; see jit-files(5).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/membership.hpp"
#include "core/rule_limits.hpp"
#include "core/state.hpp"

namespace jit::core {

/** Who asks for which role, and when. */
struct Asking {
    Member who;
    std::string role;
    LocalTime local;
    Wall at;
};

/**
 * The first rule whose roles, people, hosts and hours fit, or null: not requestable. One that approves by itself is
 * passed over for a person who has used up its auto_limit.
 */
const Rule* first_rule(const Asking& asking, const State& state, const Config& config);

/** This host is one of the rule's, and the role one that it gives. */
[[nodiscard]] bool is_for(const Rule& rule, std::string_view role, const Config& config);

/** The same whatever the hour and the limit: may this person ever ask for that role here? */
const Rule* any_rule(const Member& who, std::string_view role, const Config& config);

/** What a rule and its role limit. Codes Limit and InvalidArgument; `verb` begins the text. */
std::optional<Error> breaks(std::string_view verb, const Rule& rule, const Role& role, Usec duration,
                            const std::string& reason, const std::string& ticket);

/** "policy.toml:12" */
std::string name_of(const Rule& rule);
/** "2 of @leads, principal:olivia", "1 more of @leads". */
std::string who_decides(const std::vector<std::string>& approvers, std::uint32_t needed, std::size_t have = 0);

}  // namespace jit::core
