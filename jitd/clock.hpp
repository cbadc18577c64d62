// SPDX-License-Identifier: Apache-2.0
// The one place of jitd that reads the clocks.
#pragma once

#include <cstdint>
#include <string>

#include "core/result.hpp"
#include "core/rule_limits.hpp"
#include "core/time.hpp"

namespace jit::daemon {

/** CLOCK_MONOTONIC in microseconds, for timers of jitd's own. */
std::uint64_t monotonic();

class Clock {
  public:
    static core::Result<Clock> create();
    [[nodiscard]] core::Now now() const;
    /** By the time zone of this host. */
    [[nodiscard]] static core::LocalTime local(core::Wall at);

  private:
    std::string boot_id_;
};

}  // namespace jit::daemon
