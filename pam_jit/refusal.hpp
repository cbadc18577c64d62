// SPDX-License-Identifier: Apache-2.0
// Why the answer is no, and how the person and the log get to know.
#pragma once

#include <security/pam_modules.h>

#include "common/fixed_text.hpp"
#include "pam_jit/environment.hpp"

namespace jit::pam {

inline constexpr char kUnavailable[] = "UNAVAILABLE";
inline constexpr char kIdentity[] = "IDENTITY";
inline constexpr char kConfig[] = "CONFIG";

/** Never PAM_IGNORE, PAM_SESSION_ERR, PAM_NEW_AUTHTOK_REQD or PAM_AUTHTOK_EXPIRED: sudo runs the
 *  command on them. */
struct Refusal {
    int result = PAM_SYSTEM_ERR;
    FixedText<33> code;
    FixedText<513> text;
    bool recorded = false;  // jitd has put it in the journal
    bool told = false;      // the person has read it already
};

/** Fills `why` and returns `result`. */
[[gnu::format(printf, 4, 5)]] int refuse(Refusal& why, int result, const char* code,
                                         const char* fmt, ...) noexcept;
/** The same for a system call or D-Bus call that failed with `error` (negative errno). */
int refuse_gate(Refusal& why, const Environment& env, int error) noexcept;

/** One line by pam_error, PAM_SILENT or not: under sudo pam_info would go to the command's stdout.
 *  Nothing when the person was told. */
void show(pam_handle_t* pamh, const Refusal& why) noexcept;
/** One line to syslog that never blocks and leaves openlog's state to the host. */
[[gnu::format(printf, 2, 3)]] void log_line(const Environment& env, const char* fmt, ...) noexcept;

}  // namespace jit::pam
