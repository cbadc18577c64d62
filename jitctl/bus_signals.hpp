// SPDX-License-Identifier: Apache-2.0
// What jitd tells everybody on the system bus: ids and states. For the verbs that wait.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>

#include "common/handle.hpp"
#include "core/result.hpp"
#include "jitctl/environment.hpp"

namespace jit::ctl {

struct Signal {
    std::string member;  // "RequestChanged", ...
    std::string id, state;
};

class BusSignals {
  public:
    BusSignals() = default;
    BusSignals(const BusSignals&) = delete;
    BusSignals& operator=(const BusSignals&) = delete;

    /** Connects and listens to what the owner of org.jitd1 sends; that may be another jitd later. */
    core::Result<void> open(const Environment& env);
    /** The next one, or none until `deadline` or a signal(7) came. An error: the bus is gone. */
    core::Result<std::optional<Signal>> next(std::chrono::steady_clock::time_point deadline);

  private:
    static int on_signal(sd_bus_message* m, void* self, sd_bus_error*) noexcept;
    BusPtr bus_;
    std::deque<Signal> seen_;
};

}  // namespace jit::ctl
