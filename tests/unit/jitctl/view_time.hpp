// SPDX-License-Identifier: Apache-2.0
// What time it is in the tests of views.
#pragma once

#include <cstdint>
#include <string>

#include "core/duration.hpp"
#include "jitctl/when.hpp"

namespace jit::test {

inline const core::Wall kNow = *core::parse_time("2026-11-22T12:00:00Z");

/** As a field of a reply: "expires_usec". */
inline std::uint64_t in(core::Usec span) { return core::to_usec(kNow + span); }
/** As a person reads it. */
inline std::string local(core::Usec span) { return ctl::format_local(kNow + span, kNow); }

}  // namespace jit::test
