// SPDX-License-Identifier: Apache-2.0
// A point of CLOCK_MONOTONIC that bounds a whole operation, however many calls it takes.
#pragma once

#include <time.h>

#include <cstdint>

namespace jit {

class Deadline {
  public:
    static Deadline in_msec(std::int64_t msec) noexcept {
        return Deadline(now() + msec * 1'000'000);
    }

    [[nodiscard]] bool passed() const noexcept { return now() >= at_; }
    /** What is left, never negative; at most `cap_msec` when one is given. */
    [[nodiscard]] timespec left(std::int64_t cap_msec = kNoCap) const noexcept {
        std::int64_t nsec = at_ - now();
        if (nsec > cap_msec * 1'000'000) nsec = cap_msec * 1'000'000;
        if (nsec < 0) nsec = 0;
        return {nsec / kSecond, nsec % kSecond};
    }

  private:
    static constexpr std::int64_t kSecond = 1'000'000'000;
    static constexpr std::int64_t kNoCap = 86'400'000;

    explicit Deadline(std::int64_t at) noexcept : at_(at) {}
    static std::int64_t now() noexcept {
        timespec ts{};
        ::clock_gettime(CLOCK_MONOTONIC, &ts);
        return ts.tv_sec * kSecond + ts.tv_nsec;
    }

    std::int64_t at_;  // nanoseconds
};

}  // namespace jit
