// SPDX-License-Identifier: Apache-2.0
#include "core/policy.hpp"

#include <fmt/format.h>
#include <regex.h>

#include <algorithm>
#include <array>
#include <set>

#include "core/codes.hpp"
#include "core/rule_limits.hpp"
#include "core/text.hpp"
#include "core/toml_reader.hpp"

namespace jit::core {

namespace {

constexpr Usec kFinishLimit = std::chrono::hours(24);
constexpr std::uint64_t kMaxApprovals = 16;

/** account, @group or principal:NAME. */
bool is_who(std::string_view who) {
    constexpr std::string_view kPrincipal = "principal:";
    if (who.substr(0, kPrincipal.size()) == kPrincipal)
        return is_plain_id(who.substr(kPrincipal.size()));
    if (who.substr(0, 1) == "@") return is_account_name(who.substr(1));
    return is_account_name(who);
}

/** Refuses a list that is empty, repeats itself or has an item `good` does not know. */
std::vector<std::string> read_list(TableReader& table, std::string_view key,
                                   bool (*good)(std::string_view), std::string_view rule) {
    std::vector<std::string> items = table.texts(key, Need::required);
    if (table.has(key) && items.empty()) table.refuse(key, "is an empty list");
    std::set<std::string_view> seen;
    for (const std::string& item : items) {
        if (!good(item)) table.refuse(key, fmt::format("\"{}\" {}", escape(item), rule));
        if (!seen.insert(item).second)
            table.refuse(key, fmt::format("\"{}\" is listed twice", escape(item)));
    }
    return items;
}

std::optional<Service> service_from(std::string_view name) {
    for (const Service service : {Service::sudo, Service::su, Service::sshd}) {
        if (to_string(service) == name) return service;
    }
    return std::nullopt;
}

OnEnd read_on_end(TableReader& table) {
    const std::string text = table.text("on_end", Need::optional);
    if (text == "kill") return OnEnd::kill;
    if (text == "finish") return OnEnd::finish;
    if (table.has("on_end") && text != "terminate") {
        table.refuse("on_end",
                     fmt::format("\"{}\" is unknown; use terminate, kill or finish", escape(text)));
    }
    return OnEnd::terminate;
}

Role read_role(TableReader table, const std::string& name) {
    Role role;
    role.line = table.line();
    role.name = name;
    role.description = table.text("description", Need::optional);
    if (table.has("description"))
        table.refuse("description", check_text(role.description, "text", kMaxReason));
    role.run_as = read_list(table, "run_as", is_target, "is no account name; use * for any");
    const auto known = [](std::string_view text) { return service_from(text).has_value(); };
    for (const std::string& service :
         read_list(table, "services", known, "is no service; use sudo, su, sshd")) {
        if (const auto value = service_from(service)) role.services.push_back(*value);
    }
    role.max_duration = table.duration("max_duration", Need::required).value_or(Usec(0));
    if (table.has("max_duration") && role.max_duration <= Usec(0)) {
        table.refuse("max_duration", "must be longer than 0");
    }
    role.max_extension = table.duration("max_extension", Need::optional).value_or(Usec(0));
    role.on_end = read_on_end(table);
    role.record = table.flag("record");
    role.finish_limit = table.duration("finish_limit", Need::optional).value_or(kFinishLimit);
    role.own_login = table.flag("own_login");
    return role;
}

std::string read_regex(TableReader& table, std::string_view key) {
    std::string pattern = table.text(key, Need::optional);
    if (!table.has(key)) return pattern;
    regex_t compiled;
    const int rc = regcomp(&compiled, pattern.c_str(), REG_EXTENDED | REG_NOSUB);
    if (rc == 0) {
        regfree(&compiled);
        return pattern;
    }
    std::array<char, 128> why{};
    regerror(rc, &compiled, why.data(), why.size());
    table.refuse(key, fmt::format("is no extended regular expression: {}", why.data()));
    return {};
}

void read_approval(TableReader& table, Rule& rule) {
    const std::string approval = table.text("approval", Need::optional);
    rule.automatic = approval == "auto";
    if (table.has("approval") && !rule.automatic) {
        table.refuse("approval", "must be \"auto\"; name people in approvers instead");
    }
    if (table.has("approval") == table.has("approvers")) {
        table.refuse(table.has("approval") ? "approvers" : "approval",
                     "a rule needs either approval = \"auto\" or approvers = [...]");
    }
    if (table.has("approvers")) {
        rule.approvers =
            read_list(table, "approvers", is_who, "is no account, @group or principal:NAME");
        const std::uint64_t approvals = table.number("approvals", Need::optional, 1, kMaxApprovals);
        rule.approvals = approvals == 0 ? 1 : static_cast<std::uint32_t>(approvals);
        const bool groups =
            std::any_of(rule.approvers.begin(), rule.approvers.end(),
                        [](const std::string& who) { return who.substr(0, 1) == "@"; });
        if (!groups && rule.approvals > rule.approvers.size()) {
            table.refuse("approvals", fmt::format("is {} of {} approvers; name more of them",
                                                  rule.approvals, rule.approvers.size()));
        }
    } else if (table.has("approvals")) {
        table.number("approvals", Need::optional, 1, kMaxApprovals);
        table.refuse("approvals", "has no meaning without approvers; remove it");
    }
    rule.auto_limit = table.text("auto_limit", Need::optional);
    if (!table.has("auto_limit")) return;
    if (const auto limit = parse_auto_limit(rule.auto_limit); !limit) {
        table.refuse("auto_limit", limit.error().text);
    }
    if (!rule.automatic) table.refuse("auto_limit", "needs approval = \"auto\"");
}

Rule read_rule(TableReader table, const Policy& policy) {
    Rule rule;
    rule.line = table.line();
    rule.roles = read_list(table, "roles", is_account_name, "is no role name");
    for (const std::string& role : rule.roles) {
        if (policy.role(role) == nullptr) {
            table.refuse("roles",
                         fmt::format("\"{0}\" has no [role.{0}] table; add one", escape(role)));
        }
    }
    rule.who = read_list(table, "who", is_who, "is no account, @group or principal:NAME");
    const std::vector<std::string> terms = table.texts("hosts", Need::optional);
    if (table.has("hosts")) {
        if (auto hosts = HostPatterns::parse(terms)) {
            rule.hosts = std::move(*hosts);
        } else {
            table.refuse("hosts", hosts.error().text);
        }
    }
    read_approval(table, rule);
    rule.max_duration = table.duration("max_duration", Need::optional);
    if (rule.max_duration && *rule.max_duration <= Usec(0))
        table.refuse("max_duration", "must be longer than 0");
    rule.reason = read_regex(table, "reason");
    rule.ticket = read_regex(table, "ticket");
    rule.hours = table.text("hours", Need::optional);
    if (table.has("hours")) {
        if (const auto hours = parse_hours(rule.hours); !hours)
            table.refuse("hours", hours.error().text);
    }
    return rule;
}

}  // namespace

std::optional<Service> service_from_pam(std::string_view pam_service) {
    if (pam_service == "sudo" || pam_service == "sudo-i") return Service::sudo;
    if (pam_service == "su" || pam_service == "su-l") return Service::su;
    if (pam_service == "sshd") return Service::sshd;
    return std::nullopt;
}

std::string_view to_string(Service service) {
    switch (service) {
        case Service::sudo:
            return "sudo";
        case Service::su:
            return "su";
        case Service::sshd:
            return "sshd";
    }
    return "";
}

bool is_target(std::string_view name) {
    if (name == "*") return true;
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return is_account_name(lower);
}

bool Role::covers(Service service) const {
    return std::find(services.begin(), services.end(), service) != services.end();
}

bool Role::covers(std::string_view target) const {
    return std::any_of(run_as.begin(), run_as.end(), [target](const std::string& allowed) {
        return allowed == "*" || allowed == target;
    });
}

const Role* Policy::role(std::string_view name) const {
    const auto hit = roles.find(name);
    return hit == roles.end() ? nullptr : &hit->second;
}

Result<Policy> parse_policy(std::string_view text, std::string_view file) {
    const auto document = TomlDocument::parse(text, file);
    if (!document) return document.failure();
    TableReader root = document->root();
    Policy policy;
    if (auto roles = root.table("role")) {
        for (const std::string& name : roles->keys()) {
            if (!is_account_name(name))
                roles->refuse(name, "is no role name; use [a-z_][a-z0-9_.-]{0,31}");
            if (auto table = roles->table(name))
                policy.roles.emplace(name, read_role(*table, name));
        }
    }
    for (TableReader table : root.tables("rule")) policy.rules.push_back(read_rule(table, policy));
    if (const auto done = document->finish(); !done) return done.failure();
    return policy;
}

}  // namespace jit::core
