// SPDX-License-Identifier: Apache-2.0
#include "jitctl/bus_signals.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "common/names.hpp"
#include "jitctl/exit_code.hpp"

namespace jit::ctl {
namespace {

constexpr auto kConnect = std::chrono::seconds(5);
constexpr std::size_t kMaxSeen = 4096;

core::Failure gone(int r) {
    return core::fail(code::kUnreachable, std::string("the system bus does not answer: ") + std::strerror(r < 0 ? -r : r));
}

int wait_ms(std::chrono::steady_clock::time_point deadline) {
    const auto rest = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(rest, 0, 60'000));
}

}  // namespace

int BusSignals::on_signal(sd_bus_message* m, void* userdata, sd_bus_error*) noexcept {
    auto& self = *static_cast<BusSignals*>(userdata);
    const char *id = nullptr, *state = nullptr;
    if (sd_bus_message_read(m, "ss", &id, &state) >= 0 && self.seen_.size() < kMaxSeen)
        self.seen_.push_back({sd_bus_message_get_member(m), id, state});
    return 0;
}

core::Result<void> BusSignals::open(const Environment& env) {
    sd_bus* raw = nullptr;
    int r = sd_bus_new(&raw);
    bus_.reset(raw);
    if (r >= 0) r = sd_bus_set_address(raw, env.bus_address.c_str());
    if (r >= 0) r = sd_bus_set_bus_client(raw, 1);
    if (r >= 0) r = sd_bus_start(raw);
    // Only from the owner of the name: anybody can send signals of these names.
    if (r >= 0)
        r = sd_bus_match_signal_async(raw, nullptr, kBusName, kObjectPath, kManagerInterface, nullptr, on_signal, nullptr, this);
    if (r < 0) return gone(r);
    const auto deadline = std::chrono::steady_clock::now() + kConnect;
    while (sd_bus_is_ready(raw) == 0) {
        if (auto ok = next(std::min(deadline, std::chrono::steady_clock::now() + std::chrono::milliseconds(100))); !ok)
            return ok.failure();
        if (std::chrono::steady_clock::now() >= deadline) return gone(ETIMEDOUT);
    }
    return {};
}

core::Result<std::optional<Signal>> BusSignals::next(std::chrono::steady_clock::time_point deadline) {
    for (;;) {
        if (!seen_.empty()) {
            auto first = std::move(seen_.front());
            seen_.pop_front();
            return std::optional<Signal>(std::move(first));
        }
        const int r = sd_bus_process(bus_.get(), nullptr);
        if (r < 0) return gone(r);
        if (r > 0) continue;
        const int rest = wait_ms(deadline);
        if (rest == 0) return std::optional<Signal>();
        pollfd poll{sd_bus_get_fd(bus_.get()), static_cast<short>(sd_bus_get_events(bus_.get())), 0};
        if (::poll(&poll, 1, rest) < 0) {
            if (errno != EINTR) return gone(errno);
            return std::optional<Signal>();
        }
    }
}

}  // namespace jit::ctl
