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
/** What the user database knows for certain about a name. */
struct AccountAnswer {
    bool certain = false;              // false: a service of it fails
    std::optional<std::uint32_t> uid;  // none: no such account
};
AccountAnswer look_up_account(const std::string& name);
/** The canonical name of a uid; empty if there is none. */
std::string name_of(std::uint32_t uid);
/** Those of `groups` that the account is in, by name. */
std::vector<std::string> groups_among(const std::string& account, const std::vector<std::string>& groups);
/** The number of a group. */
std::optional<std::uint32_t> gid_of(const std::string& group);

}  // namespace jit::daemon
