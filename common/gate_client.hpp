// SPDX-License-Identifier: Apache-2.0
// Asks jitd on its gate: pam_jit, the sudo group plugin, and jitctl for root while the bus is
// stuck.
#pragma once

#include "common/names.hpp"
#include "common/peer_bus.hpp"

namespace jit {

/** One method call. `fill` appends the arguments; it may run again for a new connection and must
 * then append the same ones, nonce included: that makes a repeated Check the same Check. */
struct GateCall {
    const char* member;
    int (*fill)(sd_bus_message* call, const void* data);
    const void* data;
    const char* interface = kGateInterface;
};

class GateClient {
  public:
    /** The socket must belong to `address.uid`, and so must its folder, writable to nobody else. */
    explicit GateClient(const PeerAddress& address = {kGateSocket, 0}) noexcept
        : address_(address) {}

    /** 0 or a negative errno; ENOENT and ECONNREFUSED mean that nobody listens. `call` does this by
     *  itself; do it early where privileges change in between. Does not wait for jitd. */
    [[nodiscard]] int connect(Deadline deadline) noexcept;
    /** Connects if need be and asks; when jitd dies meanwhile, asks the next one until the
     * deadline. Returns as PeerBus::call. */
    [[nodiscard]] int call(const GateCall& call, Deadline deadline, MessagePtr& reply) noexcept;
    void close() noexcept { bus_.close(); }

  private:
    [[nodiscard]] int call_once(const GateCall& call, Deadline deadline,
                                MessagePtr& reply) noexcept;

    PeerAddress address_;
    PeerBus bus_;
};

}  // namespace jit
