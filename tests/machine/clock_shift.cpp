// SPDX-License-Identifier: Apache-2.0
// Preloaded into jitd: CLOCK_REALTIME and CLOCK_BOOTTIME are off by the two numbers of microseconds in /etc/clock-shift,
// and its timers with them, as if somebody had set the clock, or the host had been suspended. And each boot of the machine
// is another one: what nspawn puts over /proc/sys/kernel/random/boot_id is not in jitd's view of /proc.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <systemd/sd-id128.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <mutex>

namespace {

struct Shift {
    long long wall = 0, boot = 0;  // microseconds
    bool operator==(const Shift&) const = default;
};

struct Absolute {
    int clock = -1;
    int flags = 0;
    itimerspec wanted{};
    bool armed = false;
};

std::mutex mutex;
std::array<Absolute, 1024> timers;

Shift shift() {
    char text[64] = {};
    const int fd = ::open("/etc/clock-shift", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return {};
    const auto size = ::read(fd, text, sizeof text - 1);
    ::close(fd);
    if (size <= 0) return {};
    char* rest = nullptr;
    const auto wall = std::strtoll(text, &rest, 10);
    return {wall, std::strtoll(rest, nullptr, 10)};
}

timespec moved(const timespec& time, long long usec) {
    const long long all = time.tv_sec * 1'000'000'000LL + time.tv_nsec + usec * 1000;
    const long long set = all > 0 ? all : 1;  // 0 would disarm a timer
    return {static_cast<time_t>(set / 1'000'000'000), static_cast<long>(set % 1'000'000'000)};
}

int set(int fd, const Absolute& timer, const Shift& by, itimerspec* old) {
    itimerspec real = timer.wanted;
    real.it_value = moved(real.it_value, timer.clock == CLOCK_REALTIME ? -by.wall : -by.boot);
    return static_cast<int>(::syscall(SYS_timerfd_settime, fd, timer.flags, &real, old));
}

/** A clock that is set moves the timers that wait for it. */
void* follow(void*) {
    const timespec pause{0, 20'000'000};
    for (Shift known = shift();; ::nanosleep(&pause, nullptr)) {
        const auto now = shift();
        if (now == known) continue;
        known = now;
        const std::lock_guard lock(mutex);
        for (std::size_t fd = 0; fd < timers.size(); ++fd) {
            if (timers[fd].armed) set(static_cast<int>(fd), timers[fd], now, nullptr);
        }
    }
    return nullptr;
}

__attribute__((constructor)) void start() {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);  // signals are the program's
    pthread_t thread{};
    pthread_create(&thread, nullptr, follow, nullptr);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t id, timespec* out) noexcept {
    const int r = static_cast<int>(::syscall(SYS_clock_gettime, id, out));
    if (r == 0 && id == CLOCK_REALTIME) *out = moved(*out, shift().wall);
    if (r == 0 && id == CLOCK_BOOTTIME) *out = moved(*out, shift().boot);
    return r;
}

/** Made of when PID 1 began, proc(5): field 22 of its stat. */
int sd_id128_get_boot(sd_id128_t* out) {
    char text[1024] = {};
    const int fd = ::open("/proc/1/stat", O_RDONLY | O_CLOEXEC);
    const auto size = ::read(fd, text, sizeof text - 1);
    ::close(fd);
    const char* at = size > 0 ? std::strrchr(text, ')') : nullptr;
    for (int field = 2; at != nullptr && field < 22; ++field) at = std::strchr(at + 1, ' ');
    if (at == nullptr) return -5;
    *out = SD_ID128_MAKE(4a, 49, 54, 00, 00, 00, 40, 00, 80, 00, 00, 00, 00, 00, 00, 00);
    const auto began = std::strtoull(at, nullptr, 10);
    std::memcpy(out->bytes + 8, &began, sizeof began);
    return 0;
}

int timerfd_create(clockid_t id, int flags) noexcept {
    const int fd = static_cast<int>(::syscall(SYS_timerfd_create, id, flags));
    if (fd >= 0 && static_cast<std::size_t>(fd) < timers.size()) {
        const std::lock_guard lock(mutex);
        timers[static_cast<std::size_t>(fd)] = {id, 0, {}, false};
    }
    return fd;
}

int timerfd_settime(int fd, int flags, const itimerspec* wanted, itimerspec* old) noexcept {
    const std::lock_guard lock(mutex);
    auto& timer = timers[static_cast<std::size_t>(fd) % timers.size()];
    const bool set_at_all = wanted->it_value.tv_sec != 0 || wanted->it_value.tv_nsec != 0;
    timer.armed = set_at_all && (flags & TFD_TIMER_ABSTIME) != 0 &&
                  (timer.clock == CLOCK_REALTIME || timer.clock == CLOCK_BOOTTIME);
    if (!timer.armed) return static_cast<int>(::syscall(SYS_timerfd_settime, fd, flags, wanted, old));
    timer.flags = flags;
    timer.wanted = *wanted;
    return set(fd, timer, shift(), old);
}
}
