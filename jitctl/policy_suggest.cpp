// SPDX-License-Identifier: Apache-2.0
#include "jitctl/policy_suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "core/text.hpp"

namespace jit::ctl {
namespace {

using core::Role;
using core::Service;

constexpr std::size_t kLongestName = 32;
constexpr core::Usec kNewRoleDuration = std::chrono::hours(1);

bool covers(const Role& role, const Use& use) {
    return role.covers(use.service) && role.covers(std::string_view(use.target));
}

/** The fewer accounts and services a role opens, the earlier. */
auto breadth(const Role& role) {
    const bool any = std::ranges::find(role.run_as, "*") != role.run_as.end();
    return std::tuple(any, role.run_as.size(), role.services.size());
}

const Role* narrowest(const std::vector<const Role*>& roles) {
    const auto it = std::ranges::min_element(roles, {}, [](const Role* role) { return breadth(*role); });
    return it == roles.end() ? nullptr : *it;
}

/** A bare TOML key and a role's name: Debian-exim is debian-exim. */
std::string safe_name(const std::string& text) {
    std::string name;
    for (char c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        name += plain ? c : '-';
    }
    if (!core::is_account_name(name.substr(0, 1))) name.insert(0, "_");
    return name.substr(0, kLongestName);
}

/** Roles for what none of the policy's covers: one for each target, one for all logins by ssh. */
class NewRoles {
  public:
    explicit NewRoles(const core::Policy& policy) : policy_(policy) {}

    Role& role_for(const Use& use) {
        const bool login = use.service == Service::sshd;
        auto [it, fresh] = roles_.try_emplace({login, login ? "" : use.target});
        Role& role = it->second;
        if (fresh) {
            role.name = unused(safe_name(login ? "ssh-login" : use.target));
            role.max_duration = kNewRoleDuration;
        }
        if (!role.covers(std::string_view(use.target))) role.run_as.push_back(use.target);
        if (!role.covers(use.service)) role.services.push_back(use.service);
        return role;
    }

  private:
    [[nodiscard]] bool is_used(const std::string& name) const {
        return policy_.role(name) != nullptr ||
               std::ranges::any_of(roles_, [&](const auto& entry) { return entry.second.name == name; });
    }
    [[nodiscard]] std::string unused(const std::string& name) const {
        std::string out = name;
        for (int number = 2; is_used(out); ++number) {
            const std::string suffix = fmt::format("-{}", number);
            out = name.substr(0, kLongestName - suffix.size()) + suffix;
        }
        return out;
    }

    const core::Policy& policy_;
    std::map<std::pair<bool, std::string>, Role> roles_;
};

/** The smallest group that has all of them; one account needs none. */
std::optional<SharedGroup> group_of_all(const std::vector<std::string>& accounts, const std::vector<SharedGroup>& groups) {
    const SharedGroup* best = nullptr;
    const auto size = [](const SharedGroup& group) {
        return std::tuple(group.members < group.accounts.size(), group.members, group.name);
    };
    for (const auto& group : groups) {
        const bool all = std::ranges::all_of(accounts, [&](const auto& name) { return group.accounts.contains(name); });
        if (accounts.size() < 2 || !all || !core::is_account_name(group.name)) continue;
        if (best == nullptr || size(group) < size(*best)) best = &group;
    }
    return best == nullptr ? std::nullopt : std::optional(*best);
}

}  // namespace

std::vector<std::string> SuggestedRule::who() const {
    return group ? std::vector{"@" + group->name} : accounts;
}

Suggestion suggest_rules(const std::vector<Use>& uses, const core::Policy& policy, const Surroundings& host) {
    Suggestion out;
    NewRoles made(policy);
    std::map<std::string, SuggestedRule> rules;
    for (const Use& use : uses) {
        std::vector<const Role*> covering;
        for (const auto& [name, role] : policy.roles)
            if (covers(role, use)) covering.push_back(&role);
        if (std::ranges::any_of(covering, [&](const Role* role) { return host.may_ask(use.account, role->name); })) {
            out.may_ask.insert(use.account);
            continue;
        }
        const Role* known = narrowest(covering);
        const Role& role = known != nullptr ? *known : made.role_for(use);
        auto& rule = rules[role.name];
        rule.role = role;
        rule.new_role = known == nullptr;
        rule.uses.push_back(use);
    }
    for (auto& [name, rule] : rules) {
        std::set<std::string> accounts;
        for (const Use& use : rule.uses) accounts.insert(use.account);
        rule.accounts.assign(accounts.begin(), accounts.end());
        rule.group = group_of_all(rule.accounts, host.groups);
        // For each of them there is another one who is a lead.
        rule.leads_approve = std::ranges::all_of(accounts, [&](const auto& account) {
            return host.leads.size() > host.leads.count(account);
        });
        out.rules.push_back(std::move(rule));
    }
    return out;
}

}  // namespace jit::ctl
