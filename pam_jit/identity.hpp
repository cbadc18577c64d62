// SPDX-License-Identifier: Apache-2.0
// Who the person is: the account behind a sudo, su or ssh login, by its canonical name.
#pragma once

#include <sys/types.h>

#include "pam_jit/options.hpp"

namespace jit::pam {

using AccountName = FixedText<257>;  // LOGIN_NAME_MAX and the NUL

struct Person {
    uid_t uid;
    AccountName account;
};

/** The person, in the account phase. sudo, su: the real uid, which PAM_RUSER must name, too; sshd:
 *  PAM_USER. Refuses with IDENTITY, or PAM_USER_UNKNOWN. */
[[nodiscard]] int read_person(pam_handle_t* pamh, const Options& options, Person& out,
                              Refusal& why) noexcept;

/** The account PAM_USER names. */
[[nodiscard]] int read_user(pam_handle_t* pamh, Person& out, Refusal& why) noexcept;

}  // namespace jit::pam
