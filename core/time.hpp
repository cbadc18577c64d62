// SPDX-License-Identifier: Apache-2.0
// The two clocks a decision depends on. Core never reads one: time comes in as an argument.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace jit::core {

using Usec = std::chrono::microseconds;
using Wall = std::chrono::sys_time<Usec>;  // CLOCK_REALTIME

struct BootClock {
    using duration = Usec;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<BootClock>;
    static constexpr bool is_steady = true;
};
using Boot = BootClock::time_point;  // CLOCK_BOOTTIME: goes on during suspend

/** One reading of both clocks; boot times of different boot_ids are not comparable. */
struct Now {
    Wall wall;
    Boot boot;
    std::string boot_id;  // 32 hex digits
};

inline constexpr std::uint64_t to_usec(Wall t) {
    const auto n = t.time_since_epoch().count();
    return n < 0 ? 0 : static_cast<std::uint64_t>(n);
}
inline constexpr Wall from_usec(std::uint64_t usec) {
    return Wall(Usec(static_cast<Usec::rep>(usec)));
}

}  // namespace jit::core
