// SPDX-License-Identifier: Apache-2.0
// One thread for what may block: user database look-ups, grant-file loads, checkpoints.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "common/handle.hpp"
#include "core/result.hpp"
#include "jitd/loop.hpp"

namespace jit::daemon {

class Worker {
  public:
    using Completion = std::function<void()>;  // runs on the loop
    using Job = std::function<Completion()>;   // runs on the thread

    Worker() = default;
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker();

    core::Result<void> start(sd_event* event);
    /** Jobs run one after the other. False: too many wait already. */
    [[nodiscard]] bool post(Job job);
    /** Before all that was posted plainly: grant files and root wait for one look-up of others at the most. */
    [[nodiscard]] bool post_first(Job job);

  private:
    bool push(std::deque<Job>& queue, Job job);
    void run();
    void deliver();

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Job> first_, jobs_;
    std::deque<Completion> done_;
    bool stop_ = false;
    Fd event_fd_;
    Watch watch_;
    std::thread thread_;
};

}  // namespace jit::daemon
