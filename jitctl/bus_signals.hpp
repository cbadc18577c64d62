// SPDX-License-Identifier: Apache-2.0
// What jitd tells everybody on the system bus: ids and states. For the verbs that wait.
#pragma once

#include <poll.h>

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "common/handle.hpp"
#include "core/result.hpp"
#include "jitctl/environment.hpp"

namespace jit::ctl {

struct Signal {
    std::string member;  // "RequestChanged", ...
    std::string id, state;
    core::Wall heard;
};

class BusSignals {
  public:
    BusSignals() = default;
    BusSignals(const BusSignals&) = delete;
    BusSignals& operator=(const BusSignals&) = delete;

    /** Listens to what the owner of org.jitd1 sends, which may be another jitd later: from its return on none is missed. */
    core::Result<void> open(const Environment& env);
    /** The next one, or none until `deadline` or a signal(7) came. An error: the bus is gone. */
    core::Result<std::optional<Signal>> next(std::chrono::steady_clock::time_point deadline);

    // For who waits for more than the bus: collect() when poll(2) says so, then take().

    [[nodiscard]] pollfd wanted() const;
    /** Takes in all that has come. An error: the bus is gone. */
    core::Result<void> collect();
    /** The oldest that is kept. */
    std::optional<Signal> take();
    [[nodiscard]] bool empty() const { return seen_.empty(); }
    /** How many there was no room for since the last call of forget_dropped(). */
    [[nodiscard]] std::size_t dropped() const { return dropped_; }
    void forget_dropped() { dropped_ = 0; }

  private:
    static int on_listening(sd_bus_message* m, void* self, sd_bus_error*) noexcept;
    static int on_signal(sd_bus_message* m, void* self, sd_bus_error*) noexcept;
    void keep(Signal signal);
    /** Until the bus has something, or `deadline`. 0 or a negative errno. */
    int wait(std::chrono::steady_clock::time_point deadline) const;

    std::function<core::Wall()> now_;
    BusPtr bus_;
    std::optional<int> listening_;  // the bus's answer: 0 or a negative errno
    std::deque<Signal> seen_;
    std::size_t dropped_ = 0;
};

}  // namespace jit::ctl
