// SPDX-License-Identifier: Apache-2.0
#include "jitctl/policy_lint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/duration.hpp"
#include "core/rule_limits.hpp"
#include "jitctl/policy_words.hpp"
#include "jitctl/view.hpp"

namespace jit::ctl {
namespace {

using core::Rule;

constexpr std::string_view kPrincipal = "principal:";

bool has(const std::vector<std::string>& list, std::string_view item) {
    return std::ranges::find(list, item) != list.end();
}

bool is_group(const std::string& who) { return who.starts_with('@'); }

/** On every host where `later` matches, `earlier` does. */
bool as_many_hosts(const Rule& earlier, const Rule& later) {
    if (!earlier.hosts || has(earlier.hosts->terms(), "*")) return true;
    return later.hosts && std::ranges::all_of(later.hosts->terms(), [&](const std::string& term) {
               return has(earlier.hosts->terms(), term);
           });
}

core::Hours hours_of(const Rule& rule) {
    if (rule.hours.empty()) return {};
    return core::parse_hours(rule.hours).value();
}

bool as_many_hours(const Rule& earlier, const Rule& later) {
    const auto wide = hours_of(earlier), narrow = hours_of(later);
    return (narrow.days & ~wide.days) == 0 && wide.from <= narrow.from && wide.to >= narrow.to;
}

/** Who has used up the limit of `earlier` has used up that of `later`: both count the same approvals. */
bool as_often(const Rule& earlier, const Rule& later) {
    if (earlier.auto_limit.empty()) return true;
    if (later.auto_limit.empty()) return false;
    const auto wide = core::parse_auto_limit(earlier.auto_limit), narrow = core::parse_auto_limit(later.auto_limit);
    return wide->count >= narrow->count && wide->period <= narrow->period;
}

bool always_before(const Rule& earlier, const Rule& later) {
    return as_many_hosts(earlier, later) && as_many_hours(earlier, later) && as_often(earlier, later);
}

/** The lines of the rules that take every request away from this one; empty if one may reach it. */
std::set<std::uint32_t> taken_by(const std::vector<Rule>& rules, std::size_t at) {
    const Rule& later = rules[at];
    std::set<std::uint32_t> lines;
    for (const auto& role : later.roles) {
        for (const auto& who : later.who) {
            const auto end = rules.begin() + static_cast<std::ptrdiff_t>(at);
            const auto first = std::find_if(rules.begin(), end, [&](const Rule& earlier) {
                return has(earlier.roles, role) && has(earlier.who, who) && always_before(earlier, later);
            });
            if (first == end) return {};
            lines.insert(first->line);
        }
    }
    return lines;
}

void judge_order(PolicyRemarks& out, const std::vector<Rule>& rules) {
    for (std::size_t at = 1; at < rules.size(); ++at) {
        std::vector<std::string> lines;
        for (const auto line : taken_by(rules, at)) lines.push_back(std::to_string(line));
        if (lines.empty()) continue;
        const bool one = lines.size() == 1;
        out.warnings.push_back(
            {rules[at].line, fmt::format("this rule is never reached: the rule{} of line{} {} always fit{} first",
                                         one ? "" : "s", one ? "" : "s", listed(lines), one ? "s" : "")});
    }
}

void judge_duration(PolicyRemarks& out, const core::Policy& policy, const Rule& rule) {
    if (!rule.max_duration) return;
    for (const auto& name : rule.roles) {
        const core::Role* role = policy.role(name);
        if (role == nullptr || *rule.max_duration <= role->max_duration) continue;
        out.warnings.push_back({rule.line, fmt::format("this rule says up to {}, but the role {} of line {} allows at most {}",
                                                       core::format_duration(*rule.max_duration), name, role->line,
                                                       core::format_duration(role->max_duration))});
    }
}

/** Nobody's approval counts for themselves: are there enough others for at least one of those who may ask? */
void judge_approvers(PolicyRemarks& out, const Rule& rule) {
    if (rule.automatic || std::ranges::any_of(rule.approvers, is_group)) return;
    const bool possible = std::ranges::any_of(rule.who, [&](const std::string& who) {
        return rule.approvers.size() - (has(rule.approvers, who) ? 1 : 0) >= rule.approvals;
    });
    if (possible) return;
    out.warnings.push_back(
        {rule.line, fmt::format("nobody can get this approved: {} may ask, {} of {} must agree, and who asks does not count",
                                joined(rule.who), rule.approvals, joined(rule.approvers))});
}

void judge_names(PolicyRemarks& out, const Rule& rule, const HostNames& host) {
    std::set<std::string> names(rule.who.begin(), rule.who.end());
    names.insert(rule.approvers.begin(), rule.approvers.end());
    for (const auto& name : names) {
        if (is_group(name) && !host.has_group(name.substr(1)))
            out.warnings.push_back({rule.line, fmt::format("{}: this host has no group {}", name, name.substr(1))});
        if (!name.starts_with(kPrincipal) || !host.trust) continue;
        const std::string person = name.substr(kPrincipal.size());
        if (std::ranges::find(host.trust->principals, person, &core::Principal::name) == host.trust->principals.end())
            out.warnings.push_back({rule.line, fmt::format("{}: this host's trust.toml has no principal {}", name, person)});
    }
}

/** Only sudo records. */
void note_recorded_roles(PolicyRemarks& out, const core::Policy& policy) {
    for (const auto& [name, role] : policy.roles) {
        if (!role.record) continue;
        std::vector<std::string> others;
        for (const auto service : role.services)
            if (service != core::Service::sudo) others.emplace_back(core::to_string(service));
        if (!others.empty())
            out.notes.push_back({role.line, fmt::format("role {}: record = true: only sudo records, so {} {} refused for it",
                                                        name, joined(others, " and "), others.size() == 1 ? "is" : "are")});
    }
}

void note_idle_roles(PolicyRemarks& out, const core::Policy& policy) {
    for (const auto& [name, role] : policy.roles) {
        const auto gives = [&, &role_name = name](const Rule& rule) { return has(rule.roles, role_name); };
        if (std::ranges::any_of(policy.rules, gives)) continue;
        out.notes.push_back(
            {role.line, fmt::format("role {}: no rule lets anybody ask for it; `jitctl grant` and signed files can give it", name)});
    }
}

}  // namespace

PolicyRemarks lint_policy(const core::Policy& policy, const HostNames* host) {
    PolicyRemarks out;
    judge_order(out, policy.rules);
    for (const Rule& rule : policy.rules) {
        judge_duration(out, policy, rule);
        judge_approvers(out, rule);
        if (host != nullptr) judge_names(out, rule, *host);
    }
    if (!policy.rules.empty()) note_idle_roles(out, policy);
    note_recorded_roles(out, policy);
    std::ranges::stable_sort(out.warnings, {}, &Remark::line);
    std::ranges::stable_sort(out.notes, {}, &Remark::line);
    return out;
}

}  // namespace jit::ctl
