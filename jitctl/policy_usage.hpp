// SPDX-License-Identifier: Apache-2.0
// Who used what, from the records of a permissive gate: the evidence behind `policy suggest`.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/policy.hpp"
#include "trail/record.hpp"

namespace jit::ctl {

/** An account used a service to become a target, so often. Account and target are names a policy may hold. */
struct Use {
    std::string account, target;
    core::Service service = core::Service::sudo;
    std::uint64_t count = 0, first_usec = 0, last_usec = 0;
};

struct Usage {
    std::vector<Use> uses;           // by account, service, target
    std::set<std::string> left_out;  // accounts and targets as recorded, which no policy can name: to be escaped
    bool root = false;               // root's own logins, for which no rule can be
};

/** Takes records one by one; those of other kinds, and of people a rule would not let in, don't count. */
class UsageTally {
  public:
    void add(const trail::LogRecord& record);
    [[nodiscard]] Usage usage() const;

  private:
    // A use is two checks: account and session. Only the latter names sudo's and sshd's target.
    struct Count {
        std::uint64_t halves = 0, first_usec = UINT64_MAX, last_usec = 0;
        void add(std::uint64_t more, std::uint64_t usec);
        void add(const Count& other);
    };
    struct Targets {
        std::map<std::string, Count> named;
        Count account_phase, coalesced;  // without a target
    };

    std::map<std::pair<std::string, core::Service>, Targets> seen_;
    std::set<std::string> left_out_;
    bool root_ = false;
};

}  // namespace jit::ctl
