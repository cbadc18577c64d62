// SPDX-License-Identifier: Apache-2.0
#include "jitctl/policy_surroundings.hpp"

#include <map>

#include "core/membership.hpp"
#include "core/rules.hpp"
#include "jitctl/user_groups.hpp"

namespace jit::ctl {
namespace {

std::set<std::string> accounts_of(const std::vector<Use>& uses) {
    std::set<std::string> out;
    for (const Use& use : uses) out.insert(use.account);
    return out;
}

std::vector<SharedGroup> shared_groups(const std::set<std::string>& accounts) {
    std::map<gid_t, std::set<std::string>> members;
    for (const auto& account : accounts) {
        const auto groups = groups_of(account);
        if (!groups) continue;
        for (const gid_t gid : groups->all)
            if (gid != groups->primary) members[gid].insert(account);
    }
    std::vector<SharedGroup> out;
    for (const auto& [gid, present] : members) {
        if (present.size() < 2) continue;
        if (const auto group = group_of(gid)) out.push_back({group->name, present, group->members.size()});
    }
    return out;
}

core::Member member(const std::string& account) {
    core::Member out{account, {}};
    const auto groups = groups_of(account);
    if (!groups) return out;
    for (const gid_t gid : groups->all)
        if (const auto group = group_of(gid)) out.groups.push_back(group->name);
    return out;
}

}  // namespace

Surroundings look_around(const std::vector<Use>& uses, const core::Config& config) {
    Surroundings out;
    const auto accounts = accounts_of(uses);
    out.groups = shared_groups(accounts);
    if (const auto leads = group_named(kApprovingGroup)) out.leads = {leads->members.begin(), leads->members.end()};
    std::map<std::string, core::Member> members;
    for (const auto& account : accounts) members.emplace(account, member(account));
    out.may_ask = [members, &config](const std::string& account, const std::string& role) {
        return core::any_rule(members.at(account), role, config) != nullptr;
    };
    return out;
}

}  // namespace jit::ctl
