// SPDX-License-Identifier: Apache-2.0
// Ends the sessions' scopes and notices their end. jitd holds no capability: a byte into a session's FIFO makes PID 1
// stop its scope, and a cgroup.kill descriptor that pam_jit passed is the second means.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/handle.hpp"
#include "core/policy.hpp"
#include "core/result.hpp"
#include "jitd/environment.hpp"
#include "jitd/loop.hpp"

namespace jit::daemon {

class Scopes {
  public:
    using Empty = std::function<void(const std::string& session)>;

    Scopes(const Environment& environment, Empty empty) : environment_(environment), empty_(std::move(empty)) {}
    Scopes(const Scopes&) = delete;
    Scopes& operator=(const Scopes&) = delete;

    core::Result<void> start(sd_event* event);
    /** Descriptors that systemd kept over a restart: names "k-<session>". */
    void adopt(const std::string& session, Fd kill);
    /** One that belongs to no session any more. */
    static void discard(const std::string& session);
    /** The scope exists: watch it, and keep `kill` (may be none) in systemd's store. False: there is no such scope;
     *  one that only can't be watched is no end of its session. */
    bool attach(const std::string& session, Fd kill);
    /** TERM and HUP now, KILL after the scope's grace; or KILL at once. */
    void stop(const std::string& session, core::OnEnd how);
    void kill(const std::string& session);
    /** Sessions whose scopes are there, whatever is known of them. */
    [[nodiscard]] std::vector<std::string> found() const;

  private:
    struct Scope {
        Fd events;  // cgroup.events
        Fd kill;    // cgroup.kill
        Watch watch;
        std::uint64_t look_again = 0;  // CLOCK_MONOTONIC in microseconds; 0: done
    };
    void look(const std::string& session);
    void gone(const std::string& session);
    void look_again();
    void report();
    [[nodiscard]] bool exists(const std::string& session) const;
    [[nodiscard]] bool pull_switch(const std::string& session) const;

    const Environment& environment_;
    Empty empty_;
    sd_event* event_ = nullptr;
    std::map<std::string, std::unique_ptr<Scope>> scopes_;
    std::vector<std::string> gone_;             // reported from the loop, never from inside a call
    std::vector<std::unique_ptr<Scope>> dead_;  // released outside their own callback
    Timer report_, look_again_;
    bool look_again_due_ = false;
};

}  // namespace jit::daemon
