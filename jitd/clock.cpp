// SPDX-License-Identifier: Apache-2.0
#include "jitd/clock.hpp"

#include <systemd/sd-id128.h>

#include <cstring>
#include <ctime>

namespace jit::daemon {
namespace {

core::Usec read(clockid_t id) {
    timespec ts{};
    ::clock_gettime(id, &ts);
    return std::chrono::seconds(ts.tv_sec) + std::chrono::duration_cast<core::Usec>(std::chrono::nanoseconds(ts.tv_nsec));
}

}  // namespace

std::uint64_t monotonic() { return static_cast<std::uint64_t>(read(CLOCK_MONOTONIC).count()); }

core::Result<Clock> Clock::create() {
    sd_id128_t id{};
    if (const int r = sd_id128_get_boot(&id); r < 0) {
        return core::fail("Failed", std::string("boot id: ") + std::strerror(-r));
    }
    char text[SD_ID128_STRING_MAX];
    Clock clock;
    clock.boot_id_ = sd_id128_to_string(id, text);
    return clock;
}

core::Now Clock::now() const {
    return {core::Wall(read(CLOCK_REALTIME)), core::Boot(read(CLOCK_BOOTTIME)), boot_id_};
}

core::LocalTime Clock::local(core::Wall at) {
    const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
    std::tm parts{};
    ::tzset();  // /etc/localtime may be another one by now
    ::localtime_r(&seconds, &parts);
    return {std::chrono::weekday(static_cast<unsigned>(parts.tm_wday)), std::chrono::minutes(parts.tm_hour * 60 + parts.tm_min)};
}

}  // namespace jit::daemon
