// SPDX-License-Identifier: Apache-2.0
// Whether something keeps the clock right: the windows of grants are read off it.
#pragma once

#include <optional>

#include "jitctl/doctor/finding.hpp"
#include "jitctl/doctor/look.hpp"

namespace jit::ctl::doctor {

/** adjtimex(2)'s maxerror, in microseconds; nothing in a container that may not ask. */
std::optional<long> read_clock_error(Look& look);
/** As systemd-timedated judges it: the error is under 16 s. STA_UNSYNC says nothing: it is set to
 * keep the kernel off the RTC, too. */
bool is_synchronised(long max_error);

void judge_clock(Findings& out, std::optional<long> max_error);

}  // namespace jit::ctl::doctor
