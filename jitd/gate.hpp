// SPDX-License-Identifier: Apache-2.0
// The root-only socket where PAM asks: one D-Bus connection per client, peer to peer, no bus in between.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/handle.hpp"
#include "jitd/caller.hpp"
#include "jitd/dict.hpp"
#include "jitd/engine.hpp"
#include "jitd/environment.hpp"
#include "jitd/loop.hpp"
#include "jitd/scopes.hpp"

namespace jit::daemon {

class Manager;
class Memberships;

class Gate {
  public:
    Gate(const Environment& environment, Engine& engine, Scopes& scopes, Manager& manager,
         const Memberships& memberships);
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;
    ~Gate();

    /** Serves the listening socket `fd`. */
    core::Result<void> start(sd_event* event, Fd fd);

    int check(sd_bus_message* m);
    int attach(sd_bus_message* m);
    int close(sd_bus_message* m);
    int has_role(sd_bus_message* m);

  private:
    struct Connection;
    struct Answer;
    void on_accept();
    void serve(Fd fd, Peer peer);
    void drop_oldest();
    void pause();
    static int on_disconnect(sd_bus_message* m, void* connection, sd_bus_error*) noexcept;
    core::Result<core::CheckEvent> read_request(const Dict& dict) const;
    bool was_told(std::uint32_t pid, std::uint32_t uid);
    Answer answer_of(const core::CheckEvent& event, const core::Transition& transition) const;
    static int reply(sd_bus_message* m, const Answer& answer);

    const Environment& environment_;
    Engine& engine_;
    Scopes& scopes_;
    Manager& manager_;
    const Memberships& memberships_;
    sd_event* event_ = nullptr;
    Fd listen_;
    Watch watch_;
    Timer resume_;
    std::vector<std::unique_ptr<Connection>> connections_;  // oldest first
    std::vector<std::unique_ptr<Connection>> dead_;
    std::deque<std::pair<std::uint32_t, std::uint32_t>> told_;  // pid and uid to whom the sudo plugin has said why not
    std::deque<Answer> recent_;  // a repeated nonce gets the same answer
};

}  // namespace jit::daemon
