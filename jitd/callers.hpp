// SPDX-License-Identifier: Apache-2.0
// Who is behind the connections of the bus, and what share of jitd each account may keep busy.
#pragma once

#include <systemd/sd-bus.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/handle.hpp"
#include "jitd/caller.hpp"

namespace jit::daemon {

/** The peers behind unique names. A bus gives such a name only once, so one question for each is enough. */
class Callers {
  public:
    using Ready = std::function<void(const Peer&)>;  // without a uid when the bus does not tell

    static constexpr std::size_t kMaxKnown = 2048;  // what a bus has connections for
    static constexpr std::size_t kMaxOfOne = 4;     // calls of one connection that is not known yet
    static constexpr std::size_t kMaxWaiting = kMaxKnown * kMaxOfOne;

    /** Calls `ready` at once when the peer is known, otherwise when the bus has answered. False: too many wait. */
    [[nodiscard]] bool identify(sd_bus* bus, const std::string& sender, Ready ready);
    /** Another bus gives the same names to others; calls still waiting are dropped. */
    void forget();

  private:
    struct Question {
        Callers* callers = nullptr;
        std::string sender;
        std::vector<Ready> waiting;
        SlotPtr slot;
    };
    static int on_reply(sd_bus_message* reply, void* question, sd_bus_error*) noexcept;
    void answer(const std::string& sender, const Peer& peer);

    std::map<std::string, Peer, std::less<>> known_;
    std::deque<std::string> oldest_;
    std::map<std::string, Question, std::less<>> asked_;
    std::size_t waiting_ = 0;
};

/** Calls in work: bounded for each account and for all of them, so that one account never has everything. */
class Workload {
    struct Counts;

  public:
    static constexpr std::size_t kOfOne = 16;
    static constexpr std::size_t kOfAll = 256;  // root is not counted among them

    /** A place, given back with the last copy. */
    using Place = std::shared_ptr<const void>;

    Workload();
    /** None: this account has its share, or all are taken. */
    [[nodiscard]] Place take(std::uint32_t uid);

  private:
    std::shared_ptr<Counts> counts_;  // a call may outlive us by a moment
};

}  // namespace jit::daemon
