// SPDX-License-Identifier: Apache-2.0
// Points in time as people type and read them, in the local time zone.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/time.hpp"

namespace jit::ctl {

/** "now", "today", "yesterday", "tomorrow", "1h ago", "+30m", "-1h", "@SECONDS", RFC 3339,
    "YYYY-MM-DD [HH:MM[:SS]]", "HH:MM[:SS]" (today). Code FIELD. */
core::Result<core::Wall> parse_when(std::string_view text, core::Wall now);

/** "12:30:00" on the day of `now`, else "Mon 2026-11-23 12:30:00". */
std::string format_local(core::Wall time, core::Wall now);
/** "2026-11-22 12:30:00". */
std::string format_stamp(core::Wall time);
/** "24min" to go, or "5min ago". */
std::string format_left(core::Wall end, core::Wall now);

}  // namespace jit::ctl
