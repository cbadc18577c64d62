// SPDX-License-Identifier: Apache-2.0
// An event loop that a test turns by hand, with a deadline instead of sleeps.
#pragma once

#include <chrono>
#include <functional>

#include "jitd/loop.hpp"

namespace jit::test {

class TestLoop {
  public:
    TestLoop() {
        sd_event* event = nullptr;
        if (sd_event_new(&event) < 0) std::abort();
        event_.reset(event);
    }
    [[nodiscard]] sd_event* get() const { return event_.get(); }

    /** Turns until `done`; false when that took longer than `limit`. */
    bool until(const std::function<bool()>& done, std::chrono::milliseconds limit = std::chrono::seconds(5)) {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (!done()) {
            const auto left = std::chrono::duration_cast<std::chrono::microseconds>(end - std::chrono::steady_clock::now());
            if (left.count() <= 0) return false;
            if (sd_event_run(event_.get(), static_cast<std::uint64_t>(left.count())) < 0) return false;
        }
        return true;
    }
    /** Turns as long as there is something to do at once. */
    void drain() {
        while (sd_event_run(event_.get(), 0) > 0) {
        }
    }

  private:
    daemon::EventPtr event_;
};

}  // namespace jit::test
