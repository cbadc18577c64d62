// SPDX-License-Identifier: Apache-2.0
#include "core/rules.hpp"

#include <fmt/format.h>
#include <regex.h>

#include <algorithm>

#include "core/duration.hpp"

namespace jit::core {
namespace {

bool has(const std::vector<std::string>& list, std::string_view item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

bool concerns(const Rule& rule, const Member& who, std::string_view role, const Config& config) {
    return is_for(rule, role, config) && names(rule.who, who, config.trust);
}

bool in_hours(const Rule& rule, const LocalTime& local) {
    if (rule.hours.empty()) return true;
    const auto hours = parse_hours(rule.hours);
    return hours && hours->contains(local);
}

/** Automatic approvals are counted by person: a second account is no second allowance. */
bool used_up(const Rule& rule, const Asking& asking, const State& state, const Config& config) {
    if (rule.auto_limit.empty()) return false;
    const auto limit = parse_auto_limit(rule.auto_limit);
    if (!limit) return true;
    const auto person = config.trust.principal_of(asking.who.account);
    std::uint32_t used = 0;
    for (const auto& [id, request] : state.requests) {
        if (config.trust.principal_of(request.account) != person || request.created <= asking.at - limit->period) continue;
        for (const auto* approval : request.approvals()) used += approval->via == kViaRule ? 1 : 0;
    }
    return used >= limit->count;
}

/** An extended regular expression that is found in the text; anchors are the writer's. */
bool found(const std::string& pattern, const std::string& text) {
    regex_t compiled;
    if (regcomp(&compiled, pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0) return false;
    const bool hit = regexec(&compiled, text.c_str(), 0, nullptr, 0) == 0;
    regfree(&compiled);
    return hit;
}

std::optional<Error> too_long(std::string_view verb, Usec asked, Usec most, std::string_view by) {
    if (asked <= most) return std::nullopt;
    return Error{"Limit", fmt::format("{}: {} is longer than {} allows: at most {}", verb, format_duration(asked), by,
                                      format_duration(most))};
}

}  // namespace

bool is_for(const Rule& rule, std::string_view role, const Config& config) {
    return has(rule.roles, role) && (!rule.hosts || rule.hosts->match(config.host));
}

const Rule* first_rule(const Asking& asking, const State& state, const Config& config) {
    for (const Rule& rule : config.policy.rules) {
        if (!concerns(rule, asking.who, asking.role, config) || !in_hours(rule, asking.local)) continue;
        if (rule.automatic && used_up(rule, asking, state, config)) continue;
        return &rule;
    }
    return nullptr;
}

const Rule* any_rule(const Member& who, std::string_view role, const Config& config) {
    const auto& rules = config.policy.rules;
    const auto it = std::find_if(rules.begin(), rules.end(),
                                 [&](const Rule& rule) { return concerns(rule, who, role, config); });
    return it == rules.end() ? nullptr : &*it;
}

std::optional<Error> breaks(std::string_view verb, const Rule& rule, const Role& role, Usec duration,
                            const std::string& reason, const std::string& ticket) {
    if (auto error = too_long(verb, duration, role.max_duration, "role " + role.name)) return error;
    if (rule.max_duration) {
        if (auto error = too_long(verb, duration, *rule.max_duration, name_of(rule))) return error;
    }
    if (!rule.reason.empty() && !found(rule.reason, reason)) {
        return Error{"InvalidArgument", fmt::format("{}: reason: {} wants one with {} in it", verb, name_of(rule), rule.reason)};
    }
    if (!rule.ticket.empty() && !found(rule.ticket, ticket)) {
        return Error{"InvalidArgument", fmt::format("{}: ticket: {} wants one like {}: --ticket", verb, name_of(rule), rule.ticket)};
    }
    return std::nullopt;
}

std::string name_of(const Rule& rule) { return fmt::format("policy.toml:{}", rule.line); }

std::string who_decides(const std::vector<std::string>& approvers, std::uint32_t needed, std::size_t have) {
    const auto left = have < needed ? needed - have : 0;
    return fmt::format("{}{} of {}", left, have == 0 ? "" : " more", fmt::join(approvers, ", "));
}

}  // namespace jit::core
