// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "core/duration.hpp"
#include "core/steps.hpp"

namespace jit::core {
namespace {

Record check_record(const State& state, const CheckEvent& event, const Decision& decision) {
    const auto& query = event.query;
    const bool allowed = decision.allowed();
    const auto& kind = allowed            ? event::kCheckAllowed
                       : event.permissive ? event::kCheckWouldDeny
                                          : event::kCheckDenied;
    const auto use = query.target ? fmt::format("{} to {}", query.service, *query.target) : query.service;
    const auto verb = allowed ? "may use" : event.permissive ? "would not be let use" : "may not use";
    const auto by = decision.grant.empty() ? "" : " by grant " + decision.grant;
    Record record(kind, fmt::format("{} {} {}{} [{}]", query.account, verb, use, by, to_string(decision.code)));
    if (const Grant* grant = state.grant(decision.grant)) describe(record, *grant);
    if (!decision.request.empty()) record.set("REQUEST", decision.request);
    record.set("USER", query.account)
        .set("UID", std::to_string(query.uid))
        .set("LOGINUID", login_text(query.loginuid))
        .set("SERVICE", query.service)
        .set("TARGET", query.target.value_or(""))
        .set("TTY", event.tty)
        .set("RHOST", event.rhost)
        .set("SESSION", event.phase == Phase::scope ? event.session : "")
        .set("DECISION", allowed ? "allow" : event.permissive ? "would_deny" : "deny")
        .set("CODE", std::string(to_string(decision.code)));
    return record;
}

/** The name and uid of the first use hold for this grant id from now on. */
void pin_uids(Transition& out, const World& world, const Query& query) {
    for (const Grant* grant : world.state.grants_of(query.account)) {
        const Pin* pin = world.state.pin_of(grant->id);
        if (!pin || pin->uid || grant->uid) continue;
        Pin pinned = *pin;
        pinned.uid = query.uid;
        out.changes.emplace_back(PutPin{pinned});
    }
}

void open_session(Transition& out, const World& world, const CheckEvent& event) {
    const auto& query = event.query;
    Session session;
    session.id = event.session;
    session.grant = out.decision.grant;
    session.role = out.decision.role;
    session.account = query.account;
    session.uid = query.uid;
    session.target = query.target.value_or("");
    session.service = query.service;
    session.tty = event.tty;
    session.rhost = event.rhost;
    session.recording = event.recording;
    session.opened = session.warned = world.now.wall;
    session.backstop = out.decision.backstop;
    session.since = world.now.boot;
    Record record(event::kSessionOpened,
                  fmt::format("{} elevates to {} by {} under grant {} until {}", session.account, session.target,
                              session.service, session.grant, format_time(out.decision.ends)));
    if (const Grant* grant = world.state.grant(session.grant)) describe(record, *grant);
    describe(record, session)
        .set("PID", event.pid == 0 ? "" : std::to_string(event.pid))
        .set("LOGINUID", login_text(query.loginuid))
        .set("DECISION", "allow")
        .set("CODE", std::string(to_string(out.decision.code)))
        .set("NOT_AFTER", format_time(out.decision.ends));
    out.records.push_back(std::move(record));
    out.changes.emplace_back(PutSession{session});
    out.actions.emplace_back(Announce{"session", session.id, std::string(to_string(session.state))});
    out.session = std::move(session);
}

/** The third check: the scope exists, and the session must still be wanted. */
Transition scope_check(const World& world, const CheckEvent& event) {
    Transition out;
    const auto it = world.state.sessions.find(event.session);
    const bool live = it != world.state.sessions.end() && it->second.account == event.query.account &&
                      it->second.uid == event.query.uid && it->second.state == SessionState::open;
    if (live && still_covered(it->second, world.state, world.config, world.now)) {
        out.decision.code = Code::grant;
        out.decision.grant = it->second.grant;
        out.decision.role = it->second.role;
        return out;
    }
    const auto code = it == world.state.sessions.end() ? std::nullopt : code_from(it->second.end_code);
    out.decision.code = code && !allows(*code) ? *code : Code::expired;
    if (it != world.state.sessions.end()) out.decision.grant = it->second.grant;
    out.decision.ends = world.now.wall;
    out.text = denial_text(event.query, out.decision, world.config);
    out.records.push_back(check_record(world.state, event, out.decision));
    return out;
}

}  // namespace

Record overtaken(const State& state, const CheckEvent& event, const Decision& denied) {
    return check_record(state, event, denied);
}

Transition on_check(const World& world, const CheckEvent& event) {
    if (event.phase == Phase::scope) return scope_check(world, event);
    Transition out;
    out.decision = decide(event.query, world.state, world.config, world.now);
    if (out.decision.allowed()) {
        out.widens = true;
        out.memory_suffices = world.state.needs_recovery;
        if (out.decision.code == Code::grant) pin_uids(out, world, event.query);
        if (event.phase == Phase::session && out.decision.must_scope) {
            open_session(out, world, event);
        } else {
            out.records.push_back(check_record(world.state, event, out.decision));
        }
        return out;
    }
    out.text = denial_text(event.query, out.decision, world.config);
    out.records.push_back(check_record(world.state, event, out.decision));
    return out;
}

}  // namespace jit::core
