// SPDX-License-Identifier: Apache-2.0
// The branches of a chain: what jitd wrote without going back to an older state. One that began in the middle may turn
// out to be what came before another, since boots can be in any order in a journal.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/chain_report.hpp"

namespace jit::core {

class ChainBranches {
  public:
    using Id = std::uint32_t;

    /** The first of all. */
    Id begin();
    /** A new one; `process` will have to say that it started. */
    Id fork(const ChainReport::Bad& at, const std::string& process);
    [[nodiscard]] bool is_confirmed(Id branch) const { return all_[branch].process.empty(); }
    void confirm(Id branch, const std::string& process);
    /** The one it is a part of. */
    [[nodiscard]] Id root(Id branch) const;
    /** True: it has the highest number. */
    bool append(Id branch, const Mark& at);
    /** Its highest number. */
    [[nodiscard]] const Mark& last(Id branch) const { return all_[branch].last; }
    /** Both have a record of this number, so that neither is the other's past. */
    void overlap(Id one, Id other, const ChainReport::Bad& conflict);
    /** A record of one follows, by its hash, one of the other. False: they overlap. */
    bool join(Id one, Id other);
    [[nodiscard]] std::vector<ChainReport::Bad> flaws() const;

  private:
    struct Branch {
        mutable Id root;  // shortened when it is looked up
        Mark last;
        std::string process;                            // that began it and did not say that it started
        std::optional<ChainReport::Bad> fork, conflict;  // the latter: none if it did
        std::set<Id> overlaps{};
    };
    std::vector<Branch> all_;
};

}  // namespace jit::core
