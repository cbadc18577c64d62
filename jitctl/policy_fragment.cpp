// SPDX-License-Identifier: Apache-2.0
// The suggested rules as TOML, with the evidence in comments.
#include <fmt/format.h>

#include "core/duration.hpp"
#include "jitctl/policy_suggest.hpp"
#include "jitctl/policy_words.hpp"

namespace jit::ctl {
namespace {

constexpr std::size_t kColumns = 100;  // a line of a policy has at most 4096 bytes

/** KEY = ["a", "b"], over several lines when it is long. The items are plain names. */
std::string list_line(std::string_view key, const std::vector<std::string>& items) {
    std::string out = fmt::format("{} = [", key), line;
    for (const auto& item : items) {
        const std::string next = fmt::format("{}\"{}\"", line.empty() ? "" : ", ", item);
        if (line.size() + next.size() > kColumns) {
            out += line + ",\n    ";
            line = fmt::format("\"{}\"", item);
        } else {
            line += next;
        }
    }
    return out + line + "]\n";
}

std::string times(std::uint64_t count) { return count == 1 ? "once" : fmt::format("{} times", count); }

/** One line each, so that none gets too long. */
std::string evidence(const Use& use) {
    return fmt::format("# {} used {} as {} {}, last {}\n", use.account, core::to_string(use.service), use.target,
                       times(use.count), core::format_time(core::from_usec(use.last_usec)));
}

std::string role_table(const core::Role& role) {
    std::vector<std::string> services;
    for (const auto service : role.services) services.emplace_back(core::to_string(service));
    return "# No role of the policy covers this.\n" +
           fmt::format("[role.{}]\n", role.name) + list_line("run_as", role.run_as) + list_line("services", services) +
           fmt::format("max_duration = \"{}\"\n\n", core::format_duration(role.max_duration));
}

std::string group_line(const SharedGroup& group, std::size_t named) {
    if (group.members < named) return fmt::format("# All of them are in group {}.\n", group.name);
    const std::size_t others = group.members - named;
    return fmt::format("# All of them are in group {}, with {}.\n", group.name,
                       others == 0 ? "nobody else" : others == 1 ? "1 other" : fmt::format("{} others", others));
}

std::string approval_lines(const SuggestedRule& rule) {
    if (rule.leads_approve)
        return fmt::format(
            "# A member of group {0} must agree, never who asks. To grant at once instead: approval = \"auto\"\n"
            "approvers = [\"@{0}\"]\n",
            kApprovingGroup);
    return "# \"auto\": whoever of them asks and gives a reason gets it at once; nobody else has a say. To have people\n"
           "# decide, put in its place for example: approvers = [\"olivia\"], or a group: approvers = [\"@GROUP\"]\n"
           "approval = \"auto\"\n";
}

}  // namespace

std::string policy_fragment(const std::vector<SuggestedRule>& rules, core::Wall since, core::Wall now) {
    if (rules.empty()) return {};
    std::string out = fmt::format(
        "# By `jitctl policy suggest`: rules for who would have been refused between {} and\n"
        "# {}. Read them before they are in force; `jitctl policy check` says what they mean.\n",
        core::format_time(since), core::format_time(now));
    for (const auto& rule : rules) {
        out += "\n";
        if (rule.new_role) out += role_table(rule.role);
        for (const Use& use : rule.uses) out += evidence(use);
        if (rule.group) out += group_line(*rule.group, rule.accounts.size());
        out += "[[rule]]\n" + list_line("roles", {rule.role.name}) + list_line("who", rule.who()) + approval_lines(rule);
    }
    return out;
}

}  // namespace jit::ctl
