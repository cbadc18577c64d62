// SPDX-License-Identifier: Apache-2.0
// What sudo recorded of a session, once it is over: digested on the worker, for the audit record.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "core/event.hpp"
#include "jitd/environment.hpp"
#include "jitd/worker.hpp"

namespace jit::daemon {

class Recordings {
  public:
    using Done = std::function<void(const core::Recorded&)>;

    Recordings(const Environment& environment, Worker& worker) : environment_(environment), worker_(worker) {}
    Recordings(const Recordings&) = delete;
    Recordings& operator=(const Recordings&) = delete;

    /** `done` is called once, from the loop; not at all for a session that is being looked at already. */
    void look_at(const std::string& session, const std::string& recording, const Done& done);

  private:
    const Environment& environment_;
    Worker& worker_;
    std::set<std::string> busy_;  // sessions
};

}  // namespace jit::daemon
