// SPDX-License-Identifier: Apache-2.0
// What `jitctl explain` answers: the decision of the gate, the rule behind it, and what to do next.
#pragma once

#include <string>
#include <vector>

#include "core/decide.hpp"
#include "core/membership.hpp"
#include "core/rule_limits.hpp"

namespace jit::core {

struct Explanation {
    Decision decision;
    std::string rule;     // that led to the grant, that decides on the request, or that a new request would fall under
    std::string request;  // behind the grant, waiting, or the last one that was refused
    std::string text;
    std::string next;  // a command, or who has to run which
};

/** `who` is the account of the query. */
Explanation explain(const Query& query, const Member& who, const LocalTime& local, const State& state, const Config& config,
                    const Now& now);

/** A role somebody may ask for, and the rule it would fall under now. */
struct Askable {
    const Role* role = nullptr;
    const Rule* rule = nullptr;
};
std::vector<Askable> askable(const Member& who, const LocalTime& local, const State& state, const Config& config,
                             const Now& now);

/** May this person ask for some role that serves sudo here, whatever the hour? */
[[nodiscard]] bool may_ever_ask(const Member& who, const Config& config);

}  // namespace jit::core
