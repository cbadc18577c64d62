// SPDX-License-Identifier: Apache-2.0
// The groups that the configuration names, and what a new one means for requests that wait. Asks the user database on
// the worker, so that nothing else waits for it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "jitd/engine.hpp"
#include "jitd/worker.hpp"

namespace jit::daemon {

class Memberships {
  public:
    Memberships(Engine& engine, Worker& worker) : engine_(engine), worker_(worker) {}
    Memberships(const Memberships&) = delete;
    Memberships& operator=(const Memberships&) = delete;

    /** The configuration is another one, or the first. */
    void refresh();
    /** Those of the named groups that have one of these numbers; for advice, never for access: it may be old. */
    [[nodiscard]] std::vector<std::string> named(const std::vector<std::uint32_t>& gids) const;

  private:
    void take(std::map<std::string, std::uint32_t> gids, core::PolicyEvent event);

    Engine& engine_;
    Worker& worker_;
    std::map<std::string, std::uint32_t> gids_;
};

}  // namespace jit::daemon
