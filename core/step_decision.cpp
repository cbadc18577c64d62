// SPDX-License-Identifier: Apache-2.0
// Deciding on the host: approve, deny; and what an approval becomes.
#include <fmt/format.h>

#include <algorithm>

#include "core/duration.hpp"
#include "core/key_rules.hpp"
#include "core/rules.hpp"
#include "core/steps.hpp"
#include "core/text.hpp"

namespace jit::core {
namespace {

/** Approving needs a login of one's own: neither su nor sudo nor an elevated session makes another person. */
std::optional<Error> no_own_login(const Actor& actor) {
    if (actor.in_scope) {
        return error("Self", "approve: not from inside an elevated session; do it from a login of your own");
    }
    if (actor.loginuid == kNoUid || actor.loginuid != actor.uid) {
        return error("Self", fmt::format("approve: this login is not {}'s own; log in as yourself", actor.account));
    }
    return std::nullopt;
}

std::optional<Error> may_approve(const World& world, const Request& request, const ApproveEvent& event) {
    const auto& actor = event.actor;
    if (auto refused = no_own_login(actor)) return refused;
    const auto& trust = world.config.trust;
    if (is_behind(request, trust.principal_of(actor.account), world.config) ||
        is_behind(request, trust.principal_of(actor.login_account), world.config)) {
        return error("Self", "approve: nobody approves their own elevation; somebody else has to");
    }
    if (!names(request.approvers, actor.member(), trust)) {
        return error("AccessDenied", fmt::format("approve: {} is none of {} ({})", actor.account,
                                                 fmt::join(request.approvers, ", "), request.rule));
    }
    if (auto refused = decided("approve", request)) return refused;
    if (auto refused = not_now(world, "approve", request.account)) return refused;
    const auto locked = lock_on(world, trust.principal_of(actor.account));
    return locked ? not_now(world, "approve", *locked) : std::nullopt;
}

std::optional<Error> bad_duration(const Request& request, const std::optional<Usec>& duration) {
    if (!duration) return std::nullopt;
    if (*duration > request.duration) {
        return error("Limit", fmt::format("approve: {} was asked for; it can be less, not more",
                                          format_duration(request.duration)));
    }
    if (*duration <= Usec{} || *duration % std::chrono::seconds(1) != Usec{}) {
        return error("InvalidArgument", "approve: duration: must be whole seconds, and longer than 0");
    }
    return std::nullopt;
}

std::string speaker(const Statement& statement) {
    if (statement.principal.empty()) return "the rule";
    return statement.principal;
}

}  // namespace

Error no_request(std::string_view verb, std::string_view id) {
    return error("NotFound", fmt::format("{}: request {}: not found; see: jitctl list requests", verb, escape(id)));
}

std::optional<Error> decided(std::string_view verb, const Request& request) {
    if (request.state == RequestState::pending) return std::nullopt;
    return error("AlreadyDecided", fmt::format("{0}: request {1} is {2} already; see: jitctl show {1}", verb, request.id,
                                               to_string(request.state)));
}

std::optional<std::string> lock_on(const World& world, std::string_view principal) {
    for (const auto& [account, lock] : world.state.locks) {
        if (world.config.trust.principal_of(account) == principal) return account;
    }
    return std::nullopt;
}

bool counts(const World& world, const Statement& approval) {
    if (world.state.locks.contains(approval.account) || lock_on(world, approval.principal)) return false;
    const auto key = approval.key();
    return key.empty() || in_force(world.config.trust, key);
}

std::size_t standing(const World& world, const Request& request) {
    const auto approvals = request.approvals();
    return static_cast<std::size_t>(std::count_if(approvals.begin(), approvals.end(),
                                                  [&](const auto* one) { return counts(world, *one); }));
}

std::optional<Error> approved_already(std::string_view verb, const World& world, const Request& request,
                                      std::string_view principal) {
    const auto* before = request.statement(Said::approved, principal);
    if (!before || !counts(world, *before)) return std::nullopt;
    return error("AlreadyDecided", fmt::format("{}: {} has approved request {} already; it waits for {}", verb, principal,
                                               request.id,
                                               who_decides(request.approvers, request.needed, standing(world, request))));
}

void settle(Transition& out, const World&, Request request, RequestState state, const EventKind& kind, std::string message,
            Code code) {
    request.state = state;
    Record record(kind, std::move(message));
    describe(record, request);
    if (!allows(code)) record.set("CODE", std::string(to_string(code)));
    out.records.push_back(std::move(record));
    out.actions.emplace_back(Announce{"request", request.id, std::string(to_string(state))});
    out.changes.emplace_back(PutRequest{std::move(request)});
}

void approve(Transition& out, const World& world, Request request, Statement statement, const std::string& fresh_grant,
             const Actor& actor) {
    out.lasts = true;
    out.kind = "request";
    out.id = request.id;
    const auto who = speaker(statement);
    const auto reason = statement.reason, principal = statement.principal, via = statement.via;
    const auto limit = statement.duration ? format_duration(*statement.duration) : "";
    std::erase_if(request.statements, [&](const Statement& one) {  // one that no longer counted
        return one.said == Said::approved && one.principal == statement.principal;
    });
    request.statements.push_back(std::move(statement));
    if (request.approvals().size() >= request.needed) {  // what does not count now counts no more
        std::erase_if(request.statements,
                      [&](const Statement& one) { return one.said == Said::approved && !counts(world, one); });
    }
    const auto have = request.approvals().size();
    Record record(event::kRequestApproved,
                  fmt::format("{} approves request {} of {} for role {}{} ({} of {}){}{}", who, request.id, request.account,
                              request.role, limit.empty() ? "" : ", for at most " + limit, have, request.needed, reason.empty() ? "" : ": ", reason));
    by(describe(record, request), actor).set("COUNT", std::to_string(have)).set("NEEDED", std::to_string(request.needed));
    record.set("PRINCIPAL", principal).set("VIA", via).set("LIMIT", limit).set("DECISION_REASON", reason);
    out.records.push_back(std::move(record));
    if (have >= request.needed) {
        carry_out(out, world, std::move(request), fresh_grant, actor);
        return;
    }
    out.actions.emplace_back(Announce{"request", request.id, std::string(to_string(request.state))});
    out.changes.emplace_back(PutRequest{std::move(request)});
}

Transition on_approve(const World& world, const ApproveEvent& event) {
    Transition out;
    const Request* request = world.state.request(event.id);
    if (!request || !may_see(*request, event.actor, world.config)) {
        out.refused = no_request("approve", event.id);
        return out;
    }
    if ((out.refused = may_approve(world, *request, event))) return out;
    if ((out.refused = bad_duration(*request, event.duration))) return out;
    if (!event.reason.empty() && (out.refused = bad_text("approve", "reason", event.reason, kMaxReason))) return out;
    Statement statement;
    statement.principal = world.config.trust.principal_of(event.actor.account);
    if ((out.refused = approved_already("approve", world, *request, statement.principal))) return out;
    statement.account = event.actor.account;
    statement.via = kViaHost;
    statement.duration = event.duration;
    statement.reason = event.reason;
    statement.at = world.now.wall;
    approve(out, world, *request, std::move(statement), event.grant, event.actor);
    return out;
}

Transition on_deny(const World& world, const DenyEvent& event) {
    Transition out;
    const auto& actor = event.actor;
    const Request* request = world.state.request(event.id);
    const bool own = request && actor.account == request->account;
    const bool approver = request && names(request->approvers, actor.member(), world.config.trust);
    if (!request || !may_see(*request, actor, world.config) || !(own || approver || actor.admin)) {
        out.refused = no_request("deny", event.id);
        return out;
    }
    if ((out.refused = decided("deny", *request))) return out;
    if (!event.reason.empty() && (out.refused = bad_text("deny", "reason", event.reason, kMaxReason))) return out;
    Request denied = *request;
    Statement statement;
    statement.said = Said::denied;
    statement.principal = world.config.trust.principal_of(actor.account);
    statement.account = actor.account;
    statement.via = kViaHost;
    statement.reason = event.reason;
    statement.at = world.now.wall;
    denied.statements.push_back(std::move(statement));
    out.kind = "request";
    out.id = request->id;
    settle(out, world, std::move(denied), RequestState::denied, event::kRequestDenied,
           fmt::format("{} denies request {} of {} for role {}{}{}", actor.account, request->id, request->account,
                       request->role, event.reason.empty() ? "" : ": ", event.reason));
    by(out.records.back(), actor).set("DECISION_REASON", event.reason);
    return out;
}

}  // namespace jit::core
