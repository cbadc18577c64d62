// SPDX-License-Identifier: Apache-2.0
// Watches /etc/jit and turns what changes there into a new configuration and new file grants.
// Everything that may block or take long runs on the worker; the table is swapped in one step on the loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jitd/config_files.hpp"
#include "jitd/engine.hpp"
#include "jitd/environment.hpp"
#include "jitd/folder_watch.hpp"
#include "jitd/incoming.hpp"
#include "jitd/worker.hpp"

namespace jit::daemon {

class GrantSource {
  public:
    using Done = std::function<void()>;

    /** `changed` is called after each new configuration, once it serves. */
    GrantSource(const Environment& environment, Engine& engine, Worker& worker, std::function<void()> changed = nullptr);
    GrantSource(const GrantSource&) = delete;
    GrantSource& operator=(const GrantSource&) = delete;

    /** Loads settings and the accepted copy; `ready` once they serve. Then watches. */
    core::Result<void> start(sd_event* event, Done ready);
    /** Reads everything again now; `done` when it serves. */
    void reload(Done done);
    [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

  private:
    struct Job;
    void watch_folders();
    void on_change();
    void run();
    void finish(Job& job);
    void retry();
    bool take(const std::optional<core::FileEvent>& event);

    const Environment& environment_;
    Engine& engine_;
    Worker& worker_;
    std::function<void()> changed_;
    FolderWatch folders_;
    int parent_watch_ = -1;
    Timer quiet_;
    std::optional<std::uint64_t> first_change_;  // CLOCK_MONOTONIC of the first not yet handled change
    bool running_ = false;
    bool again_ = false;
    bool first_ = true;
    std::vector<Done> waiting_, next_waiting_;
    std::vector<std::string> problems_;
    std::string config_key_;  // what the configuration looked like at the last run
    std::string accepted_identity_, refused_;  // the last deliveries taken and not taken
};

}  // namespace jit::daemon
