// SPDX-License-Identifier: Apache-2.0
// What becomes of pending requests when the policy is another one; and the look at a break-glass use.
#include <fmt/format.h>

#include <algorithm>

#include "core/rules.hpp"
#include "core/steps.hpp"
#include "core/text.hpp"

namespace jit::core {

Transition on_policy(const World& world, const PolicyEvent& event) {
    Transition out;
    for (const auto& [id, request] : world.state.requests) {
        const auto asked = event.requests.find(id);
        if (request.state != RequestState::pending || request.kind == RequestKind::breakglass ||
            asked == event.requests.end()) {
            continue;
        }
        const Asking asking{asked->second.who, request.role, asked->second.local, request.created};
        const Rule* rule = first_rule(asking, world.state, world.config);
        const Role* role = world.config.policy.role(request.role);
        // An automatic one approves what is asked from now on.
        const bool fits = rule && role && !rule->automatic &&
                          !breaks("request", *rule, *role, request.duration, request.reason, request.ticket);
        if (!fits) {
            settle(out, world, request, RequestState::denied, event::kRequestDenied,
                   fmt::format("request {} of {} is no longer what the policy says; to ask anew: jitctl request {}", id,
                               request.account, request.role),
                   Code::config);
            continue;
        }
        if (request.rule == name_of(*rule) && request.needed == rule->approvals && request.approvers == rule->approvers) continue;
        Request judged = request;
        judged.rule = name_of(*rule);
        judged.needed = rule->approvals;
        // Whether those who agreed may still, only they can say again. At a start nothing is known of before.
        if (!request.approvers.empty() && request.approvers != rule->approvers) {
            std::erase_if(judged.statements, [](const Statement& one) { return one.said == Said::approved; });
        }
        judged.approvers = rule->approvers;
        out.actions.emplace_back(Announce{"request", id, std::string(to_string(request.state))});
        out.changes.emplace_back(PutRequest{std::move(judged)});
    }
    return out;
}

Transition on_review(const World& world, const ReviewEvent& event) {
    Transition out;
    const auto& actor = event.actor;
    const Grant* grant = world.state.grant(event.grant);
    if (!grant || !actor.admin || grant->origin != Origin::breakglass) {
        out.refused = error("NotFound", fmt::format("show --reviewed: {}: no break-glass use that you may review",
                                                    escape(event.grant)));
        return out;
    }
    if (acts_for_self(world, actor, grant->account)) {
        out.refused = error("Self", "show --reviewed: nobody reviews their own break-glass use; somebody else has to");
        return out;
    }
    const Request* request = world.state.request(grant->request);
    if (!request) {
        out.refused = error("NotFound", fmt::format("show --reviewed: {}: its request is not kept", grant->id));
        return out;
    }
    Request reviewed = *request;
    Statement statement;
    statement.said = Said::reviewed;
    statement.account = actor.login_account.empty() ? actor.account : actor.login_account;
    statement.principal = world.config.trust.principal_of(statement.account);
    statement.via = kViaHost;
    statement.at = world.now.wall;
    if (reviewed.statement(Said::reviewed, statement.principal)) return out;
    Record record(event::kBreakglassReviewed, fmt::format("{} has looked at the break-glass use of {} (grant {})",
                                                          statement.account, grant->account, grant->id));
    by(describe(record, *grant), actor);
    out.records.push_back(std::move(record));
    out.lasts = true;
    out.actions.emplace_back(Announce{"grant", grant->id, "reviewed"});
    reviewed.statements.push_back(std::move(statement));
    out.changes.emplace_back(PutRequest{std::move(reviewed)});
    return out;
}

}  // namespace jit::core
