// SPDX-License-Identifier: Apache-2.0
#include "jitctl/doctor/clock.hpp"

#include <sys/timex.h>

namespace jit::ctl::doctor {

std::optional<long> read_clock_error(Look& look) {
    timex asked{};  // no modes: only reads
    if (::adjtimex(&asked) >= 0) return asked.maxerror;
    look.could_not("the clock (adjtimex)");
    return std::nullopt;
}

bool is_synchronised(long max_error) {
    constexpr long kNtpPhaseLimit = 16'000'000;
    return max_error < kNtpPhaseLimit;
}

void judge_clock(Findings& out, std::optional<long> max_error) {
    if (!max_error || is_synchronised(*max_error)) return;
    out.warning("clock-not-synchronised",
                "clock: nothing keeps it right: grants begin and end by it, and a signed file from "
                "another machine may be refused",
                "apt install systemd-timesyncd && timedatectl set-ntp true; in a container, on its "
                "host");
}

}  // namespace jit::ctl::doctor
