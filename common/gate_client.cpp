// SPDX-License-Identifier: Apache-2.0
#include "common/gate_client.hpp"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fixed_text.hpp"

namespace jit {
namespace {

constexpr std::int64_t kReconnectMsec = 10;

/** Whoever may write the folder may put a socket of his own there. */
int check_folder(const PeerAddress& address) noexcept {
    FixedText<128> folder;
    if (!folder.set(address.path)) return -ENAMETOOLONG;
    char* slash = ::strrchr(folder.data(), '/');
    if (!slash || slash == folder.data()) return -EINVAL;
    *slash = '\0';
    struct stat st {};
    if (::lstat(folder.c_str(), &st) < 0) return -errno;
    if (!S_ISDIR(st.st_mode)) return -ENOTDIR;
    return st.st_uid == address.uid && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0 ? 0 : -EPERM;
}

}  // namespace

int GateClient::connect(Deadline deadline) noexcept {
    const int r = check_folder(address_);
    return r < 0 ? r : bus_.connect(address_, deadline);
}

int GateClient::call_once(const GateCall& call, Deadline deadline, MessagePtr& reply) noexcept {
    int r = bus_.connected() ? 0 : connect(deadline);
    if (r < 0) return r;
    sd_bus_message* made = nullptr;
    r = sd_bus_message_new_method_call(bus_.get(), &made, nullptr, kObjectPath, call.interface,
                                       call.member);
    if (r < 0) return r;
    const MessagePtr message(made);
    r = call.fill(message.get(), call.data);
    if (r < 0) return r;
    return bus_.call(message.get(), deadline, reply);
}

int GateClient::call(const GateCall& call, Deadline deadline, MessagePtr& reply) noexcept {
    for (;;) {
        const int r = call_once(call, deadline, reply);
        // An answered call leaves the connection usable; after anything else its state is unknown.
        if (r != 0 && r != -EREMOTEIO) bus_.close();
        if (!is_connection_lost(r)) return r;
        if (deadline.passed()) return -ETIMEDOUT;
        const timespec pause = deadline.left(kReconnectMsec);
        ::clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, nullptr);
    }
}

}  // namespace jit
