// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "core/duration.hpp"
#include "core/steps.hpp"
#include "core/text.hpp"

namespace jit::core {
namespace {

/** May this caller give a grant here at all, and to this person? */
std::optional<Error> may_grant(const World& world, const GrantEvent& event) {
    const auto& actor = event.actor;
    const auto mode = world.config.settings.local_grants;
    if (mode == LocalGrants::off) {
        return error("AccessDenied", "grant: local grants are off on this host (local_grants in /etc/jit/jitd.toml)");
    }
    if (actor.uid != 0 && !(mode == LocalGrants::admins && actor.admin)) {
        return error("AccessDenied", fmt::format("grant: {} may not grant here; run it as root", actor.account));
    }
    if (acts_for_self(world, actor, event.user)) {
        return error("Self", fmt::format("grant: {} may not grant from inside an elevated session, nor to themselves; "
                                         "somebody else has to", actor.login_account.empty() ? actor.account
                                                                                             : actor.login_account));
    }
    return std::nullopt;
}

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
    if (auto ok = check_text(event.reason, "reason", kMaxReason); !ok) {
        return error("InvalidArgument", "grant: " + ok.error().text);
    }
    if (!event.ticket.empty()) {
        if (auto ok = check_text(event.ticket, "ticket", kMaxTicket); !ok) {
            return error("InvalidArgument", "grant: " + ok.error().text);
        }
    }
    if (event.start && (*event.start < world.now.wall - std::chrono::minutes(1) ||
                        *event.start > world.now.wall + kMaxStart)) {
        return error("InvalidArgument", "grant: start: must be between now and 30 days from now");
    }
    return std::nullopt;
}

/** The grant is on disk by then: it is ended, for ever. */
TakeBack take_back(const Grant& grant, Wall at) {
    Record record(event::kGrantRevoked, fmt::format("grant {} of {} is taken back: its record was not accepted in time",
                                                    grant.id, grant.account));
    describe(record, grant).set("CODE", "AUDIT");
    return {{PutEnded{Ended{grant.id, EndHow::revoked, "audit", at}}}, {std::move(record)}};
}

Record grant_record(const EventKind& kind, const Grant& grant, const Actor& actor, std::string message) {
    Record record(kind, std::move(message));
    describe(record, grant)
        .set("ACTOR", actor.account)
        .set("LOGINUID", login_text(actor.loginuid));
    return record;
}

}  // namespace

Transition on_grant(const World& world, const GrantEvent& event) {
    Transition out;
    out.widens = true;
    out.refused = may_grant(world, event);
    if (!out.refused) out.refused = check_fields(world, event);
    if (!out.refused && world.state.needs_recovery) {
        out.refused = error("Recovery", "grant: the state in /var/lib/jit can't be used; see: journalctl -u jitd");
    }
    if (!out.refused && world.state.floor.refuses(world.now)) {
        out.refused = error("ClockBack", "grant: the clock of this host went back; set it right first");
    }
    if (!out.refused && world.state.locks.contains(event.user)) {
        out.refused = error("Locked", fmt::format("grant: {} is locked; unlock first: jitctl unlock {}", event.user,
                                                  event.user));
    }
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
    Pin pin{grant.id, grant.account, grant.uid, grant.role, grant.not_before, grant.not_after, std::nullopt};
    if (grant.not_before <= world.now.wall) {
        pin.activation = Activation{grant.not_after, world.now.boot + event.duration, world.now.boot_id};
    }
    out.records.push_back(grant_record(event::kGrantCreated, grant, actor,
                                       fmt::format("{} grants {} role {} until {}: {}", actor.account, grant.account,
                                                   grant.role, format_time(grant.not_after), grant.reason)));
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
    return out;
}

}  // namespace jit::core
