// SPDX-License-Identifier: Apache-2.0
// A later end for a live grant, without a gap: asked for by its holder, or given by who may grant. And giving one back.
#include <fmt/format.h>

#include <algorithm>

#include "core/duration.hpp"
#include "core/offer.hpp"
#include "core/steps.hpp"
#include "core/text.hpp"

namespace jit::core {
namespace {

Record extended(const Grant& grant, std::string message) {
    Record record(event::kGrantExtended, std::move(message));
    describe(record, grant);
    return record;
}

/** The account behind the caller: in a root shell that of the session, otherwise of the login. */
std::string person_of(const World& world, const Actor& actor) {
    if (actor.uid != 0) return actor.account;
    const auto session = world.state.sessions.find(actor.session);
    if (session != world.state.sessions.end()) return session->second.account;
    return actor.login_account;
}

void add_new(std::vector<std::string>& to, const std::vector<std::string>& more) {
    for (const auto& one : more) {
        if (std::find(to.begin(), to.end(), one) == to.end()) to.push_back(one);
    }
}

std::string another(const World& world, const Grant& grant) {
    return ask_for_another(grant.role, grant.account, world.config);
}

std::optional<Error> not_extensible(const World& world, const Grant& grant) {
    if (is_over(grant, world)) {
        return error("NotFound", fmt::format("extend: grant {}: over already; {}", grant.id, another(world, grant)));
    }
    if (grant.origin == Origin::file) {
        return error("Limit", fmt::format("extend: the end of grant {} is signed; {}", grant.id, another(world, grant)));
    }
    if (grant.origin == Origin::breakglass) return error("Limit", "extend: break-glass has one end");
    return std::nullopt;
}

Error not_held(std::string_view verb, std::string_view id) {
    return error("NotFound", fmt::format("{}: grant {}: not found; see: jitctl list", verb, escape(id)));
}

/** What its holder may do is ask, by the same rules as for the grant itself. */
Transition ask_for_more(const World& world, const ExtendEvent& event, const Grant& grant) {
    RequestEvent ask;
    ask.id = event.id;
    ask.grant = event.fresh;
    ask.kind = RequestKind::extension;
    ask.extends = grant.id;
    ask.role = grant.role;
    ask.duration = event.duration;
    ask.reason = event.reason;
    ask.ticket = event.ticket;
    ask.local = event.local;
    ask.actor = event.actor;
    ask.actor.account = grant.account;
    ask.actor.groups = event.holder.groups;
    ask.actor.uid = grant.uid.value_or(kNoUid);
    return on_request(world, ask);
}

}  // namespace

std::optional<Error> beyond_extension(const World& world, std::string_view verb, const Grant& grant, Usec span) {
    const Role* role = world.config.policy.role(grant.role);
    if (!role) return error("RoleUnknown", fmt::format("{}: role {}: not in the policy of this host", verb, grant.role));
    if (span <= Usec{}) return error("InvalidArgument", fmt::format("{}: duration: must be longer than 0", verb));
    if (span % std::chrono::seconds(1) != Usec{}) {
        return error("InvalidArgument", fmt::format("{}: duration: must be whole seconds", verb));
    }
    const Usec left = left_to_extend(grant, *role, world.state);
    if (span <= left) return std::nullopt;
    if (left == Usec{}) {
        return error("Limit", fmt::format("{}: grant {} can't be extended{}; {}", verb, grant.id,
                                          role->max_extension == Usec{} ? fmt::format(": role {} has no max_extension", role->name)
                                                                        : " any more", another(world, grant)));
    }
    return error("Limit", fmt::format("{}: grant {} can be extended by {} at most (max_extension of role {})", verb, grant.id,
                                      format_duration(left), role->name));
}

void extend_grant(Transition& out, const World& world, const Grant& grant, const Extension& extension, const Actor& actor) {
    out.widens = true;
    Grant longer = grant;
    longer.not_after += extension.span;
    add_new(longer.approvers, extension.approvers);
    add_new(longer.keys, extension.keys);
    Record record = extended(longer, fmt::format("grant {} of {} goes on until {}: {}", grant.id, grant.account,
                                                 format_time(longer.not_after), extension.reason));
    by(record, actor).set("REASON", extension.reason).set("TICKET", extension.ticket).set("REQUEST", extension.request);
    out.records.push_back(std::move(record));
    out.take_back.changes.emplace_back(PutGrant{grant});
    auto kept = extended(grant, fmt::format("grant {} of {} keeps its end: the record of the extension was not accepted in "
                                            "time", grant.id, grant.account));
    kept.set("CODE", "AUDIT");
    out.take_back.records.push_back(std::move(kept));
    const Pin* pin = world.state.pin_of(grant.id);
    if (pin && pin->activation) {
        Pin moved = *pin;
        moved.activation->end += extension.span;
        moved.activation->deadline += extension.span;
        out.changes.emplace_back(PutPin{std::move(moved)});
    }
    out.actions.emplace_back(Announce{"grant", grant.id, "extended"});
    out.changes.emplace_back(PutGrant{std::move(longer)});
}

Transition on_extend(const World& world, const ExtendEvent& event) {
    Transition out;
    const auto& actor = event.actor;
    const Grant* grant = world.state.grant(event.grant);
    const auto person = person_of(world, actor);
    const auto& trust = world.config.trust;
    const bool holder = grant && !person.empty() && person == grant->account;
    if (!grant || !(holder || actor.admin)) {
        out.refused = not_held("extend", event.grant);
        return out;
    }
    if ((out.refused = not_extensible(world, *grant))) return out;
    if ((out.refused = beyond_extension(world, "extend", *grant, event.duration))) return out;
    if (holder) {
        out = ask_for_more(world, event, *grant);
        if (out.widens) {  // a rule said yes at once
            out.kind = "grant";
            out.id = grant->id;
        }
        return out;
    }
    if (trust.principal_of(person) == trust.principal_of(grant->account)) {
        out.refused = error("Self", fmt::format("extend: ask for it as {}", grant->account));
        return out;
    }
    if ((out.refused = may_grant(world, "extend", actor, grant->account))) return out;
    if ((out.refused = bad_text("extend", "reason", event.reason, kMaxReason))) return out;
    if (!event.ticket.empty() && (out.refused = bad_text("extend", "ticket", event.ticket, kMaxTicket))) return out;
    if ((out.refused = not_now(world, "extend", grant->account))) return out;
    out.kind = "grant";
    out.id = grant->id;
    extend_grant(out, world, *grant,
                 {event.duration, event.reason, event.ticket, "", {trust.principal_of(person.empty() ? actor.account : person)}, {}},
                 actor);
    return out;
}

Transition on_release(const World& world, const ReleaseEvent& event) {
    Transition out;
    const auto person = person_of(world, event.actor);
    std::vector<const Grant*> given;
    if (event.grant.empty()) {
        for (const Grant* grant : world.state.grants_of(person)) {
            const auto state = status_of(*grant, world.state, world.config, world.now).state;
            if (state == GrantState::active) given.push_back(grant);
        }
        if (given.empty()) out.refused = error("NotFound", "done: no grant of yours is active; see: jitctl list");
    } else {
        const Grant* grant = world.state.grant(event.grant);
        if (grant && grant->account == person && !is_over(*grant, world)) {
            given.push_back(grant);
        } else {
            out.refused = not_held("done", event.grant);
        }
    }
    for (const Grant* grant : given) {
        out.changes.emplace_back(PutEnded{Ended{grant->id, EndHow::released, person, world.now.wall}});
        Record record(event::kGrantReleased, fmt::format("{} gives grant {} back", grant->account, grant->id));
        by(describe(record, *grant), event.actor).set("CODE", "RELEASED");
        out.records.push_back(std::move(record));
        out.actions.emplace_back(Announce{"grant", grant->id, "released"});
        out.ended.push_back(grant->id);
    }
    if (out.refused) return out;
    end_uncovered(out, world, out.ended, Code::released);
    out.still = still_open(world, person, out.ended);
    return out;
}

}  // namespace jit::core
