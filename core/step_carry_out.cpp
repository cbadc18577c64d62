// SPDX-License-Identifier: Apache-2.0
// What an approved request becomes: a grant, or a later end of one that is there.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/duration.hpp"
#include "core/steps.hpp"

namespace jit::core {
namespace {

/** The shortest that anybody allowed. */
Usec granted(const Request& request) {
    Usec out = request.duration;
    for (const auto* approval : request.approvals()) {
        if (approval->duration) out = std::min(out, *approval->duration);
    }
    return out;
}

std::optional<Error> over_or_beyond(const World& world, const Grant* grant, const Request& request) {
    if (grant && !is_over(*grant, world)) return beyond_extension(world, "approve", *grant, granted(request));
    return error("NotFound", fmt::format("approve: grant {}: over already, so there is nothing to extend", request.grant));
}

/** The principals that agreed, and the keys some of them did it with. */
std::pair<std::vector<std::string>, std::vector<std::string>> voices(const Request& request) {
    std::vector<std::string> people, keys;
    for (const auto* approval : request.approvals()) {
        if (!approval->principal.empty()) people.push_back(approval->principal);
        if (const auto key = approval->key(); !key.empty()) keys.emplace_back(key);
    }
    return {people, keys};
}

Origin origin_of(const Request& request) {
    if (request.kind == RequestKind::breakglass) return Origin::breakglass;
    return !request.statements.empty() && !request.statements.back().key().empty() ? Origin::token : Origin::request;
}

void new_grant(Transition& out, const World& world, const Request& request, const std::string& id, const Actor& actor) {
    Grant grant;
    grant.id = id;
    grant.origin = origin_of(request);
    grant.account = request.account;
    grant.uid = request.uid;
    grant.role = request.role;
    grant.not_before = request.start ? std::max(*request.start, world.now.wall) : world.now.wall;
    grant.not_after = grant.not_before + granted(request);
    grant.reason = request.reason;
    grant.ticket = request.ticket;
    std::tie(grant.approvers, grant.keys) = voices(request);
    grant.request = request.id;
    auto message = fmt::format("request {} gives {} role {} until {}: {}", request.id, grant.account, grant.role,
                               format_time(grant.not_after), grant.reason);
    if (grant.origin == Origin::breakglass) {
        auto alarm = fmt::format("BREAK-GLASS: {} has role {} until {}, let in by key {}: {}", grant.account, grant.role,
                                 format_time(grant.not_after), fmt::join(grant.keys, ", "), grant.reason);
        Record record(event::kBreakglassUsed, alarm);
        by(describe(record, grant), actor);
        out.records.push_back(std::move(record));
        out.actions.emplace_back(TellEverybody{std::move(alarm)});
    }
    make_grant(out, world, std::move(grant), actor, std::move(message));
}

/** Who waited for it in a session that it holds may have been warned of the old end. */
void tell_sessions(Transition& out, const World& world, const Grant& grant, Usec span) {
    for (const auto& [id, session] : world.state.sessions) {
        if (session.account != grant.account || session.state != SessionState::open) continue;
        const auto held = holding(session, world.state, world.config, world.now);
        const Wall end = std::min(grant.not_after + span, session.backstop);
        if (held.grant != grant.id || end <= end_of(session, held)) continue;
        out.actions.emplace_back(TellPerson{id, fmt::format("your session as {} goes on until {}: more time was approved",
                                                            session.target, format_time(end))});
    }
}

/** As it was before, with the tokens of earlier approvals; what a rule approved at once was not there. */
void put_back(TakeBack& out, const World& world, const std::string& id) {
    out.changes.emplace_back(DropRequest{id});  // and the token that was the last
    const Request* before = world.state.request(id);
    if (!before) return;
    out.changes.emplace_back(PutRequest{*before});
    for (const auto& [token_id, token] : world.state.used_tokens) {
        if (token.request == id) out.changes.emplace_back(PutToken{token});
    }
}

}  // namespace

void carry_out(Transition& out, const World& world, Request request, const std::string& fresh_grant, const Actor& actor) {
    request.state = RequestState::approved;
    if (request.kind == RequestKind::extension) {
        const Grant* grant = world.state.grant(request.grant);
        auto refused = over_or_beyond(world, grant, request);
        if (refused) {
            out = Transition{};
            out.refused = std::move(refused);
            return;
        }
        auto [people, keys] = voices(request);
        extend_grant(out, world, *grant,
                     {granted(request), request.reason, request.ticket, request.id, std::move(people), std::move(keys)}, actor);
        if (world.state.request(request.id)) tell_sessions(out, world, *grant, granted(request));
    } else {
        request.grant = fresh_grant;
        new_grant(out, world, request, fresh_grant, actor);
    }
    put_back(out.take_back, world, request.id);
    out.actions.emplace_back(Announce{"request", request.id, std::string(to_string(request.state))});
    out.changes.emplace_back(PutRequest{std::move(request)});
}

}  // namespace jit::core
