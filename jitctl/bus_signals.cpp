// SPDX-License-Identifier: Apache-2.0
#include "jitctl/bus_signals.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "common/names.hpp"
#include "jitctl/exit_code.hpp"

namespace jit::ctl {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kConnect = std::chrono::seconds(5);
constexpr std::size_t kMaxSeen = 1024;

core::Failure gone(int r) {
    return core::fail(code::kUnreachable, std::string("the system bus does not answer: ") + std::strerror(r < 0 ? -r : r));
}

int wait_ms(Clock::time_point deadline) {
    const auto rest = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(rest, 0, 60'000));
}

}  // namespace

int BusSignals::on_listening(sd_bus_message* m, void* userdata, sd_bus_error*) noexcept {
    static_cast<BusSignals*>(userdata)->listening_ = -sd_bus_message_get_errno(m);
    return 0;
}

int BusSignals::on_signal(sd_bus_message* m, void* userdata, sd_bus_error*) noexcept {
    auto& self = *static_cast<BusSignals*>(userdata);
    // The bus compares the sender with the match for what is sent to everybody, not for what anybody sends to us alone.
    if (sd_bus_message_get_destination(m) != nullptr) return 0;
    const char *id = nullptr, *state = nullptr;
    if (sd_bus_message_read(m, "ss", &id, &state) >= 0) self.keep({sd_bus_message_get_member(m), id, state, self.now_()});
    return 0;
}

void BusSignals::keep(Signal signal) {
    seen_.push_back(std::move(signal));
    if (seen_.size() <= kMaxSeen) return;
    // Who holds a grant opens sessions at will: that must not push out a request or a break-glass use.
    const auto session = std::ranges::find(seen_, "SessionChanged", &Signal::member);
    seen_.erase(session == seen_.end() ? seen_.begin() : session);
    ++dropped_;
}

core::Result<void> BusSignals::open(const Environment& env) {
    now_ = env.now;
    sd_bus* raw = nullptr;
    int r = sd_bus_new(&raw);
    bus_.reset(raw);
    if (r >= 0) r = sd_bus_set_address(raw, env.bus_address.c_str());
    if (r >= 0) r = sd_bus_set_bus_client(raw, 1);
    if (r >= 0) r = sd_bus_start(raw);
    // Only from the owner of the name: anybody can send signals of these names.
    if (r >= 0)
        r = sd_bus_match_signal_async(raw, nullptr, kBusName, kObjectPath, kManagerInterface, nullptr, on_signal,
                                      on_listening, this);
    if (r < 0) return gone(r);
    const auto deadline = Clock::now() + kConnect;
    for (;;) {
        if (auto ok = collect(); !ok) return ok;
        if (listening_) break;
        if (Clock::now() >= deadline) return gone(ETIMEDOUT);
        if (r = wait(deadline); r < 0 && r != -EINTR) return gone(r);
    }
    if (*listening_ < 0) return gone(*listening_);
    return {};
}

core::Result<std::optional<Signal>> BusSignals::next(Clock::time_point deadline) {
    for (;;) {
        if (auto first = take()) return first;
        if (auto ok = collect(); !ok) return ok.failure();
        if (!seen_.empty()) continue;
        if (wait_ms(deadline) == 0) return std::optional<Signal>();
        const int r = wait(deadline);
        if (r == -EINTR) return std::optional<Signal>();
        if (r < 0) return gone(r);
    }
}

pollfd BusSignals::wanted() const {
    return {sd_bus_get_fd(bus_.get()), static_cast<short>(sd_bus_get_events(bus_.get())), 0};
}

core::Result<void> BusSignals::collect() {
    int r = 0;
    do r = sd_bus_process(bus_.get(), nullptr);
    while (r > 0);
    if (r < 0) return gone(r);
    return {};
}

std::optional<Signal> BusSignals::take() {
    if (seen_.empty()) return std::nullopt;
    auto first = std::move(seen_.front());
    seen_.pop_front();
    return first;
}

int BusSignals::wait(Clock::time_point deadline) const {
    pollfd bus = wanted();
    return ::poll(&bus, 1, wait_ms(deadline)) < 0 ? -errno : 0;
}

}  // namespace jit::ctl
