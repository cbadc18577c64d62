// SPDX-License-Identifier: Apache-2.0
// policy check: is a policy.toml right, and what does it say.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/text.hpp"
#include "jitctl/policy_file.hpp"
#include "jitctl/policy_lint.hpp"
#include "jitctl/policy_verbs.hpp"
#include "jitctl/policy_words.hpp"
#include "jitctl/user_groups.hpp"
#include "jitctl/view.hpp"

namespace jit::ctl {
namespace {

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
    Json services = Json::array();
    for (const auto service : role.services) services.push_back(core::to_string(service));
    return {{"name", role.name},
            {"description", words(role.description)},
            {"run_as", role.run_as},
            {"services", services},
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
        {"ticket", words(rule.ticket)},
        {"hours", words(rule.hours)},
        {"auto_limit", words(rule.auto_limit)}};
}

Json remarks_json(const std::vector<Remark>& remarks) {
    Json out = Json::array();
    for (const auto& remark : remarks) out.push_back({{"line", remark.line}, {"text", remark.text}});
    return out;
}

Json policy_json(const std::string& path, const core::Result<core::Policy>& policy, const PolicyRemarks& remarks) {
    Json out = {{"file", path},
                {"result", policy ? "ok" : "refused"},
                {"code", nullptr},
                {"text", nullptr},
                {"line", nullptr},
                {"column", nullptr},
                {"roles", Json::array()},
                {"rules", Json::array()},
                {"warnings", remarks_json(remarks.warnings)},
                {"notes", remarks_json(remarks.notes)}};
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

std::string remark_lines(std::string_view label, const std::vector<Remark>& remarks) {
    std::string text;
    for (const auto& remark : remarks) text += property(label, fmt::format("line {}: {}", remark.line, remark.text));
    return text;
}

std::string report(const Context& context, const std::string& path, const core::Policy& policy, const PolicyRemarks& remarks) {
    std::string text = fmt::format("{}: {}\n", core::escape(path), context.out.styled(Style::good, "ok"));
    for (const auto& [name, role] : policy.roles) text += property("role", fmt::format("{}: {}", name, role_words(role)));
    for (const auto& rule : policy.rules) text += property("rule", fmt::format("line {}: {}", rule.line, rule_words(rule)));
    if (policy.rules.empty()) text += property("rule", "none: nobody may request a role");
    return text + remark_lines("warning", remarks.warnings) + remark_lines("note", remarks.notes);
}

}  // namespace

int check_policy(const Context& context, const PolicyOptions& options) {
    const std::string path = options.file.empty() ? policy_path(context.env) : options.file;
    const auto policy = read_policy(path);
    PolicyRemarks remarks;
    if (policy) {
        const HostNames here{has_group, trust_here(context.env)};
        remarks = lint_policy(*policy, options.file.empty() ? &here : nullptr);
    }
    if (context.out.json()) {
        context.out.object(policy_json(path, policy, remarks));
    } else if (!context.out.quiet()) {
        context.out.text(policy ? report(context, path, *policy, remarks)
                                : fmt::format("{} [{}]\n", core::escape(policy.error().text), policy.error().code));
    }
    return static_cast<int>(policy ? Exit::ok : Exit::failure);
}

}  // namespace jit::ctl
