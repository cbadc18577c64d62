// SPDX-License-Identifier: Apache-2.0
// Who the person is: the account behind a sudo, su or ssh login, by its canonical name.
#pragma once

#include "pam_jit/accounts.hpp"
#include "pam_jit/options.hpp"

namespace jit::pam {

/** Where names come from, and until when they are waited for. */
struct Source {
    pam_handle_t* pamh;
    const Environment& env;
    Deadline deadline;
};

/** The person, in the account phase. sudo, su: the real uid, which PAM_RUSER must name, too; sshd:
 *  PAM_USER. Refuses with IDENTITY, or PAM_USER_UNKNOWN. */
[[nodiscard]] int read_person(const Source& source, const Options& options, Person& out,
                              Refusal& why) noexcept;

/** The account PAM_USER names. */
[[nodiscard]] int read_user(const Source& source, Person& out, Refusal& why) noexcept;

}  // namespace jit::pam
