// SPDX-License-Identifier: Apache-2.0
// A D-Bus connection straight to a peer (jitd's gate, PID 1) that never outlasts its deadline.
#pragma once

#include <sys/types.h>

#include "common/deadline.hpp"
#include "common/handle.hpp"

namespace jit {

/** Where to connect and whose socket it must be (SO_PEERCRED: the one who called listen). */
struct PeerAddress {
    const char* path;
    uid_t uid;
};

/** All functions return 0 or a negative errno; -ETIMEDOUT at the deadline. */
class PeerBus {
  public:
    /** Connects as who this process is now; the first call authenticates, so the peer need not run
     *  yet. A full backlog is retried until the deadline. */
    [[nodiscard]] int connect(const PeerAddress& address, Deadline deadline) noexcept;
    /** Sends `call` and waits. -EREMOTEIO: the peer answered with an error, and `reply` is that
     * error. -ECONNRESET: the connection broke with the answer outstanding. */
    [[nodiscard]] int call(sd_bus_message* call, Deadline deadline, MessagePtr& reply) noexcept;

    [[nodiscard]] sd_bus* get() const noexcept { return bus_.get(); }
    [[nodiscard]] bool connected() const noexcept { return bus_ != nullptr; }
    void close() noexcept { bus_.reset(); }

  private:
    [[nodiscard]] int authenticate(Deadline deadline) noexcept;

    BusPtr bus_;
};

/** Whether this errno means that the peer went away, so that its successor can be asked. */
[[nodiscard]] bool is_connection_lost(int error) noexcept;

}  // namespace jit
