// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "core/steps.hpp"

namespace jit::core {

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

Transition on_empty(const World& world, const EmptyEvent& event) {
    Transition out;
    const auto it = world.state.sessions.find(event.session);
    if (it == world.state.sessions.end()) return out;
    const auto& session = it->second;
    const auto code = session.end_code.empty() && world.now.wall >= session.backstop ? "EXPIRED" : session.end_code;
    Record record(event::kSessionClosed, fmt::format("session {} of {} is over", session.id, session.account));
    describe(record, session).set("CODE", code);
    out.records.push_back(std::move(record));
    out.changes.emplace_back(CloseSession{session.id, code, world.now.wall});
    out.actions.emplace_back(Announce{"session", session.id, "closed"});
    return out;
}

}  // namespace jit::core
