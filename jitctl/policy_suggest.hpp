// SPDX-License-Identifier: Apache-2.0
// Rules under which people could have asked for what they used: pure, from the uses to the text. Used by
// `policy suggest`.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/policy.hpp"
#include "core/time.hpp"
#include "jitctl/policy_usage.hpp"

namespace jit::ctl {

/** The group asked to approve, on a host that has it. */
inline constexpr char kApprovingGroup[] = "leads";

/** A group, and which of the accounts in question are in it other than by their primary group. */
struct SharedGroup {
    std::string name;
    std::set<std::string> accounts;
    std::size_t members = 0;  // altogether; 0: not known
};

/** What the host knows of the accounts in question. */
struct Surroundings {
    std::vector<SharedGroup> groups;
    std::set<std::string> leads;  // members of kApprovingGroup
    /** A rule lets this account ask for this role already. */
    std::function<bool(const std::string& account, const std::string& role)> may_ask;
};

struct SuggestedRule {
    core::Role role;
    bool new_role = false;
    std::vector<std::string> accounts;
    std::optional<SharedGroup> group;  // to name instead of the accounts
    bool leads_approve = false;
    std::vector<Use> uses;

    [[nodiscard]] std::vector<std::string> who() const;
};

struct Suggestion {
    std::vector<SuggestedRule> rules;  // one per role
    std::set<std::string> may_ask;     // accounts that need no rule for some of what they used
};

Suggestion suggest_rules(const std::vector<Use>& uses, const core::Policy& policy, const Surroundings& host);

/** Part of a policy.toml, to be appended to the policy it was suggested for; empty without a rule. */
std::string policy_fragment(const std::vector<SuggestedRule>& rules, core::Wall since, core::Wall now);

}  // namespace jit::ctl
