// SPDX-License-Identifier: Apache-2.0
// Keeps a loop of refused sudos from filling the journal: after 10 denials of one account and code in
// 10 s, one record a second with their count.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/record.hpp"
#include "core/time.hpp"

namespace jit::daemon {

class Denials {
  public:
    /** The record to write now, or none: it is counted and comes with a later one. */
    std::optional<core::Record> pass(const core::Record& record, core::Boot now);
    /** Summaries that are due; `next` is when to ask again, if ever. */
    std::vector<core::Record> due(core::Boot now, std::optional<core::Boot>& next);

  private:
    struct Stream {
        std::deque<core::Boot> recent;
        std::optional<core::Record> held;
        unsigned count = 0;
        core::Boot written{};
    };
    std::map<std::pair<std::string, std::string>, Stream> streams_;
};

}  // namespace jit::daemon
