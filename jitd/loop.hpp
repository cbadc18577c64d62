// SPDX-License-Identifier: Apache-2.0
// Thin owners for sd-event sources with C++ callbacks. What a callback throws ends the process, which comes back from
// disk: its memory may be half changed, and a source that fails is off for ever, with the loop alive and deaf.
#pragma once

#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>

#include "common/handle.hpp"
#include "core/time.hpp"

namespace jit::daemon {

using EventPtr = std::unique_ptr<sd_event, Deleter<sd_event_unref>>;
using SourcePtr = std::unique_ptr<sd_event_source, Deleter<sd_event_source_disable_unref>>;

// What is served first when several things are ready.
inline constexpr std::int64_t kPriorityAudit = -30;
inline constexpr std::int64_t kPriorityGate = -20;
inline constexpr std::int64_t kPriorityTimer = -10;
inline constexpr std::int64_t kPriorityBus = 0;

/** For std::set_terminate: says why, and ends the process without looking at anything else. */
[[noreturn]] inline void give_up() noexcept {
    const char* why = "no exception";
    const auto thrown = std::current_exception();
    try {
        if (thrown) std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
        why = e.what();
    } catch (...) {
        why = "unknown exception";
    }
    std::fprintf(stderr, "<2>jitd: internal error: %s; it starts again from its state on disk\n", why);
    ::_exit(1);
}

/** Runs `fn`, turning anything thrown into an errno: the failure of one bus call, or of one job. */
template <class Fn>
int guarded(Fn&& fn) noexcept {
    try {
        return fn();
    } catch (const std::exception& e) {
        std::fprintf(stderr, "<3>jitd: internal error: %s\n", e.what());
        return -EIO;
    } catch (...) {
        return -EIO;
    }
}

/** Calls back when `fd` shows `events` (epoll flags). */
class Watch {
  public:
    using Callback = std::function<void(std::uint32_t revents)>;

    Watch() = default;
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    int start(sd_event* event, int fd, std::uint32_t events, std::int64_t priority, Callback callback) {
        callback_ = std::move(callback);
        sd_event_source* source = nullptr;
        const int r = sd_event_add_io(event, &source, fd, events, &Watch::trampoline, this);
        if (r < 0) return r;
        source_.reset(source);
        return sd_event_source_set_priority(source, priority);
    }
    void stop() { source_.reset(); }

  private:
    static int trampoline(sd_event_source*, int, std::uint32_t revents, void* self) noexcept {
        static_cast<Watch*>(self)->callback_(revents);
        return 0;
    }
    Callback callback_;
    SourcePtr source_;
};

/** A one-shot timer on one clock, to the millisecond; sd-event's default may be 250 ms late. */
class Timer {
  public:
    using Callback = std::function<void()>;

    Timer() = default;
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    int init(sd_event* event, clockid_t clock, std::int64_t priority, Callback callback) {
        callback_ = std::move(callback);
        sd_event_source* source = nullptr;
        const int r = sd_event_add_time(event, &source, clock, UINT64_MAX, 1000, &Timer::trampoline, this);
        if (r < 0) return r;
        source_.reset(source);
        (void)sd_event_source_set_priority(source, priority);
        return sd_event_source_set_enabled(source, SD_EVENT_OFF);
    }
    /** `usec` since the clock's epoch. */
    void arm(std::uint64_t usec) {
        (void)sd_event_source_set_time(source_.get(), usec);
        (void)sd_event_source_set_enabled(source_.get(), SD_EVENT_ONESHOT);
    }
    void disarm() { (void)sd_event_source_set_enabled(source_.get(), SD_EVENT_OFF); }

  private:
    static int trampoline(sd_event_source*, std::uint64_t, void* self) noexcept {
        static_cast<Timer*>(self)->callback_();
        return 0;
    }
    Callback callback_;
    SourcePtr source_;
};

}  // namespace jit::daemon
