// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "core/duration.hpp"
#include "core/steps.hpp"
#include "core/text.hpp"

namespace jit::core {
namespace {

std::optional<Error> check_fields(const World& world, const GrantEvent& event) {
    if (!is_account_name(event.user)) {
        return error("InvalidArgument", fmt::format("grant: {}: not an account name", escape(event.user)));
    }
    if (!event.uid) {
        return error("NotFound", fmt::format("grant: {}: no such account on this host; see: getent passwd {}",
                                             event.user, event.user));
    }
    if (*event.uid == 0) return error("InvalidArgument", "grant: root needs no grant");
    const Role* role = world.config.policy.role(event.role);
    if (!role) {
        return error("RoleUnknown", fmt::format("grant: role {}: not in the policy of this host (/etc/jit/policy.toml)",
                                                escape(event.role)));
    }
    if (event.duration <= Usec{}) return error("InvalidArgument", "grant: duration: must be longer than 0");
    if (event.duration > role->max_duration) {
        return error("Limit", fmt::format("grant: {} is longer than role {} allows ({})",
                                          format_duration(event.duration), role->name,
                                          format_duration(role->max_duration)));
    }
    if (auto bad = bad_text("grant", "reason", event.reason, kMaxReason)) return bad;
    if (!event.ticket.empty()) {
        if (auto bad = bad_text("grant", "ticket", event.ticket, kMaxTicket)) return bad;
    }
    return bad_start(world, "grant", event.start);
}

/** The grant is on disk by then: it is ended, for ever. */
TakeBack take_back(const Grant& grant, Wall at) {
    Record record(event::kGrantRevoked, fmt::format("grant {} of {} is taken back: its record was not accepted in time",
                                                    grant.id, grant.account));
    describe(record, grant).set("CODE", "AUDIT");
    return {{PutEnded{Ended{grant.id, EndHow::revoked, "audit", at}}}, {std::move(record)}};
}

}  // namespace

std::optional<Error> may_grant(const World& world, std::string_view verb, const Actor& actor, const std::string& user) {
    const auto mode = world.config.settings.local_grants;
    if (mode == LocalGrants::off) {
        return error("AccessDenied", fmt::format("{}: local grants are off on this host (local_grants in "
                                                 "/etc/jit/jitd.toml)", verb));
    }
    if (actor.uid != 0 && !(mode == LocalGrants::admins && actor.admin)) {
        return error("AccessDenied", fmt::format("{}: {} may not grant here; run it as root", verb, actor.account));
    }
    if (acts_for_self(world, actor, user)) {
        return error("Self", fmt::format("{}: {} may not grant from inside an elevated session, nor to themselves; "
                                         "somebody else has to", verb,
                                         actor.login_account.empty() ? actor.account : actor.login_account));
    }
    return std::nullopt;
}

void make_grant(Transition& out, const World& world, Grant grant, const Actor& actor, std::string message) {
    out.widens = true;
    Pin pin{grant.id, grant.account, grant.uid, grant.role, grant.not_before, grant.not_after, std::nullopt};
    if (grant.not_before <= world.now.wall) {
        pin.activation = Activation{grant.not_after, world.now.boot + (grant.not_after - grant.not_before), world.now.boot_id};
    }
    Record created(event::kGrantCreated, std::move(message));
    by(describe(created, grant), actor);
    out.records.push_back(std::move(created));
    if (pin.activation) {
        Record active(event::kGrantActivated, fmt::format("grant {} of {} is active until {}", grant.id, grant.account,
                                                          format_time(grant.not_after)));
        describe(active, grant);
        out.records.push_back(std::move(active));
    }
    out.take_back = take_back(grant, world.now.wall);
    out.actions.emplace_back(Announce{"grant", grant.id, pin.activation ? "active" : "scheduled"});
    out.changes.emplace_back(PutPin{std::move(pin)});
    out.changes.emplace_back(PutGrant{std::move(grant)});
}

Transition on_grant(const World& world, const GrantEvent& event) {
    Transition out;
    out.widens = true;
    out.refused = may_grant(world, "grant", event.actor, event.user);
    if (!out.refused) out.refused = check_fields(world, event);
    if (!out.refused) out.refused = not_now(world, "grant", event.user);
    if (out.refused) return out;

    Grant grant;
    grant.id = event.id;
    grant.origin = Origin::local;
    grant.account = event.user;
    grant.uid = event.uid;
    grant.role = event.role;
    grant.not_before = event.start ? std::max(*event.start, world.now.wall) : world.now.wall;
    grant.not_after = grant.not_before + event.duration;
    grant.reason = event.reason;
    grant.ticket = event.ticket;
    // The person behind root's shell, as far as the login tells.
    const auto& actor = event.actor;
    grant.approvers = {world.config.trust.principal_of(actor.login_account.empty() ? actor.account
                                                                                   : actor.login_account)};
    auto message = fmt::format("{} grants {} role {} until {}: {}", actor.account, grant.account, grant.role,
                               format_time(grant.not_after), grant.reason);
    make_grant(out, world, std::move(grant), actor, std::move(message));
    prune(out, world, event.user);
    return out;
}

}  // namespace jit::core
