// SPDX-License-Identifier: Apache-2.0
#include "jitd/rows.hpp"

namespace jit::daemon {
namespace {

using core::Result;

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words) out += (out.empty() ? "" : ",") + word;
    return out;
}

std::optional<std::int64_t> wide(std::optional<std::uint32_t> v) {
    return v ? std::optional<std::int64_t>(*v) : std::nullopt;
}

struct Write {
    sqlite3* db;
    Statements& kept;

    Result<void> operator()(const core::PutGrant& c) const {
        const auto& g = c.grant;
        return Statement(db, kept, "INSERT OR REPLACE INTO grants VALUES (?,?,?,?,?,?,?,?,?,?,?,?)")
            .text(g.id).text(to_string(g.origin)).text(g.account).number(wide(g.uid)).text(g.role)
            .time(g.not_before).time(g.not_after).text(g.reason).text(g.ticket)
            .text(joined(g.approvers)).text(joined(g.keys)).text(g.request).run();
    }
    Result<void> operator()(const core::PutEnded& c) const {
        const auto& e = c.ended;
        return Statement(db, kept, "INSERT OR IGNORE INTO ended VALUES (?,?,?,?)")
            .text(e.grant_id).text(to_string(e.how)).text(e.by).time(e.at).run();
    }
    Result<void> operator()(const core::PutPin& c) const {
        const auto& p = c.pin;
        Statement s(db, kept, "INSERT OR REPLACE INTO pins VALUES (?,?,?,?,?,?,?,?,?)");
        s.text(p.grant_id).text(p.account).number(wide(p.uid)).text(p.role).time(p.not_before).time(p.not_after);
        if (p.activation) {
            s.time(p.activation->end).number(p.activation->deadline.time_since_epoch().count())
                .text(p.activation->boot_id);
        }
        return s.run();
    }
    Result<void> operator()(const core::PutSession& c) const {
        const auto& n = c.session;
        auto ok = Statement(db, kept, "INSERT OR REPLACE INTO sessions VALUES (?,?,?,?,?,?,?,?,?,'',?,?,?,?,?,"
                             "(SELECT value FROM meta WHERE name = 'boot_id'),?)")
            .text(n.id).text(n.grant).text(n.role).text(n.account).number(n.uid).text(n.target).text(n.service)
            .text(n.tty).text(n.rhost).text(n.recording).time(n.opened).time(n.backstop).text(to_string(n.state))
            .number(n.since.time_since_epoch().count()).text(n.end_code).run();
        if (!ok || n.warned <= n.opened) return ok;
        const auto name = kWarnedMeta + n.id;
        const auto value = std::to_string(core::to_usec(n.warned));
        return Statement(db, kept, "REPLACE INTO meta VALUES (?,?)").text(name).blob(value.data(), value.size()).run();
    }
    Result<void> operator()(const core::CloseSession& c) const {
        const auto warned = kWarnedMeta + c.id;
        auto ok = Statement(db, kept, "DELETE FROM meta WHERE name = ?").text(warned).run();
        if (ok) ok = Statement(db, kept, "DELETE FROM sessions WHERE id = ?").text(c.id).run();  // the journal keeps its story
        return ok;
    }
    Result<void> operator()(const core::PutLock& c) const {
        return Statement(db, kept, "INSERT OR REPLACE INTO locks VALUES (?,?,?,?)")
            .text(c.lock.account).text(c.lock.by).text(c.lock.reason).time(c.lock.at).run();
    }
    Result<void> operator()(const core::DropLock& c) const {
        return Statement(db, kept, "DELETE FROM locks WHERE account = ?").text(c.account).run();
    }
    Result<void> operator()(const core::PutRequest& c) const {
        const auto& r = c.request;
        auto ok = Statement(db, kept, "INSERT OR REPLACE INTO requests VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)")
            .text(r.id).text(r.account).number(r.uid).text(r.role).number(r.duration.count())
            .number(r.start ? std::optional<std::int64_t>(r.start->time_since_epoch().count()) : std::nullopt)
            .text(r.reason).text(r.ticket).text(to_string(r.state)).text(r.rule).number(r.needed)
            .time(r.created).time(r.expires).text(r.grant).run();
        if (ok) ok = Statement(db, kept, "DELETE FROM decisions WHERE request_id = ?").text(r.id).run();
        if (ok) ok = asked(r);
        for (const auto& statement : r.statements) {
            if (ok) ok = said(r.id, statement);
        }
        return ok;
    }
    Result<void> operator()(const core::DropRequest& c) const {
        auto ok = Statement(db, kept, "DELETE FROM requests WHERE id = ?").text(c.id).run();
        if (ok) ok = Statement(db, kept, "DELETE FROM decisions WHERE request_id = ?").text(c.id).run();
        if (ok) ok = Statement(db, kept, "DELETE FROM used_tokens WHERE request_id = ?").text(c.id).run();
        return ok;
    }
    Result<void> operator()(const core::DropGrant& c) const {
        auto ok = Statement(db, kept, "DELETE FROM grants WHERE id = ?").text(c.id).run();
        if (ok) ok = Statement(db, kept, "DELETE FROM pins WHERE grant_id = ?").text(c.id).run();
        if (ok) ok = Statement(db, kept, "DELETE FROM ended WHERE grant_id = ?").text(c.id).run();
        return ok;
    }
    Result<void> operator()(const core::PutUse& c) const {
        const auto& u = c.use;
        std::string value = u.grant + "\n" + u.role + "\n" + std::to_string(u.sessions) + "\n" + std::to_string(u.terminated) +
                            "\n" + std::to_string(core::to_usec(u.first)) + "\n" + std::to_string(core::to_usec(u.last));
        for (const auto& target : u.targets) value += "\n" + target;
        const auto name = kUseMeta + u.account;
        return Statement(db, kept, "REPLACE INTO meta VALUES (?,?)").text(name).blob(value.data(), value.size()).run();
    }
    Result<void> operator()(const core::PutToken& c) const {
        return Statement(db, kept, "INSERT OR IGNORE INTO used_tokens VALUES (?,?,?)")
            .text(c.token.id).text(c.token.request).time(c.token.at).run();
    }
    Result<void> operator()(const core::PutFile& c) const {
        if (c.file.serial == 0) return {};  // nothing was accepted yet: no marks to keep
        auto ok = put_meta(db, "serial", std::to_string(c.file.serial));
        if (ok) ok = put_meta(db, "sha256", {reinterpret_cast<const char*>(c.file.sha256.data()), 32});
        if (ok) ok = put_meta(db, "file_expires", std::to_string(core::to_usec(c.file.expires)));
        return ok;
    }
    Result<void> operator()(const core::PutFloor&) const { return {}; }  // every commit writes the floor
    Result<void> operator()(const core::ReplaceFileGrants&) const { return {}; }

