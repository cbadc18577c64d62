// SPDX-License-Identifier: Apache-2.0
#include "jitd/objects.hpp"

#include <algorithm>

#include "core/approval_text.hpp"
#include "core/record.hpp"
#include "core/rules.hpp"

namespace jit::daemon {

void describe(DictWriter& out, const core::Grant& grant, const View& view) {
    const auto status = core::status_of(grant, view.state, view.config, view.now);
    const auto* pin = view.state.pin_of(grant.id);
    const auto* role = view.config.policy.role(grant.role);
    std::vector<std::string> services;
    if (role) {
        for (const auto service : role->services) services.emplace_back(core::to_string(service));
    }
    out.text("id", grant.id).text("origin", to_string(grant.origin)).text("account", grant.account);
    if (grant.uid) {
        out.small("uid", *grant.uid);
    } else if (pin && pin->uid) {
        out.small("uid", *pin->uid);
    }
    out.text("role", grant.role)
        .list("services", services)
        .list("run_as", role ? role->run_as : std::vector<std::string>{})
        .time("not_before_usec", grant.not_before)
        .time("not_after_usec", grant.not_after)
        .text("state", to_string(status.state))
        .text("code", core::to_string(status.code))
        .text("reason", grant.reason)
        .text("ticket", grant.ticket)
        .list("approvers", grant.approvers)
        .list("keys", grant.keys)
        .text("request", grant.request);
    if (grant.serial != 0) out.number("serial", grant.serial);
}

void describe(DictWriter& out, const core::Session& session, const View& view) {
    const auto held = core::holding(session, view.state, view.config, view.now);
    const auto* role = view.config.policy.role(session.role);
    core::Wall ends = session.backstop;
    if (session.state == core::SessionState::ending) {
        ends = view.now.wall;
    } else if (held.allowed()) {
        ends = std::min(held.last_end, session.backstop);
    } else if (session.state == core::SessionState::finishing && role) {
        ends = std::min(view.now.wall + (session.since + role->finish_limit - view.now.boot), session.backstop);
    }
    out.text("id", session.id)
        .text("scope", session.scope())
        .text("grant", session.grant)
        .text("role", session.role)
        .text("account", session.account)
        .small("uid", session.uid)
        .text("target", session.target)
        .text("service", session.service)
        .text("tty", session.tty)
        .text("rhost", session.rhost)
        .text("state", to_string(session.state))
        .time("opened_usec", session.opened)
        .time("ends_usec", ends)
        .time("backstop_usec", session.backstop)
        .text("recording", session.recording);
}

namespace {

std::string_view name_of(core::RequestKind kind) {
    switch (kind) {
        case core::RequestKind::role: return "role";
        case core::RequestKind::extension: return "extension";
        case core::RequestKind::breakglass: return "break-glass";
    }
    return "";
}

void describe(DictWriter& out, const core::Statement& statement) {
    out.text("principal", statement.principal)
        .text("account", statement.account)
        .text("via", statement.via)
        .time("time_usec", statement.at)
        .text("reason", statement.reason);
    if (statement.duration) out.number("duration_usec", static_cast<std::uint64_t>(statement.duration->count()));
}

/** The grant that the account held last, with what is known of its use. */
void describe_last(DictWriter& out, const core::Request& request, const View& view) {
    const core::Grant* last = nullptr;
    for (const auto* grant : view.state.grants_of(request.account)) {
        if (grant->not_before > view.now.wall) continue;
        if (!last || grant->not_before > last->not_before) last = grant;
    }
    const auto it = view.state.uses.find(request.account);
    const core::Use* use = it == view.state.uses.end() ? nullptr : &it->second;
    if (!last && !use) return;
    out.value("last", "a{sv}", [&](sd_bus_message* m) {
        return append_dict(m, [&](DictWriter& d) {
            if (last) {
                d.text("grant", last->id)
                    .text("role", last->role)
                    .text("state", to_string(core::status_of(*last, view.state, view.config, view.now).state))
                    .text("reason", last->reason)
                    .time("not_before_usec", last->not_before)
                    .time("not_after_usec", last->not_after);
            } else {
                d.text("grant", use->grant).text("role", use->role);
            }
            const bool used = use && (!last || use->grant == last->id);
            d.small("sessions", used ? use->sessions : 0);
            if (!used) return;
            d.small("terminated", use->terminated)
                .time("first_usec", use->first)
                .time("last_usec", use->last)
                .list("targets", use->targets);
        });
    });
}

/** When it expires: one for more time at the latest with its grant. */
core::Wall expiry(const core::Request& request, const View& view) {
    const bool waits = request.state == core::RequestState::pending;
    const auto* grant = waits && request.kind == core::RequestKind::extension ? view.state.grant(request.grant) : nullptr;
    return grant ? std::min(request.expires, core::status_of(*grant, view.state, view.config, view.now).ends) : request.expires;
}

}  // namespace

void describe(DictWriter& out, const core::Request& request, const View& view, Detail detail) {
    out.text("id", request.id)
        .text("kind", name_of(request.kind))
        .text("account", request.account)
        .small("uid", request.uid)
        .text("role", request.role)
        .number("duration_usec", static_cast<std::uint64_t>(request.duration.count()))
        .time("start_usec", request.start.value_or(core::Wall{}))
        .text("reason", request.reason)
        .text("ticket", request.ticket)
        .text("state", to_string(request.state))
        .text("rule", request.rule)
        .small("needed", request.needed)
        .list("approvers", request.approvers)
        .value("approvals", "aa{sv}",
               [&](sd_bus_message* m) {
                   return append_list(m, request.approvals(), [](DictWriter& d, const auto* one) { describe(d, *one); });
               })
        .time("created_usec", request.created)
        .time("expires_usec", expiry(request, view))
        .text("grant", request.grant);
    for (const auto& statement : request.statements) {
        if (statement.said != core::Said::denied) continue;
        out.text("denied_by", statement.principal).text("denied_reason", statement.reason);
    }
    if (detail == Detail::brief || request.state != core::RequestState::pending) return;
    describe_last(out, request, view);
    out.text("text", core::approval_text(request, view.state, view.config, request.duration).text());
}

void describe(DictWriter& out, const core::Role& role, const core::Rule& rule) {
    std::vector<std::string> services;
    for (const auto service : role.services) services.emplace_back(core::to_string(service));
    const auto most = rule.max_duration ? std::min(*rule.max_duration, role.max_duration) : role.max_duration;
    out.text("role", role.name)
        .text("description", role.description)
        .list("services", services)
        .list("run_as", role.run_as)
        .number("max_duration_usec", static_cast<std::uint64_t>(most.count()))
        .number("max_extension_usec", static_cast<std::uint64_t>(role.max_extension.count()))
        .text("rule", core::name_of(rule))
        .text("approval", rule.automatic ? "auto" : "approvers")
        .list("approvers", rule.approvers)
        .small("approvals", rule.automatic ? 0 : rule.approvals)
        .text("reason", rule.reason)
        .text("ticket", rule.ticket)
        .text("hours", rule.hours)
        .text("auto_limit", rule.auto_limit);
}

void describe(DictWriter& out, const core::FileState& file, Quotes quotes) {
    out.text("state", file.state).text("code", file.code);
    if (quotes == Quotes::shown) out.text("text", file.text);
    if (file.serial == 0) return;
    out.number("serial", file.serial)
        .text("sha256", core::to_hex(file.sha256.data(), file.sha256.size()))
        .time("expires_usec", file.expires);
}

}  // namespace jit::daemon
