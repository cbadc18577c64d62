// SPDX-License-Identifier: Apache-2.0
// The accounts and groups of this host, and the groups that are root by another name.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "jitctl/doctor/finding.hpp"
#include "jitctl/doctor/gates.hpp"
#include "jitctl/doctor/look.hpp"

namespace jit::ctl::doctor {

struct Account {
    std::string name;
    uid_t uid = 0;
    gid_t gid = 0;
};

struct Group {
    std::string name;
    gid_t gid = 0;
    std::vector<std::string> members;
};

enum class Password { unknown, set, locked, none };

struct Accounts {
    std::vector<Account> accounts;
    std::vector<Group> groups;
    Password root = Password::unknown;

    /** Listed members and accounts whose first group it is; without root. */
    [[nodiscard]] std::vector<std::string> members_of(std::string_view group) const;
};

/** Of a line's second field in shadow(5). */
Password password_of(std::string_view field);

/** As far as the user database can be listed: a directory service may list none. */
Accounts read_accounts(Look& look);

void judge(Findings& out, const Accounts& accounts, const Gates& gates);

}  // namespace jit::ctl::doctor
