// SPDX-License-Identifier: Apache-2.0
// Whom polkit takes for an administrator: pkexec and busctl make root of them, past sudo and su.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jitctl/doctor/accounts.hpp"
#include "jitctl/doctor/finding.hpp"
#include "jitctl/doctor/gates.hpp"
#include "jitctl/doctor/look.hpp"

namespace jit::ctl::doctor {

struct PolkitRules {
    std::string path;
    std::size_t admin_line = 0;       // of the first addAdminRule; 0: none
    std::vector<std::string> admins;  // unix-user:x, unix-group:x, unix-netgroup:x
    std::size_t yes_line = 0;         // of the first polkit.Result.YES; 0: none
};

struct Polkit {
    bool installed = false;
    std::vector<PolkitRules> files;  // in polkit's order, by name
};

/** Rules are JavaScript: what can be told without running them are the words they use. */
PolkitRules parse_rules(std::string path, std::string_view text);

Polkit read_polkit(Look& look);

void judge(Findings& out, const Polkit& polkit, const Gates& gates, const Accounts& accounts);

}  // namespace jit::ctl::doctor
