// SPDX-License-Identifier: Apache-2.0
// Whether sudo records the session, seen from within sudo: an I/O log is open before it opens the PAM session.
#pragma once

#include "common/fixed_text.hpp"
#include "pam_jit/environment.hpp"

namespace jit::pam {

/** The folder of the I/O log, relative to the folder of all; see iolog_dir in sudoers(5). */
using Recording = FixedText<256>;

/** Empty unless this process has one open for writing. What a person may have passed in can't look so: nobody else
 * may write there. */
[[nodiscard]] Recording find_recording(const Environment& env) noexcept;

}  // namespace jit::pam
