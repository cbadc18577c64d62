// SPDX-License-Identifier: Apache-2.0
// What a person can type to be let in: a role that a rule of this host offers, and for how long it is surely given.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/decide.hpp"
#include "core/membership.hpp"

namespace jit::core {

/** The role serves what the query names of service and target. */
[[nodiscard]] bool answers(const Role& role, const Query& query);

/**
 * The most that every rule of this host for that role gives, 30 min at most; none: no rule is for it. `who` counts only the
 * rules that name them; without it everybody's do.
 */
std::optional<Usec> offered(const Role& role, const Config& config, const Member* who = nullptr);

/** `jitctl request dba --for 30m --reason "..."`, of whole minutes, or seconds below one. */
std::string request_command(std::string_view role, Usec span);

/** "Ask for one: jitctl request ..." of a role that would answer the query, `wanted` or the host's default first; or whom to ask. */
std::string ask_for(const Query& query, std::string_view wanted, const Config& config, const Member* who = nullptr);

/** The same of one role: "ask for another: jitctl request ...". */
std::string ask_for_another(std::string_view role, std::string_view account, const Config& config);

/** "30m", "45s": a span as one word of a command line, rounded down. */
std::string typed(Usec span);

}  // namespace jit::core
