// SPDX-License-Identifier: Apache-2.0
// When a session ends, why, and what its person can do about it.
#include <fmt/format.h>

#include <algorithm>

#include "core/duration.hpp"
#include "core/offer.hpp"
#include "core/steps.hpp"

namespace jit::core {
namespace {

constexpr Usec kMoreTime = std::chrono::minutes(30);  // what a hint asks for, where as much is allowed

/** When a grant stopped to hold anything, and why. */
struct Stop {
    Wall at;
    Code code = Code::revoked;
};

Code code_of(EndHow how) {
    switch (how) {
        case EndHow::expired: return Code::expired;
        case EndHow::released: return Code::released;
        case EndHow::revoked: break;
    }
    return Code::revoked;
}

/** What of the role keeps an active grant from holding this session. */
Code unfit(const World& world, const Session& session, const Grant& grant) {
    const Role* role = world.config.policy.role(grant.role);
    const auto service = service_from_pam(session.service);
    if (role && service && !role->covers(*service)) return Code::service;
    if (role && !role->covers(std::string_view(session.target))) return Code::target;
    if (role && role->record && session.recording.empty()) return Code::recording;
    return Code::role_unknown;
}

Stop stop_of(const World& world, const Session& session, const Pin& pin) {
    const Wall now = world.now.wall;
    if (const Ended* ended = world.state.end_of(pin.grant_id)) return {ended->at, code_of(ended->how)};
    const Grant* grant = world.state.grant(pin.grant_id);
    if (!grant) {  // gone with its file, before its end or after it
        const Wall end = pin.activation ? pin.activation->end : pin.not_after;
        return end <= now ? Stop{end, Code::expired} : Stop{now, Code::revoked};
    }
    const auto status = status_of(*grant, world.state, world.config, world.now);
    if (status.code == Code::expired) return {std::min(status.ends, now), Code::expired};
    return {now, allows(status.code) ? unfit(world, session, *grant) : status.code};
}

bool may_have_held(const World& world, const Session& session, const Pin& pin) {
    if (pin.account != session.account || !pin.activation || (pin.uid && *pin.uid != session.uid)) return false;
    const Role* role = world.config.policy.role(pin.role);
    const auto service = service_from_pam(session.service);
    return role && service && role->covers(*service) && role->covers(std::string_view(session.target));
}

/** A question of this person's that waits, and would let the session, or one like it, go on. */
const Request* asked(const World& world, const Session& session, const Decision& held) {
    for (const Request* request : world.state.requests_of(session.account)) {
        if (request->state != RequestState::pending) continue;
        if (request->kind == RequestKind::extension ? request->grant == held.grant : request->role == held.role) return request;
    }
    return nullptr;
}

}  // namespace

std::string program_of(const Session& session) {
    const auto service = service_from_pam(session.service);
    return service ? std::string(to_string(*service)) : session.service;
}

Code why_unheld(const World& world, const Session& session) {
    if (world.state.locks.contains(session.account)) return Code::locked;
    const Pin* own = world.state.pin_of(session.grant);
    Stop last = own ? stop_of(world, session, *own) : Stop{};
    for (const auto& [id, pin] : world.state.pins) {  // another may have held it longer
        if (id == session.grant || !may_have_held(world, session, pin)) continue;
        const Stop stop = stop_of(world, session, pin);
        if (stop.at > last.at) last = stop;
    }
    return last.code;
}

Wall end_of(const Session& session, const Decision& held) {
    return held.last_end > session.backstop ? session.backstop - kBackstopMargin : held.last_end;
}

std::string way_on(const World& world, const Session& session, const Decision& held) {
    if (held.last_end > session.backstop)
        return fmt::format("Grant {} goes on until {}: use {} again after it.", held.grant, format_time(held.ends), program_of(session));
    if (const Request* request = asked(world, session, held))
        return fmt::format("Request {} for {} waits for an answer: jitctl show {}", request->id,
                           request->kind == RequestKind::extension ? "more time" : "role " + request->role, request->id);
    const Grant* grant = world.state.grant(held.grant);
    const Role* role = world.config.policy.role(held.role);
    const auto offer = role ? offered(*role, world.config) : std::nullopt;
    if (!grant || !offer) return "";
    const Usec left = grant->origin == Origin::file ? Usec{} : left_to_extend(*grant, *role, world.state);
    if (left > Usec{}) {
        return fmt::format("More time: jitctl extend {} --for {} --reason \"...\"", held.grant, typed(std::min(kMoreTime, left)));
    }
    return "To go on after it, in your own shell: " + request_command(held.role, *offer);
}

}  // namespace jit::core
