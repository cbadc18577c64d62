// SPDX-License-Identifier: Apache-2.0
// The two small grammars inside a rule, `hours` and `auto_limit`; used by policy and the decision.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "core/result.hpp"
#include "core/time.hpp"

namespace jit::core {

/** A moment by the clock on the wall of this host, which knows its time zone. */
struct LocalTime {
    std::chrono::weekday day;
    std::chrono::minutes since_midnight{};
};

/** "[DAYS ]HH:MM-HH:MM" in local time; DAYS as in "Mon..Fri" or "Mon,Wed,Sat..Sun". */
struct Hours {
    std::uint8_t days = 0x7F;          // bit 0 = Monday
    std::chrono::minutes from{0};      // since midnight
    std::chrono::minutes to{24 * 60};  // not included

    [[nodiscard]] bool contains(const LocalTime& at) const;
};
/** Code FIELD. A span over midnight is refused: it would leave open which day it counts for. */
Result<Hours> parse_hours(std::string_view text);

/** "5/week": at most `count` in any `period` (hour, day, week, month of 30 days). */
struct AutoLimit {
    std::uint32_t count = 0;
    Usec period{};
};
Result<AutoLimit> parse_auto_limit(std::string_view text);

}  // namespace jit::core
