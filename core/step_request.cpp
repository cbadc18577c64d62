// SPDX-License-Identifier: Apache-2.0
// Asking: for a role by the rules, for more time, or with break-glass; and taking the question back.
#include <fmt/format.h>

#include <algorithm>

#include "core/duration.hpp"
#include "core/rules.hpp"
#include "core/steps.hpp"
#include "core/text.hpp"

namespace jit::core {
namespace {

constexpr Usec kMinute = std::chrono::minutes(1);

/** Blanks at the ends would not survive a copy of the text that approvers sign. */
std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(' ');
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::optional<Error> bad_person(const Actor& actor) {
    if (actor.uid != 0) return std::nullopt;
    return error("InvalidArgument", actor.login_account.empty() || actor.login_account == "root"
                                        ? "request: root needs no grant"
                                        : fmt::format("request: root needs no grant; ask as {}, without sudo",
                                                      actor.login_account));
}

std::optional<Error> bad_fields(const World& world, const Request& request) {
    if (request.duration <= Usec{}) return error("InvalidArgument", "request: duration: must be longer than 0");
    if (request.duration % std::chrono::seconds(1) != Usec{}) {
        return error("InvalidArgument", "request: duration: must be whole seconds");
    }
    if (auto bad = bad_text("request", "reason", request.reason, kMaxReason)) return bad;
    if (!request.ticket.empty()) {
        if (auto bad = bad_text("request", "ticket", request.ticket, kMaxTicket)) return bad;
    }
    return bad_start(world, "request", request.start);
}

std::optional<Error> over_quota(const World& world, const std::string& account) {
    const auto& settings = world.config.settings;
    std::size_t own = 0, recent = 0;
    for (const auto* request : world.state.requests_of(account)) {
        own += request->state == RequestState::pending ? 1 : 0;
        recent += request->created > world.now.wall - kMinute && request->created <= world.now.wall ? 1 : 0;
    }
    if (own >= settings.pending_per_account) {
        return error("LimitsExceeded", fmt::format("request: {} of {} wait already; take one back: jitctl cancel ID", own,
                                                   account));
    }
    if (recent >= kRequestsPerMinute) {
        return error("LimitsExceeded", fmt::format("request: {} has asked {} times within a minute; wait a little", account,
                                                   recent));
    }
    const auto all = std::count_if(world.state.requests.begin(), world.state.requests.end(), [](const auto& entry) {
        return entry.second.state == RequestState::pending;
    });
    if (static_cast<std::size_t>(all) >= settings.pending_total) {
        return error("LimitsExceeded", fmt::format("request: {} wait on this host already; ask an admin", all));
    }
    return std::nullopt;
}

std::string host_name(const World& world) {
    return world.config.host.name.empty() ? "this host" : world.config.host.name;
}

Error no_rule(const World& world, const Request& request, const Member& who) {
    const Rule* rule = any_rule(who, request.role, world.config);
    if (rule) {
        return error("AccessDenied", fmt::format("request: {} may not ask for role {} now: {} holds {}{}; ask an admin",
                                                 request.account, request.role, name_of(*rule),
                                                 rule->hours.empty() ? "at most " : "for " + rule->hours,
                                                 rule->hours.empty() ? rule->auto_limit : ""));
    }
    return error("AccessDenied", fmt::format("request: no rule of /etc/jit/policy.toml lets {0} ask for role {1} on {2}; an "
                                             "admin can run: jitctl grant {0} --role {1} --for 30m --reason \"...\"",
                                             request.account, request.role, host_name(world)));
}

Record created(const Request& request, const Actor& actor) {
    Record record(event::kRequestCreated,
                  fmt::format("{} asks for {} role {} for {}: {}", request.account,
                              request.kind == RequestKind::extension ? "more of" : "the", request.role,
                              format_duration(request.duration), request.reason));
    by(describe(record, request), actor).set("NOT_AFTER", format_time(request.expires));
    return record;
}

Request read(const World& world, const RequestEvent& event) {
    Request out;
    out.id = event.id;
    out.kind = event.kind;
    out.account = event.actor.account;
    out.uid = event.actor.uid;
    out.asker = event.actor.login_account.empty() ? event.actor.account : event.actor.login_account;
    out.role = event.role;
    out.duration = event.duration;
    out.start = event.start;
    out.reason = trimmed(event.reason);
    out.ticket = trimmed(event.ticket);
    out.grant = event.extends;
    out.created = world.now.wall;
    out.expires = world.now.wall + world.config.settings.request_ttl;
    return out;
}

/** With a lost state this is the only way in, so nothing of it is asked. */
std::optional<Error> breakglass_fault(const World& world, const Request& request, const Role& role) {
    if (!world.config.settings.breakglass) {
        return error("AccessDenied", "request: break-glass is off on this host (breakglass in /etc/jit/jitd.toml)");
    }
    const auto most = std::min(kMaxBreakglass, role.max_duration);
    if (request.duration > most) {
        return error("Limit", fmt::format("request: break-glass is for {} at most", format_duration(most)));
    }
    if (request.start) return error("InvalidArgument", "request: break-glass begins at once: leave out --start");
    return std::nullopt;
}

}  // namespace

Transition on_request(const World& world, const RequestEvent& event) {
    Transition out;
    out.lasts = true;
    const bool breakglass = event.kind == RequestKind::breakglass;
    Request request = read(world, event);
    if ((out.refused = bad_person(event.actor))) return out;
    const Role* role = world.config.policy.role(event.role);
    if (!role) {
        out.refused = error("RoleUnknown", fmt::format("request: role {}: not in the policy of this host; see: jitctl roles",
                                                       escape(event.role)));
        return out;
    }
    if ((out.refused = bad_fields(world, request))) return out;
    if (breakglass && world.state.needs_recovery) {
        out.memory_suffices = true;
    } else if ((out.refused = not_now(world, "request", request.account))) {
        return out;
    }

    const Rule* rule = nullptr;
    if (breakglass) {
        if ((out.refused = breakglass_fault(world, request, *role))) return out;
        request.rule = kBreakglassRule;
    } else {
        const Asking asking{event.actor.member(), request.role, event.local, world.now.wall};
        rule = first_rule(asking, world.state, world.config);
        if (!rule) {
            out.refused = no_rule(world, request, asking.who);
            return out;
        }
        if ((out.refused = breaks("request", *rule, *role, request.duration, request.reason, request.ticket))) return out;
        request.rule = name_of(*rule);
        request.needed = rule->automatic ? 1 : rule->approvals;
        request.approvers = rule->approvers;
    }
    if ((out.refused = over_quota(world, request.account))) return out;

    out.kind = "request";
    out.id = request.id;
    out.records.push_back(created(request, event.actor));
    prune(out, world, request.account);
    if (rule && rule->automatic) {
        Statement statement;
        statement.via = kViaRule;
        statement.at = world.now.wall;
        approve(out, world, std::move(request), std::move(statement), event.grant, event.actor);
        return out;
    }
    out.actions.emplace_back(Announce{"request", request.id, std::string(to_string(request.state))});
    out.changes.emplace_back(PutRequest{std::move(request)});
    return out;
}

Transition on_withdraw(const World& world, const WithdrawEvent& event) {
    Transition out;
    const Request* request = world.state.request(event.id);
    if (!request || !may_see(*request, event.actor, world.config)) {
        out.refused = no_request("cancel", event.id);
        return out;
    }
    if (event.actor.account != request->account && event.actor.uid != 0) {
        out.refused = error("AccessDenied", fmt::format("cancel: request {0} is of {1}, who alone can take it back; to refuse "
                                                        "it: jitctl deny {0}", request->id, request->account));
        return out;
    }
    if (request->state != RequestState::pending) {
        out.refused = error("AlreadyDecided", fmt::format("cancel: request {} is {} already", request->id,
                                                          to_string(request->state)));
        return out;
    }
    out.kind = "request";
    out.id = request->id;
    settle(out, world, *request, RequestState::withdrawn, event::kRequestWithdrawn,
           fmt::format("{} takes request {} of {} back", event.actor.account, request->id, request->account));
    by(out.records.back(), event.actor);
    return out;
}

}  // namespace jit::core
