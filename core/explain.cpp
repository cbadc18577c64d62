// SPDX-License-Identifier: Apache-2.0
#include "core/explain.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/offer.hpp"
#include "core/rules.hpp"

namespace jit::core {
namespace {

/** The role to ask for: the host's default one if it would do, otherwise the first that does. */
const Askable* best(const std::vector<Askable>& all, const Query& query, const Config& config) {
    const Askable* found = nullptr;
    for (const auto& one : all) {
        if (!answers(*one.role, query)) continue;
        if (one.role->name == config.settings.default_role) return &one;
        if (!found) found = &one;
    }
    return found;
}

/** The last that was asked for and would have answered the query. */
const Request* last_asked(const Query& query, const State& state, const Config& config) {
    const Request* found = nullptr;
    for (const Request* request : state.requests_of(query.account)) {
        const Role* role = config.policy.role(request->role);
        if (role && answers(*role, query) && (!found || request->created > found->created)) found = request;
    }
    return found;
}

std::string after_colon(const std::string& text) {
    const auto at = text.rfind(": ");
    return at == std::string::npos ? "" : text.substr(at + 2);
}

void explain_grant(Explanation& out, const State& state) {
    const Grant* grant = state.grant(out.decision.grant);
    if (!grant) return;
    out.request = grant->request;
    if (const Request* request = state.request(grant->request)) out.rule = request->rule;
}

void explain_pending(Explanation& out, const State& state) {
    const Request* request = state.request(out.decision.request);
    if (!request) return;
    out.request = request->id;
    out.rule = request->rule;
    out.next = request->kind == RequestKind::breakglass
                   ? fmt::format("whoever has a break-glass key runs: jitctl token {} --key KEY", request->id)
                   : fmt::format("one of {} runs: jitctl approve {}", fmt::join(request->approvers, ", "), request->id);
}

std::string refusal_of(const Request& request) {
    if (request.kind == RequestKind::extension) return "";
    if (request.state == RequestState::expired) return fmt::format(" Request {} found no answer in time.", request.id);
    if (request.state != RequestState::denied) return "";
    for (const auto& statement : request.statements) {
        if (statement.said != Said::denied) continue;
        return fmt::format(" {} denied request {}{}{}.", statement.principal, request.id,
                           statement.reason.empty() ? "" : ": ", statement.reason);
    }
    return fmt::format(" Request {} was denied when the policy changed.", request.id);
}

bool asking_helps(Code code) {
    switch (code) {
        case Code::no_grant:
        case Code::expired:
        case Code::revoked:
        case Code::released:
        case Code::target:
        case Code::service:
        case Code::role_unknown:
            return true;
        default:
            return false;
    }
}

}  // namespace

std::vector<Askable> askable(const Member& who, const LocalTime& local, const State& state, const Config& config,
                             const Now& now) {
    std::vector<Askable> out;
    for (const auto& [name, role] : config.policy.roles) {
        const Rule* rule = first_rule({who, name, local, now.wall}, state, config);
        if (rule) out.push_back({&role, rule});
    }
    return out;
}

bool may_ever_ask(const Member& who, const Config& config) {
    return std::any_of(config.policy.roles.begin(), config.policy.roles.end(), [&](const auto& entry) {
        return entry.second.covers(Service::sudo) && any_rule(who, entry.first, config);
    });
}

Explanation explain(const Query& query, const Member& who, const LocalTime& local, const State& state, const Config& config,
                    const Now& now) {
    Explanation out;
    out.decision = decide(query, state, config, now);
    const auto code = out.decision.code;
    if (query.uid == 0 && query.service != "sshd") out.decision.code = Code::exempt;  // root needs no elevation
    if (out.decision.allowed()) {
        explain_grant(out, state);
        return out;
    }
    out.text = denial_text(query, out.decision, config, &who);
    out.next = after_colon(out.text);
    if (code == Code::pending) explain_pending(out, state);
    if (!asking_helps(code)) return out;
    if (const Request* request = last_asked(query, state, config)) {
        if (const auto refusal = refusal_of(*request); !refusal.empty()) {
            out.request = request->id;
            out.text += refusal;
        }
    }
    const auto roles = askable(who, local, state, config, now);
    if (const Askable* one = best(roles, query, config)) {
        out.rule = name_of(*one->rule);
        out.decision.role = one->role->name;
        out.next = request_command(one->role->name, offered(*one->role, config, &who).value_or(one->role->max_duration));
    } else {
        out.next = fmt::format("an admin runs: jitctl grant {} --for 30m --reason \"...\"", query.account);
    }
    return out;
}

}  // namespace jit::core
