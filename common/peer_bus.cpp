// SPDX-License-Identifier: Apache-2.0
#include "common/peer_bus.hpp"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace jit {
namespace {

constexpr std::int64_t kBacklogRetryMsec = 10;
// Longer than any deadline of ours, so that the loop below is the only one that gives up.
constexpr std::uint64_t kCallTimeoutUsec = 3'600'000'000;

int connect_socket(const PeerAddress& address, Deadline deadline, Fd& out) noexcept {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    if (::strlen(address.path) >= sizeof to.sun_path) return -ENAMETOOLONG;
    ::strcpy(to.sun_path, address.path);

    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return -errno;
    while (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0) {
        if (errno != EAGAIN && errno != EINTR) return -errno;
        if (deadline.passed()) return -ETIMEDOUT;
        const timespec pause = deadline.left(kBacklogRetryMsec);
        ::clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, nullptr);
    }

    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return -errno;
    if (peer.uid != address.uid) return -EPERM;
    out = std::move(fd);
    return 0;
}

/** One turn: work if there is some, else wait for it. The deadline counts in both cases: a peer
 * that sends without end keeps sd_bus_process busy. */
int turn(sd_bus* bus, Deadline deadline) noexcept {
    const int worked = sd_bus_process(bus, nullptr);
    if (worked < 0) return worked;
    if (deadline.passed()) return -ETIMEDOUT;
    if (worked > 0) return 0;

    const int events = sd_bus_get_events(bus);
    if (events < 0) return events;
    pollfd poll{sd_bus_get_fd(bus), static_cast<short>(events), 0};
    const timespec left = deadline.left();
    if (::ppoll(&poll, 1, &left, nullptr) < 0 && errno != EINTR) return -errno;
    return 0;
}

struct Pending {
    MessagePtr reply;
    bool done = false;
};

int on_reply(sd_bus_message* message, void* userdata, sd_bus_error*) noexcept {
    auto* pending = static_cast<Pending*>(userdata);
    pending->reply.reset(sd_bus_message_ref(message));
    pending->done = true;
    return 1;
}

int outcome(sd_bus_message* reply) noexcept {
    if (!sd_bus_message_is_method_error(reply, nullptr)) return 0;
    // sd-bus makes up this error for calls in flight when the connection ends (and reports
    // ETIMEDOUT).
    if (sd_bus_message_is_method_error(reply, SD_BUS_ERROR_NO_REPLY) ||
        sd_bus_message_is_method_error(reply, SD_BUS_ERROR_DISCONNECTED))
        return -ECONNRESET;
    return -EREMOTEIO;
}

}  // namespace

bool is_connection_lost(int error) noexcept {
    return error == -ECONNRESET || error == -EPIPE || error == -ENOTCONN || error == -ESHUTDOWN;
}

int PeerBus::connect(const PeerAddress& address, Deadline deadline) noexcept {
    bus_.reset();
    Fd fd;
    int r = connect_socket(address, deadline, fd);
    if (r < 0) return r;

    sd_bus* made = nullptr;
    r = sd_bus_new(&made);
    if (r < 0) return r;
    BusPtr bus(made);
    r = sd_bus_set_fd(bus.get(), fd.get(), fd.get());
    if (r < 0) return r;
    (void)fd.release();
    r = sd_bus_negotiate_fds(bus.get(), 1);
    if (r < 0) return r;
    r = sd_bus_start(bus.get());
    if (r < 0) return r;
    bus_ = std::move(bus);
    return 0;
}

int PeerBus::authenticate(Deadline deadline) noexcept {
    int r = 0;
    while ((r = sd_bus_is_ready(bus_.get())) == 0) {
        r = turn(bus_.get(), deadline);
        if (r < 0) return r;
        if (sd_bus_is_open(bus_.get()) <= 0) return -ECONNRESET;
    }
    return r < 0 ? r : 0;
}

int PeerBus::call(sd_bus_message* call, Deadline deadline, MessagePtr& reply) noexcept {
    if (!bus_) return -ENOTCONN;
    // Sending a descriptor before that makes sd-bus wait without limit by itself.
    int r = authenticate(deadline);
    if (r < 0) return r;
    Pending pending;
    sd_bus_slot* made = nullptr;
    r = sd_bus_call_async(bus_.get(), &made, call, on_reply, &pending, kCallTimeoutUsec);
    if (r < 0) return r;
    const SlotPtr slot(made);
    while (!pending.done) {
        r = turn(bus_.get(), deadline);
        if (r < 0 && !pending.done) return r;
    }
    reply = std::move(pending.reply);
    return outcome(reply.get());
}

}  // namespace jit
