// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/duration.hpp"
#include "core/policy.hpp"
#include "core/text.hpp"
#include "jitctl/file_io.hpp"
#include "jitctl/verb.hpp"
#include "jitctl/view.hpp"

namespace jit::ctl {
namespace {

constexpr std::size_t kMaxConfig = 1U << 20;

/** The admin's policy replaces the vendor's whole. */
std::string host_policy(const Environment& env) {
    const std::string own = env.config_dir + "/policy.toml";
    return exists(own) ? own : env.vendor_dir + "/policy.toml";
}

core::Result<core::Policy> read_policy(const std::string& path) {
    const auto text = read_file(path, kMaxConfig);
    if (!text) return text.failure();
    return core::parse_policy(*text, path);
}

std::vector<std::string> services_of(const core::Role& role) {
    std::vector<std::string> out;
    for (const auto service : role.services) out.emplace_back(core::to_string(service));
    return out;
}

std::string_view end_of(const core::Role& role) {
    switch (role.on_end) {
        case core::OnEnd::terminate:
            return "terminate";
        case core::OnEnd::kill:
            return "kill";
        case core::OnEnd::finish:
            return "finish";
    }
    return "terminate";
}

Json place(std::uint32_t number) { return number > 0 ? Json(number) : Json(nullptr); }
Json words(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json role_json(const core::Role& role) {
    return {{"name", role.name},
            {"description", words(role.description)},
            {"run_as", role.run_as},
            {"services", services_of(role)},
            {"max_duration_usec", role.max_duration.count()},
            {"max_extension_usec", role.max_extension.count()},
            {"on_end", end_of(role)},
            {"record", role.record},
            {"own_login", role.own_login}};
}

Json rule_json(const core::Rule& rule) {
    return {
        {"line", rule.line},
        {"roles", rule.roles},
        {"who", rule.who},
        {"hosts", rule.hosts ? Json(rule.hosts->terms()) : Json::array({"*"})},
        {"approval", rule.automatic ? "auto" : "approvers"},
        {"approvers", rule.approvers},
        {"approvals", rule.automatic ? 0 : rule.approvals},
        {"max_duration_usec", rule.max_duration ? Json(rule.max_duration->count()) : Json(nullptr)},
        {"reason", words(rule.reason)},
        {"hours", words(rule.hours)},
        {"auto_limit", words(rule.auto_limit)}};
}

Json policy_json(const std::string& path, const core::Result<core::Policy>& policy) {
    Json out = {{"file", path},           {"result", policy ? "ok" : "refused"},
                {"code", nullptr},        {"text", nullptr},
                {"line", nullptr},        {"column", nullptr},
                {"roles", Json::array()}, {"rules", Json::array()}};
    if (!policy) {
        out["code"] = policy.error().code;
        out["text"] = policy.error().text;
        out["line"] = place(policy.error().line);
        out["column"] = place(policy.error().column);
        return out;
    }
    for (const auto& [name, role] : policy->roles) out["roles"].push_back(role_json(role));
    for (const auto& rule : policy->rules) out["rules"].push_back(rule_json(rule));
    return out;
}

std::string role_line(const core::Role& role) {
    std::string text = fmt::format("{}: {} as {}, up to {}", role.name, joined(services_of(role)),
                                   joined(role.run_as), core::format_duration(role.max_duration));
    if (role.on_end != core::OnEnd::terminate) text += fmt::format(", on end {}", end_of(role));
    if (role.record) text += ", recorded";
    if (role.own_login) text += ", own login only";
    return text;
}

std::string rule_line(const core::Rule& rule) {
    std::string text =
        fmt::format("line {}: {} for {}", rule.line, joined(rule.roles), joined(rule.who));
    if (rule.hosts) text += fmt::format(" on {}", joined(rule.hosts->terms(), " or "));
    if (rule.automatic)
        text += ": granted at once";
    else
        text += fmt::format(": {} of {} approve{}", rule.approvals, joined(rule.approvers),
                            rule.approvals == 1 ? "s" : "");
    if (rule.max_duration)
        text += fmt::format(", up to {}", core::format_duration(*rule.max_duration));
    if (!rule.hours.empty()) text += ", " + rule.hours;
    if (!rule.auto_limit.empty()) text += ", at most " + rule.auto_limit;
    return text;
}

std::string report(const Context& context, const std::string& path, const core::Policy& policy) {
    std::string text =
        fmt::format("{}: {}\n", core::escape(path), context.out.styled(Style::good, "ok"));
    for (const auto& [name, role] : policy.roles) text += property("role", role_line(role));
    for (const auto& rule : policy.rules) text += property("rule", rule_line(rule));
    if (policy.rules.empty()) text += property("rule", "none: nobody may request a role");
    return text;
}

}  // namespace

int run(const Context& context, const PolicyOptions& options) {
    const std::string path = options.file.empty() ? host_policy(context.env) : options.file;
    const auto policy = read_policy(path);
    if (context.out.json()) {
        context.out.object(policy_json(path, policy));
    } else if (!context.out.quiet()) {
        if (policy)
            context.out.text(report(context, path, *policy));
        else
            context.out.text(
                fmt::format("{} [{}]\n", core::escape(policy.error().text), policy.error().code));
    }
    return static_cast<int>(policy ? Exit::ok : Exit::failure);
}

}  // namespace jit::ctl
