// SPDX-License-Identifier: Apache-2.0
// The groups of this host and who is in them, as NSS tells; used by the verb `policy`.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace jit::ctl {

struct GroupEntry {
    std::string name;
    std::vector<std::string> members;  // those listed; not who has it as primary group
};

/** Also true when the database can't be asked: absence is what is worth a word. */
bool has_group(const std::string& name);
std::optional<GroupEntry> group_named(const std::string& name);
std::optional<GroupEntry> group_of(gid_t gid);

struct AccountGroups {
    gid_t primary = 0;
    std::vector<gid_t> all;
};
std::optional<AccountGroups> groups_of(const std::string& account);

}  // namespace jit::ctl
