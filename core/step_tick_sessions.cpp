// SPDX-License-Identifier: Apache-2.0
// What time does to sessions: warnings before the end, the end, what may finish after it, and the kill.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/duration.hpp"
#include "core/steps.hpp"

namespace jit::core {
namespace {

/** Allowed, and never in its scope: another line of the PAM stack refused it, or skipped the one that makes it. */
void never_came(Transition& out, const World& world, const Session& session) {
    Session failed = session;
    failed.end_code = to_string(Code::unavailable);
    Record record(event::kSessionClosed,
                  fmt::format("session {} of {} never came to its scope. See: jitctl pam status", session.id, session.account));
    describe(record, failed).set("CODE", failed.end_code);
    out.records.push_back(std::move(record));
    out.changes.emplace_back(CloseSession{session.id, failed.end_code, world.now.wall});
    // Should it be there after all: that it came was perhaps not written down.
    const Role* role = world.config.policy.role(session.role);
    out.actions.emplace_back(StopSession{session.id, role ? role->on_end : OnEnd::terminate});
    out.actions.emplace_back(Announce{"session", session.id, "closed"});
}

void warn(Transition& out, const World& world, const Session& session, const Decision& held) {
    const auto end = end_of(session, held);
    const auto& before = world.config.settings.warn;
    // After a step back the time of the last warning is still to come, and says nothing.
    const Wall told = session.warned > world.now.wall ? Wall{} : session.warned;
    const bool due = std::any_of(before.begin(), before.end(), [&](Usec span) {
        return end - span > told && end - span <= world.now.wall;
    });
    if (!due || end <= world.now.wall) return;
    const auto left = std::chrono::ceil<std::chrono::seconds>(end - world.now.wall);
    Session warned = session;
    warned.warned = world.now.wall;
    Record record(event::kSessionWarned, fmt::format("session {} of {} ends in {}", session.id, session.account,
                                                     format_duration(left)));
    describe(record, session).set("NOT_AFTER", format_time(end));
    out.records.push_back(std::move(record));
    const auto hint = way_on(world, session, held);
    out.actions.emplace_back(TellPerson{session.id, fmt::format("your session as {} ends in {}.{}{}", session.target,
                                                                format_duration(left), hint.empty() ? "" : " ", hint)});
    out.actions.emplace_back(Announce{"session", session.id, "warned"});
    out.changes.emplace_back(PutSession{std::move(warned)});
}

void hold(Transition& out, const World& world, const Session& session, const Decision& held) {
    if (end_of(session, held) <= world.now.wall) return end_session(out, world, session, Code::expired);
    if (session.state == SessionState::open) return warn(out, world, session, held);
    if (session.state != SessionState::finishing) return;
    Session open = session;  // a new grant holds it
    open.state = SessionState::open;
    open.since = world.now.boot;
    out.actions.emplace_back(Announce{"session", session.id, "open"});
    out.changes.emplace_back(PutSession{std::move(open)});
}

void begin_finish(Transition& out, const World& world, const Session& session, const Role& role) {
    const auto until = std::min(world.now.wall + role.finish_limit, session.backstop - kBackstopMargin);
    const auto left = std::chrono::floor<std::chrono::seconds>(until - world.now.wall);
    if (left <= Usec{}) return end_session(out, world, session, Code::expired);
    Session finishing = session;
    finishing.state = SessionState::finishing;
    finishing.since = world.now.boot;
    Record record(event::kSessionWarned,
                  fmt::format("session {} of {} may finish within {}: its grant is over", session.id, session.account,
                              format_duration(left)));
    describe(record, session).set("CODE", std::string(to_string(Code::expired))).set("NOT_AFTER", format_time(until));
    out.records.push_back(std::move(record));
    out.actions.emplace_back(TellPerson{
        session.id, fmt::format("the grant of your session as {} is over. What runs may finish within {}", session.target,
                                format_duration(left))});
    out.actions.emplace_back(Announce{"session", session.id, "finishing"});
    out.changes.emplace_back(PutSession{std::move(finishing)});
}

void lapse(Transition& out, const World& world, const Session& session) {
    const auto code = why_unheld(world, session);
    const Role* role = world.config.policy.role(session.role);
    const bool finishes = code == Code::expired && role && role->on_end == OnEnd::finish;
    if (finishes && session.state == SessionState::open) return begin_finish(out, world, session, *role);
    const bool in_time = finishes && world.now.boot < session.since + role->finish_limit &&
                         world.now.wall < session.backstop - kBackstopMargin;
    if (in_time && session.state == SessionState::finishing) return;
    end_session(out, world, session, code);
}

/** When the next warning of this session is due. */
std::optional<Wall> next_warning(const World& world, const Session& session, const Decision& held) {
    const auto end = end_of(session, held);
    std::optional<Wall> next;
    for (const auto span : world.config.settings.warn) {
        if (end - span > world.now.wall) earlier(next, end - span);
    }
    return next;
}

}  // namespace

void tick_sessions(Transition& out, const World& world) {
    const auto& now = world.now;
    for (const auto& [id, session] : world.state.sessions) {
        if (session.state == SessionState::ending) {
            if (now.boot < session.since + world.config.settings.grace + kKillMargin) continue;
            out.actions.emplace_back(KillSession{id});
        } else if (session.state == SessionState::opening && now.boot >= session.since + kOpeningLimit) {
            never_came(out, world, session);
        } else if (const auto held = holding(session, world.state, world.config, now); held.allowed()) {
            hold(out, world, session, held);
        } else {
            lapse(out, world, session);
        }
    }
}

void next_due_of_sessions(Due& due, const World& world) {
    for (const auto& [id, session] : world.state.sessions) {
        if (session.state == SessionState::opening) earlier(due.boot, session.since + kOpeningLimit);
        if (session.state == SessionState::ending) {
            const auto kill = session.since + world.config.settings.grace + kKillMargin;
            earlier(due.boot, world.now.boot < kill ? kill : world.now.boot + kKillMargin);
        }
        const Role* role = world.config.policy.role(session.role);
        if (session.state == SessionState::finishing && role) earlier(due.boot, session.since + role->finish_limit);
        if (session.state == SessionState::finishing) earlier(due.wall, session.backstop - kBackstopMargin);
        if (session.state != SessionState::open) continue;
        const auto held = holding(session, world.state, world.config, world.now);
        if (!held.allowed()) continue;
        if (held.last_end > session.backstop) earlier(due.wall, end_of(session, held));
        if (const auto warning = next_warning(world, session, held)) {
            earlier(due.wall, *warning);
            earlier(due.boot, world.now.boot + (*warning - world.now.wall));  // should the wall clock go back meanwhile
        }
    }
}

}  // namespace jit::core
