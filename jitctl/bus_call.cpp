// SPDX-License-Identifier: Apache-2.0
#include "jitctl/bus_call.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

#include "common/names.hpp"
#include "jitctl/exit_code.hpp"

namespace jit::ctl {
namespace {

using Clock = std::chrono::steady_clock;

constexpr char kNotRunning[] =
    "jitd does not answer: {}. Is it running? Look: systemctl status jitd";

core::Failure unreachable(std::string why) {
    if (why.ends_with('.')) why.pop_back();  // as the bus and PID 1 write it
    return core::fail(code::kUnreachable, fmt::format(kNotRunning, why));
}

std::string error_text(int r) { return std::strerror(r < 0 ? -r : r); }

core::Result<Fd> connect_gate(const Environment& env) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (env.gate_socket.size() >= sizeof(address.sun_path))
        return unreachable(env.gate_socket + ": path too long");
    env.gate_socket.copy(address.sun_path, sizeof(address.sun_path) - 1);

    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd ||
        ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) < 0)
        return unreachable(env.gate_socket + ": " + error_text(errno));

    ucred peer{};
    socklen_t size = sizeof(peer);
    if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
        return unreachable(env.gate_socket + ": " + error_text(errno));
    if (peer.uid != env.gate_peer)
        return unreachable(fmt::format("{}: uid {} listens there", env.gate_socket, peer.uid));
    return fd;
}

BusPtr new_bus() {
    sd_bus* bus = nullptr;
    return BusPtr(sd_bus_new(&bus) < 0 ? nullptr : bus);
}

core::Result<BusPtr> open_gate(const Environment& env) {
    auto fd = connect_gate(env);
    if (!fd) return fd.failure();
    BusPtr bus = new_bus();
    if (!bus) return unreachable(error_text(ENOMEM));
    int r = sd_bus_set_fd(bus.get(), fd->get(), fd->get());
    if (r >= 0) {
        (void)fd->release();
        r = sd_bus_start(bus.get());
    }
    if (r < 0) return unreachable(env.gate_socket + ": " + error_text(r));
    return bus;
}

core::Result<BusPtr> open_bus(const Environment& env) {
    BusPtr bus = new_bus();
    if (!bus) return unreachable(error_text(ENOMEM));
    int r = sd_bus_set_address(bus.get(), env.bus_address.c_str());
    if (r >= 0) r = sd_bus_set_bus_client(bus.get(), 1);
    if (r >= 0) r = sd_bus_start(bus.get());
    if (r < 0) return unreachable(env.bus_address + ": " + error_text(r));
    return bus;
}

core::Failure error_of(const sd_bus_error& error) {
    const std::string_view name = error.name != nullptr ? error.name : "";
    const std::string text = error.message != nullptr ? error.message : std::string(name);
    const std::string code = code_of_bus_error(name);
    if (code == code::kUnreachable) return unreachable(text);
    return core::fail(code, text);
}

struct Pending {
    MessagePtr reply;
};

int on_reply(sd_bus_message* m, void* userdata, sd_bus_error*) noexcept {
    static_cast<Pending*>(userdata)->reply.reset(sd_bus_message_ref(m));
    return 0;
}

/** Never sd_bus_call: its timeout does not cover authentication, and a silent peer holds it for
 * ever. */
core::Result<void> wait_for(sd_bus* bus, const Pending& pending, Clock::time_point deadline,
                            core::Usec timeout) {
    for (;;) {
        const int r = sd_bus_process(bus, nullptr);
        if (pending.reply) return {};
        if (r < 0) return unreachable(error_text(r));
        const auto rest =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (rest <= 0) {
            const double seconds = static_cast<double>(timeout.count()) / 1e6;
            return core::fail(
                code::kTimeout,
                fmt::format("jitd did not answer within {:g} s, so whether it did it is not known. "
                            "Look: jitctl list, systemctl status jitd",
                            seconds));
        }
        if (r > 0) continue;
        pollfd poll{sd_bus_get_fd(bus), static_cast<short>(sd_bus_get_events(bus)), 0};
        if (::poll(&poll, 1, static_cast<int>(rest)) < 0 && errno != EINTR)
            return unreachable(error_text(errno));
    }
}

core::Result<MessagePtr> ask(sd_bus* bus, const char* destination, const Call& call,
                             core::Usec timeout) {
    sd_bus_message* raw = nullptr;
    int r = sd_bus_message_new_method_call(bus, &raw, destination, kObjectPath, kManagerInterface,
                                           call.member);
    const MessagePtr message(raw);
    if (r >= 0) r = call.append(message.get());
    if (r == -EINVAL)
        return core::fail("INVALID_ARGUMENT", fmt::format("{}: an argument is not text in UTF-8", call.member));
    if (r < 0)
        return core::fail(code::kFailed, fmt::format("{}: can't make the message: {}", call.member,
                                                     error_text(r)));

    Pending pending;
    sd_bus_slot* slot = nullptr;
    r = sd_bus_call_async(bus, &slot, message.get(), on_reply, &pending, UINT64_MAX);
    const SlotPtr keep(slot);
    if (r < 0) return unreachable(error_text(r));

    if (auto done = wait_for(bus, pending, Clock::now() + timeout, timeout); !done)
        return done.failure();
    if (const sd_bus_error* error = sd_bus_message_get_error(pending.reply.get()); error != nullptr)
        return error_of(*error);
    return std::move(pending.reply);
}

}  // namespace

core::Result<MessagePtr> call_manager(const Environment& env, const Call& call) {
    const core::Usec timeout = call.timeout.count() > 0 ? call.timeout : env.timeout;
    if (call.gate_only) {
        auto gate = open_gate(env);
        if (!gate) return gate.failure();
        return ask(gate->get(), nullptr, call, timeout);
    }
    if (env.uid == 0 && env.use_gate)
        if (auto gate = open_gate(env)) return ask(gate->get(), nullptr, call, timeout);
    auto bus = open_bus(env);
    if (!bus) return bus.failure();
    return ask(bus->get(), kBusName, call, timeout);
}

}  // namespace jit::ctl
