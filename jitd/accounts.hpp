// SPDX-License-Identifier: Apache-2.0
// The user database, for the worker only: any of these may hang with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace jit::daemon {

/** The uid of an account whose canonical name is exactly `name`. */
std::optional<std::uint32_t> uid_of(const std::string& name);
/** The canonical name of a uid; empty if there is none. */
std::string name_of(std::uint32_t uid);
/** `who` lists accounts and @groups; is this account one of them? */
bool is_listed(const std::string& account, const std::vector<std::string>& who);

}  // namespace jit::daemon
