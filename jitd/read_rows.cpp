// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>

#include "jitd/rows.hpp"

namespace jit::daemon {
namespace {

using core::Result;

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < text.size();) {
        const auto comma = std::min(text.find(separator, at), text.size());
        out.push_back(text.substr(at, comma - at));
        at = comma + 1;
    }
    return out;
}

std::optional<std::uint32_t> narrow(std::optional<std::int64_t> v) {
    return v ? std::optional<std::uint32_t>(static_cast<std::uint32_t>(*v)) : std::nullopt;
}

std::uint64_t number_of(const std::string& text) { return std::strtoull(text.c_str(), nullptr, 10); }

core::Session read_session(Statement& s, const std::string& boot_id) {
    core::Session n;
    n.id = s.text(); n.grant = s.text(); n.role = s.text(); n.account = s.text();
    n.uid = static_cast<std::uint32_t>(s.number());
    n.target = s.text(); n.service = s.text(); n.tty = s.text(); n.rhost = s.text();
    n.opened = s.time(); n.backstop = s.time();
    const auto state = s.text();
    n.state = state == "opening" ? core::SessionState::opening
              : state == "finishing" ? core::SessionState::finishing
              : state == "ending"    ? core::SessionState::ending : core::SessionState::open;
    n.since = core::Boot(core::Usec(s.number()));
    n.end_code = s.text();
    n.recording = s.text();
    n.warned = n.opened;
    if (s.text() != boot_id) n.since = core::Boot{};  // of a boot that is over: every limit counted from it has passed
    return n;
}

core::Origin origin_from(const std::string& name) {
    for (const auto origin : {core::Origin::request, core::Origin::token, core::Origin::breakglass}) {
        if (to_string(origin) == name) return origin;
    }
    return core::Origin::local;
}

Result<void> read_grants(sqlite3* db, core::State& state) {
    Statement s(db, "SELECT id, account, uid, role, not_before_usec, not_after_usec, reason, ticket, approvers, keys, request, "
                    "origin FROM grants");
    while (s.row()) {
        core::Grant g;
        g.id = s.text(); g.account = s.text(); g.uid = narrow(s.maybe()); g.role = s.text();
        g.not_before = s.time(); g.not_after = s.time(); g.reason = s.text(); g.ticket = s.text();
        g.approvers = split(s.text(), ','); g.keys = split(s.text(), ','); g.request = s.text();
        g.origin = origin_from(s.text());
        core::apply(state, core::PutGrant{std::move(g)});
    }
    return s.outcome();
}

Result<void> read_ended(sqlite3* db, core::State& state) {
    Statement s(db, "SELECT grant_id, how, by, at_usec FROM ended");
    while (s.row()) {
        core::Ended e;
        e.grant_id = s.text();
        e.how = core::end_how_from(s.text()).value_or(core::EndHow::revoked);
        e.by = s.text();
        e.at = s.time();
        core::apply(state, core::PutEnded{std::move(e)});
    }
    return s.outcome();
}

Result<void> read_pins(sqlite3* db, core::State& state) {
    Statement s(db, "SELECT grant_id, account, uid, role, not_before_usec, not_after_usec, end_usec, deadline_boot, boot_id FROM "
                    "pins");
    while (s.row()) {
        core::Pin p;
        p.grant_id = s.text(); p.account = s.text(); p.uid = narrow(s.maybe()); p.role = s.text();
        p.not_before = s.time(); p.not_after = s.time();
        const auto end = s.maybe();
        const auto deadline = s.maybe();
        if (end && deadline) {
            p.activation = core::Activation{core::Wall(core::Usec(*end)), core::Boot(core::Usec(*deadline)), s.text()};
        }
        core::apply(state, core::PutPin{std::move(p)});
    }
    return s.outcome();
}

Result<void> read_sessions(sqlite3* db, core::State& state, const std::string& boot_id) {
    Statement s(db, "SELECT id, grant_id, role, account, uid, target, service, tty, rhost, opened_usec, backstop_usec, state, "
                    "since_boot, end_code, recording, boot_id FROM sessions");
    while (s.row()) core::apply(state, core::PutSession{read_session(s, boot_id)});
    return s.outcome();
}

Result<void> read_warned(sqlite3* db, core::State& state) {
    Statement s(db, "SELECT name, value FROM meta WHERE name >= 'warned:' AND name < 'warned;'");
    while (s.row()) {
        const auto it = state.sessions.find(s.text().substr(kWarnedMeta.size()));
        const auto at = core::from_usec(number_of(s.blob()));
        if (it != state.sessions.end()) it->second.warned = at;
    }
    return s.outcome();
}

