// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "core/duration.hpp"
#include "core/steps.hpp"

namespace jit::core {

namespace {

std::string why_it_ends(const World& world, const Session& ending) {
    const auto code = code_from(ending.end_code).value_or(Code::unavailable);
    if (const auto held = holding(ending, world.state, world.config, world.now); code == Code::expired && held.allowed())
        return fmt::format("it can't be any longer; grant {} goes on until {}, so use {} again", held.grant,
                           format_time(held.ends), program_of(ending));
    switch (code) {
        case Code::expired: return "its grant is over";
        case Code::revoked: return "it was revoked";
        case Code::released: return "its grant was given back";
        case Code::locked: return "the account is locked";
        default: return "nothing allows it any more";
    }
}

}  // namespace

void end_session(Transition& out, const World& world, const Session& session, Code code) {
    Session ending = session;
    if (session.state != SessionState::ending) {  // told twice, it keeps its first reason and its kill is not put off
        ending.state = SessionState::ending;
        ending.since = world.now.boot;
        ending.end_code = to_string(code);
    }
    Record record(event::kSessionTerminated, fmt::format("session {} of {} is told to end [{}]", session.id,
                                                         session.account, ending.end_code));
    describe(record, session).set("CODE", ending.end_code);
    out.records.push_back(std::move(record));
    const Role* role = world.config.policy.role(session.role);
    if (session.state == SessionState::open || session.state == SessionState::finishing) {
        out.actions.emplace_back(TellPerson{
            session.id, fmt::format("your session as {} ends now: {} [{}]", session.target, why_it_ends(world, ending), ending.end_code)});
    }
    out.actions.emplace_back(StopSession{session.id, role ? role->on_end : OnEnd::terminate});
    out.actions.emplace_back(Announce{"session", session.id, "ending"});
    out.told.push_back(session.id);
    out.changes.emplace_back(PutSession{std::move(ending)});
}

Transition on_attach(const World& world, const AttachEvent& event) {
    Transition out;
    const auto it = world.state.sessions.find(event.session);
    if (it == world.state.sessions.end()) {
        out.refused = Error{"NotFound", fmt::format("Attach: session {}: not known or over", event.session)};
        return out;
    }
    if (it->second.state == SessionState::ending) {
        out.refused = Error{camel_case(it->second.end_code), fmt::format("Attach: session {}: ended", event.session)};
        return out;
    }
    Session open = it->second;
    open.state = SessionState::open;
    open.since = world.now.boot;
    out.changes.emplace_back(PutSession{std::move(open)});
    out.actions.emplace_back(Announce{"session", event.session, "open"});
    return out;
}

namespace {

Record recorded(const Session& session, const Recorded& found) {
    const bool kept = found.problem.empty();
    Record record(event::kSessionRecorded,
                  kept ? fmt::format("session {} of {} is recorded in {}", session.id, session.account, session.recording)
                       : fmt::format("session {} of {}: its recording {} can't be read: {}", session.id, session.account,
                                     session.recording, found.problem));
    describe(record, session);
    if (!kept) return std::move(record.set("CODE", std::string(to_string(found.code))));
    record.set("SHA256", to_hex(found.sha256.data(), found.sha256.size())).set("BYTES", std::to_string(found.bytes));
    return record;
}

/** What the account did with the grant it used last, for who decides on the next one. */
Use used(const World& world, const Session& session) {
    constexpr std::size_t kTargets = 8;
    const auto it = world.state.uses.find(session.account);
    Use use = it == world.state.uses.end() ? Use{} : it->second;
    if (use.grant != session.grant) {
        use = Use{};
        use.account = session.account;
        use.grant = session.grant;
        use.role = session.role;
        use.first = session.opened;
    }
    ++use.sessions;
    if (!session.end_code.empty()) ++use.terminated;
    use.first = std::min(use.first, session.opened);
    use.last = world.now.wall;
    const auto target = fmt::format("{} to {}", session.service, session.target);
    const bool known = std::find(use.targets.begin(), use.targets.end(), target) != use.targets.end();
    if (!known && use.targets.size() < kTargets) use.targets.push_back(target);
    return use;
}

}  // namespace

Transition on_empty(const World& world, const EmptyEvent& event) {
    Transition out;
    const auto it = world.state.sessions.find(event.session);
    if (it == world.state.sessions.end()) return out;
    const auto& session = it->second;
    const bool began = session.state != SessionState::opening;
    auto code = session.end_code;
    if (code.empty() && !began) code = to_string(Code::unavailable);
    if (code.empty() && world.now.wall >= session.backstop) code = to_string(Code::expired);
    Record record(event::kSessionClosed, fmt::format("session {} of {} {}", session.id, session.account, began ? "is over" : "never began"));
    describe(record, session).set("CODE", code);
    out.records.push_back(std::move(record));
    if (event.recorded) out.records.push_back(recorded(session, *event.recorded));
    if (began) out.changes.emplace_back(PutUse{used(world, session)});
    out.changes.emplace_back(CloseSession{session.id, code, world.now.wall});
    out.actions.emplace_back(Announce{"session", session.id, "closed"});
    return out;
}

}  // namespace jit::core