    /** Who asked, by which login, and for what: a row beside what others said. */
    [[nodiscard]] Result<void> asked(const core::Request& r) const {
        const char* kind = r.kind == core::RequestKind::extension    ? kAskedMore
                           : r.kind == core::RequestKind::breakglass ? kAskedBreakglass
                                                                     : kAskedRole;
        return Statement(db, kept, "INSERT INTO decisions VALUES (?,?,?,?,?,NULL,'',?)")
            .text(r.id).text(kAsked).text(r.asker).text(kind).text(kAsked).time(r.created).run();
    }
    [[nodiscard]] Result<void> said(const std::string& request, const core::Statement& s) const {
        const auto word = name_of(s.said);
        // One row for each person and word: who approved may still deny.
        const auto key = s.said == core::Said::approved ? s.principal : std::string(word) + ":" + s.principal;
        return Statement(db, kept, "INSERT OR REPLACE INTO decisions VALUES (?,?,?,?,?,?,?,?)")
            .text(request).text(key).text(s.account).text(s.via).text(word)
            .number(s.duration ? std::optional<std::int64_t>(s.duration->count()) : std::nullopt)
            .text(s.reason).time(s.at).run();
    }
};

}  // namespace

std::string_view name_of(core::Said said) {
    switch (said) {
        case core::Said::approved: return "approved";
        case core::Said::denied: return "denied";
        case core::Said::reviewed: return "reviewed";
    }
    return "";
}

Result<void> write_row(sqlite3* db, Statements& kept, const core::Change& change) {
    return std::visit(Write{db, kept}, change);
}

Result<void> put_meta(sqlite3* db, const char* name, std::string_view value) {
    return Statement(db, "INSERT INTO meta VALUES (?,?) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
        .text(name)
        .blob(value.data(), value.size())
        .run();
}

}  // namespace jit::daemon
