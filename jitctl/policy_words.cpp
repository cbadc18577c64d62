// SPDX-License-Identifier: Apache-2.0
#include "jitctl/policy_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/duration.hpp"
#include "core/rule_limits.hpp"
#include "jitctl/view.hpp"

namespace jit::ctl {
namespace {

constexpr std::string_view kPrincipal = "principal:";

std::string person(const std::string& who) {
    if (who.starts_with('@')) return "members of group " + who.substr(1);
    if (who.starts_with(kPrincipal)) return "the person " + who.substr(kPrincipal.size());
    return who;
}

std::vector<std::string> persons(const std::vector<std::string>& who) {
    std::vector<std::string> out;
    std::ranges::transform(who, std::back_inserter(out), person);
    return out;
}

std::string targets(const core::Role& role) {
    if (std::ranges::find(role.run_as, "*") != role.run_as.end()) return "any account";
    return listed(role.run_as, "or");
}

std::string what_for(const core::Role& role) {
    std::vector<std::string> by;
    for (const auto service : role.services)
        if (service != core::Service::sshd) by.emplace_back(core::to_string(service));
    std::string out = by.empty() ? "" : fmt::format("become {} by {}", targets(role), listed(by));
    if (role.covers(core::Service::sshd))
        out += fmt::format("{}log in by ssh as {}", out.empty() ? "" : ", or ", targets(role));
    return out;
}

std::string end_words(const core::Role& role) {
    switch (role.on_end) {
        case core::OnEnd::terminate:
            return "TERM and HUP, then KILL";
        case core::OnEnd::kill:
            return "KILL at once";
        case core::OnEnd::finish:
            return fmt::format("nothing new may begin, what runs may end by itself within {}",
                               core::format_duration(role.finish_limit));
    }
    return "";
}

/** One pattern: "named db-*", "with environment=production and tier=db", "named db-* and with tier=db". */
std::string pattern_words(std::string_view term) {
    std::vector<std::string> names, labels;
    while (!term.empty()) {
        const std::size_t comma = term.find(',');
        const std::string part(term.substr(0, comma));
        (part.find('=') == std::string::npos ? names : labels).push_back(part);
        term.remove_prefix(comma == std::string_view::npos ? term.size() : comma + 1);
    }
    std::vector<std::string> out;
    if (!names.empty()) out.push_back("named " + listed(names));
    if (!labels.empty()) out.push_back("with " + listed(labels));
    return listed(out);
}

std::string host_words(const core::HostPatterns& hosts) {
    std::vector<std::string> patterns;
    for (const auto& term : hosts.terms()) {
        if (term == "*") return " on any host";
        patterns.push_back(pattern_words(term));
    }
    return " on hosts " + listed(patterns, "or");
}

std::string hours_words(const std::string& hours) {
    return hours.find(' ') == std::string::npos ? "every day " + hours : hours;
}

/** "5/week" */
std::string limit_words(const std::string& limit) {
    const std::size_t slash = limit.find('/');
    const std::string count = limit.substr(0, slash), period = limit.substr(slash + 1);
    return fmt::format(", at most {} {} {} per person", count == "1" ? "once" : count + " times",
                       period == "hour" ? "an" : "a", period);
}

std::string approval_words(const core::Rule& rule) {
    if (rule.automatic) return "granted at once";
    const auto people = persons(rule.approvers);
    const bool one = people.size() == 1;
    if (one && rule.approvers[0].starts_with('@')) {
        const std::string group = rule.approvers[0].substr(1);
        return rule.approvals == 1 ? fmt::format("granted when a member of group {} agrees", group)
                                   : fmt::format("granted when {} different members of group {} agree",
                                                 rule.approvals, group);
    }
    if (one) return fmt::format("granted when {} agrees", people[0]);
    return rule.approvals == 1
               ? fmt::format("granted when 1 person of: {}, agrees", joined(people))
               : fmt::format("granted when {} different people of: {}, agree", rule.approvals, joined(people));
}

}  // namespace

std::string listed(const std::vector<std::string>& words, std::string_view last) {
    if (words.empty()) return {};
    if (words.size() == 1) return words[0];
    return fmt::format("{} {} {}", fmt::join(words.begin(), words.end() - 1, ", "), last, words.back());
}

std::string people_words(const std::vector<std::string>& who) {
    const auto people = persons(who);
    const bool phrases = people != who;
    if (people.size() < 2 || !phrases) return listed(people);
    // Between commas, so that "members of group" does not run on into the next name.
    return fmt::format("{}, and {},", fmt::join(people.begin(), people.end() - 1, ", "), people.back());
}

std::string role_words(const core::Role& role) {
    std::string text = fmt::format("{}, for at most {}; ", what_for(role), core::format_duration(role.max_duration));
    text += role.max_extension > core::Usec(0)
                ? fmt::format("may be extended by up to {}", core::format_duration(role.max_extension))
                : "may not be extended";
    text += "; at the end: " + end_words(role);
    if (role.record) text += "; sessions are recorded";
    if (role.own_login) text += "; only for who logged in as themselves";
    return text;
}

std::string rule_words(const core::Rule& rule) {
    std::string text = fmt::format("{} may ask for {}", people_words(rule.who), listed(rule.roles, "or"));
    if (rule.hosts) text += host_words(*rule.hosts);
    if (!rule.hours.empty()) text += ", " + hours_words(rule.hours);
    text += ": " + approval_words(rule);
    if (!rule.auto_limit.empty()) text += limit_words(rule.auto_limit);
    if (rule.max_duration) text += ", up to " + core::format_duration(*rule.max_duration);
    if (!rule.reason.empty()) text += fmt::format(", with a reason that has {} in it", rule.reason);
    if (!rule.ticket.empty()) text += fmt::format(", with a ticket that has {} in it", rule.ticket);
    return text;
}

}  // namespace jit::ctl
