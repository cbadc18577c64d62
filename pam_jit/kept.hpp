// SPDX-License-Identifier: Apache-2.0
// What one phase leaves for the next by pam_set_data: sudo changes PAM_USER and even the real uid.
#pragma once

#include <sys/types.h>

#include "common/scope.hpp"
#include "pam_jit/identity.hpp"

namespace jit::pam {

struct Kept {
    Person person;      // from the account phase
    bool known;         // `person` is set
    bool permissive;    // as the last line that asked; the scope line follows it
    bool unanswered;    // jitd did not answer the account line
    pid_t opened_by;    // the process the first session line ran in (sudo -b forks before it)
    SessionId outer;    // the jit scope we were in before pam_systemd
    SessionId session;  // jitd's, empty if it keeps none
    bool scope_due;
    bool scope_made;    // and jitd watches it
    std::uint64_t backstop_usec;
    std::uint64_t grace_usec;
};

/** nullptr if no line of ours has kept anything. */
[[nodiscard]] Kept* find_kept(pam_handle_t* pamh) noexcept;
/** The present one, or a new one; nullptr without memory. */
[[nodiscard]] Kept* make_kept(pam_handle_t* pamh) noexcept;

/** Tells pam_systemd when the login's scope has to end. PAM_SUCCESS or PAM_BUF_ERR. */
[[nodiscard]] int bound_login(pam_handle_t* pamh, std::uint64_t ends_usec) noexcept;

/** CLOCK_REALTIME in microseconds. */
[[nodiscard]] std::uint64_t wall_usec() noexcept;

}  // namespace jit::pam
