// SPDX-License-Identifier: Apache-2.0
#include "core/membership.hpp"

#include <algorithm>
#include <set>

namespace jit::core {
namespace {

constexpr std::string_view kPrincipal = "principal:";

void collect(const std::vector<std::string>& words, std::set<std::string>& out) {
    for (const std::string& word : words) {
        if (word.starts_with('@')) out.insert(word.substr(1));
    }
}

/** The person of that name; an account of that name only where trust.toml has no such person. */
bool is_principal(std::string_view name, const std::string& account, const Trust& trust) {
    if (trust.principal_of(account) != name) return false;
    const auto it = std::find_if(trust.principals.begin(), trust.principals.end(),
                                 [&](const Principal& one) { return one.name == name; });
    return it == trust.principals.end() || std::find(it->accounts.begin(), it->accounts.end(), account) != it->accounts.end();
}

}  // namespace

bool names(const std::vector<std::string>& words, const Member& member, const Trust& trust) {
    return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
        if (word.starts_with(kPrincipal)) return is_principal(std::string_view(word).substr(kPrincipal.size()), member.account, trust);
        if (!word.starts_with('@')) return word == member.account;
        return std::find(member.groups.begin(), member.groups.end(), word.substr(1)) != member.groups.end();
    });
}

std::vector<std::string> groups_named(const Config& config) {
    std::set<std::string> out;
    collect(config.settings.admins, out);
    collect(config.settings.observers, out);
    for (const Rule& rule : config.policy.rules) {
        collect(rule.who, out);
        collect(rule.approvers, out);
    }
    return {out.begin(), out.end()};
}

}  // namespace jit::core