Result<void> read_locks(sqlite3* db, core::State& state) {
    Statement s(db, "SELECT account, by, reason, at_usec FROM locks");
    while (s.row()) {
        core::Lock l;
        l.account = s.text(); l.by = s.text(); l.reason = s.text(); l.at = s.time();
        core::apply(state, core::PutLock{std::move(l)});
    }
    return s.outcome();
}

/** One row of `decisions` joins its request. */
void read_decision(Statement& s, core::Request& request) {
    core::Statement said;
    auto principal = s.text();
    said.account = s.text(); said.via = s.text();
    const auto word = s.text();
    if (const auto duration = s.maybe()) said.duration = core::Usec(*duration);
    said.reason = s.text(); said.at = s.time();
    if (word == kAsked) {
        request.asker = said.account;
        request.kind = said.via == kAskedMore         ? core::RequestKind::extension
                       : said.via == kAskedBreakglass ? core::RequestKind::breakglass
                                                      : core::RequestKind::role;
        return;
    }
    for (const auto kind : {core::Said::denied, core::Said::reviewed}) {
        if (word != name_of(kind)) continue;
        said.said = kind;
        principal.erase(0, word.size() + 1);
    }
    said.principal = std::move(principal);
    request.statements.push_back(std::move(said));
}

Result<void> read_requests(sqlite3* db, core::State& state) {
    Statement s(db, "SELECT id, account, uid, role, duration_usec, start_usec, reason, ticket, state, rule, needed, created_usec, "
                    "expires_usec, grant_id FROM requests");
    Statement decisions(db, "SELECT principal, account, via, decision, duration_usec, reason, time_usec FROM decisions WHERE "
                            "request_id = ? ORDER BY time_usec, principal");
    while (s.row()) {
        core::Request r;
        r.id = s.text(); r.account = s.text(); r.uid = static_cast<std::uint32_t>(s.number()); r.role = s.text();
        r.duration = core::Usec(s.number());
        if (const auto start = s.maybe()) r.start = core::Wall(core::Usec(*start));
        r.reason = s.text(); r.ticket = s.text();
        r.state = core::request_state_from(s.text()).value_or(core::RequestState::expired);
        r.rule = s.text(); r.needed = static_cast<std::uint32_t>(s.number());
        r.created = s.time(); r.expires = s.time(); r.grant = s.text();
        decisions.again().text(r.id);
        while (decisions.row()) read_decision(decisions, r);
        if (auto ok = decisions.outcome(); !ok) return ok;
        core::apply(state, core::PutRequest{std::move(r)});
    }
    return s.outcome();
}

Result<void> read_tokens(sqlite3* db, core::State& state) {
    Statement s(db, "SELECT id, request_id, used_usec FROM used_tokens");
    while (s.row()) {
        core::UsedToken t;
        t.id = s.text(); t.request = s.text(); t.at = s.time();
        core::apply(state, core::PutToken{std::move(t)});
    }
    return s.outcome();
}

Result<void> read_uses(sqlite3* db, core::State& state) {
    Statement s(db, "SELECT name, value FROM meta WHERE name >= 'use:' AND name < 'use;'");
    while (s.row()) {
        core::Use use;
        use.account = s.text().substr(kUseMeta.size());
        auto fields = split(s.blob(), '\n');
        if (fields.size() < 6) continue;  // for the eyes of an approver only
        use.grant = fields[0];
        use.role = fields[1];
        use.sessions = static_cast<std::uint32_t>(number_of(fields[2]));
        use.terminated = static_cast<std::uint32_t>(number_of(fields[3]));
        use.first = core::from_usec(number_of(fields[4]));
        use.last = core::from_usec(number_of(fields[5]));
        use.targets.assign(fields.begin() + 6, fields.end());
        core::apply(state, core::PutUse{std::move(use)});
    }
    return s.outcome();
}

}  // namespace

Result<void> read_rows(sqlite3* db, core::State& state, const std::string& boot_id) {
    auto ok = read_grants(db, state);
    if (ok) ok = read_ended(db, state);
    if (ok) ok = read_pins(db, state);
    if (ok) ok = read_sessions(db, state, boot_id);
    if (ok) ok = read_warned(db, state);
    if (ok) ok = read_locks(db, state);
    if (ok) ok = read_requests(db, state);
    if (ok) ok = read_tokens(db, state);
    if (ok) ok = read_uses(db, state);
    return ok;
}

std::string get_meta(sqlite3* db, const char* name) {
    Statement s(db, "SELECT value FROM meta WHERE name = ?");
    s.text(name);
    return s.row() ? s.blob() : "";
}

}  // namespace jit::daemon
