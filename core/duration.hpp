// SPDX-License-Identifier: Apache-2.0
// Time spans as people write them, systemd.time(7) "Parsing time spans"; a bare number is refused.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/time.hpp"

namespace jit::core {

/** "30m", "2h 30min", "1.5s", "1week"; "0" is the only bare number. Code FIELD; text names the remedy. */
Result<Usec> parse_duration(std::string_view text);
/** "2h 30min", "1.500s"; at most the two largest units, rounded down; 0 is "0". */
std::string format_duration(Usec span);
/** "2026-11-22T12:00:00Z" (RFC 3339, UTC). */
std::string format_time(Wall time);
/** RFC 3339 with offset or Z; fraction allowed. Code FIELD. */
Result<Wall> parse_time(std::string_view text);

}  // namespace jit::core
