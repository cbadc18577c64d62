// SPDX-License-Identifier: Apache-2.0
// Ends the sessions of accounts that were removed or renumbered. Looks when /etc/passwd changes, and once a minute for
// accounts from elsewhere; while no session is open it looks at nothing.
#pragma once

#include <string>

#include "jitd/engine.hpp"
#include "jitd/environment.hpp"
#include "jitd/folder_watch.hpp"
#include "jitd/worker.hpp"

namespace jit::daemon {

class AccountWatch {
  public:
    AccountWatch(const Environment& environment, Engine& engine, Worker& worker)
        : environment_(environment), engine_(engine), worker_(worker) {}
    AccountWatch(const AccountWatch&) = delete;
    AccountWatch& operator=(const AccountWatch&) = delete;

    core::Result<void> start(sd_event* event);
    /** A session came or went. */
    void sessions_changed();

  private:
    void on_change();
    void look();

    const Environment& environment_;
    Engine& engine_;
    Worker& worker_;
    FolderWatch folders_;
    int folder_ = -1;  // the one of /etc/passwd, while it is watched
    Timer timer_;
    bool waiting_ = false;  // the timer is set
    bool looking_ = false, again_ = false;
};

}  // namespace jit::daemon
