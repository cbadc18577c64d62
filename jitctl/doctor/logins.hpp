// SPDX-License-Identifier: Apache-2.0
// Other programs that make root: sshd for root's own logins, doas, ksu.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "jitctl/doctor/accounts.hpp"
#include "jitctl/doctor/finding.hpp"
#include "jitctl/doctor/gates.hpp"
#include "jitctl/doctor/look.hpp"

namespace jit::ctl::doctor {

struct Sshd {
    bool known = false;
    std::string permit_root_login;
    bool password = false;  // any way to log in by password
    std::string root_keys;  // a file with a key of root's; empty: none
    bool uses_pam = true;
};

struct Logins {
    Sshd sshd;
    std::vector<std::string> setuid;  // paths of other programs that make root and are configured
};

/** The output of `sshd -T`. */
Sshd parse_sshd(std::string_view text);
/** Whether an authorized_keys file has a key in it. */
bool has_key(std::string_view text);

Logins read_logins(Look& look);

void judge(Findings& out, const Logins& logins, const Gates& gates, const Accounts& accounts);

}  // namespace jit::ctl::doctor
