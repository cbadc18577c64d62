// SPDX-License-Identifier: Apache-2.0
// The user database, within the time the line has: the host asks it too, but never with a deadline.
#pragma once

#include <sys/types.h>

#include "common/deadline.hpp"
#include "common/fixed_text.hpp"
#include "pam_jit/environment.hpp"

namespace jit::pam {

using AccountName = FixedText<257>;  // LOGIN_NAME_MAX and the NUL

struct Person {
    uid_t uid;
    AccountName account;
};

struct AccountKey {
    const char* name;  // or the uid, if nullptr
    uid_t uid;
};

/** 0, -ENOENT for no such account, -ETIMEDOUT, or another negative errno. Nothing is left behind in
 *  this process when the database never answers: who is not in the passwd file that nsswitch.conf
 *  asks first is asked for in a child. */
[[nodiscard]] int find_account(const Environment& env, const AccountKey& key, Deadline deadline,
                               Person& out) noexcept;

/** Does nsswitch.conf(5) ask the passwd file first, and take its word? */
[[nodiscard]] bool asks_files_first(const char* nsswitch_file) noexcept;

}  // namespace jit::pam
