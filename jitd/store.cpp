// SPDX-License-Identifier: Apache-2.0
#include "jitd/store.hpp"

#include <sodium.h>

#include <cstdio>
#include <cstring>

#include "core/result.hpp"
#include "jitd/schema.hpp"
#include "jitd/sql.hpp"

namespace jit::daemon {
namespace {

using core::fail;
using core::Result;

std::string path_in(const std::string& dir) { return dir + "/state.db"; }

Result<DbPtr> connect(const std::string& dir) {
    sqlite3* raw = nullptr;
    const auto path = path_in(dir);
    const int r = sqlite3_open_v2(path.c_str(), &raw,
                                  SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    DbPtr db(raw);
    if (r != SQLITE_OK) {
        return fail("Recovery", "state: " + path + ": " + (raw ? sqlite3_errmsg(raw) : "out of memory"));
    }
    sqlite3_busy_timeout(raw, 2000);  // a checkpoint on the worker
    return db;
}

Result<void> exec(sqlite3* db, const char* sql) {
    if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
    return fail("Recovery", std::string("state: ") + sqlite3_errmsg(db));
}

std::optional<std::int64_t> version_of(sqlite3* db) {
    Statement s(db, "PRAGMA user_version");
    return s.row() ? std::optional<std::int64_t>(s.number()) : std::nullopt;
}

Result<void> put_meta(sqlite3* db, const char* name, std::string_view value) {
    return Statement(db, "INSERT INTO meta VALUES (?,?) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
        .text(name)
        .blob(value.data(), value.size())
        .run();
}

std::string get_meta(sqlite3* db, const char* name) {
    Statement s(db, "SELECT value FROM meta WHERE name = ?");
    s.text(name);
    return s.row() ? s.blob() : "";
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words) out += (out.empty() ? "" : ",") + word;
    return out;
}

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < text.size();) {
        const auto comma = std::min(text.find(',', at), text.size());
        out.push_back(text.substr(at, comma - at));
        at = comma + 1;
    }
    return out;
}

std::optional<std::int64_t> wide(std::optional<std::uint32_t> v) {
    return v ? std::optional<std::int64_t>(*v) : std::nullopt;
}
std::optional<std::uint32_t> narrow(std::optional<std::int64_t> v) {
    return v ? std::optional<std::uint32_t>(static_cast<std::uint32_t>(*v)) : std::nullopt;
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
        return Statement(db, kept, "INSERT OR REPLACE INTO sessions VALUES (?,?,?,?,?,?,?,?,?,'','',?,?,?,?,"
                             "(SELECT value FROM meta WHERE name = 'boot_id'),?)")
            .text(n.id).text(n.grant).text(n.role).text(n.account).number(n.uid).text(n.target).text(n.service)
            .text(n.tty).text(n.rhost).time(n.opened).time(n.backstop).text(to_string(n.state))
            .number(n.since.time_since_epoch().count()).text(n.end_code).run();
    }
    Result<void> operator()(const core::CloseSession& c) const {
        return Statement(db, kept, "DELETE FROM sessions WHERE id = ?").text(c.id).run();  // the journal keeps its story
    }
    Result<void> operator()(const core::PutLock& c) const {
        return Statement(db, kept, "INSERT OR REPLACE INTO locks VALUES (?,?,?,?)")
            .text(c.lock.account).text(c.lock.by).text(c.lock.reason).time(c.lock.at).run();
    }
    Result<void> operator()(const core::DropLock& c) const {
        return Statement(db, kept, "DELETE FROM locks WHERE account = ?").text(c.account).run();
    }
    Result<void> operator()(const core::PutFile& c) const {
        if (c.file.serial == 0) return {};  // nothing was accepted yet: no marks to keep
        auto ok = put_meta(db, "serial", std::to_string(c.file.serial));
        if (ok) ok = put_meta(db, "sha256", {reinterpret_cast<const char*>(c.file.sha256.data()), 32});
        if (ok) ok = put_meta(db, "file_expires", std::to_string(core::to_usec(c.file.expires)));
        return ok;
    }
    Result<void> operator()(const core::ReplaceFileGrants&) const { return {}; }
};

core::Session read_session(Statement& s, const std::string& boot_id) {
    core::Session n;
    n.id = s.text(); n.grant = s.text(); n.role = s.text(); n.account = s.text();
    n.uid = static_cast<std::uint32_t>(s.number());
    n.target = s.text(); n.service = s.text(); n.tty = s.text(); n.rhost = s.text();
    n.opened = s.time(); n.backstop = s.time();
    const auto state = s.text();
    n.state = state == "opening" ? core::SessionState::opening
              : state == "ending" ? core::SessionState::ending : core::SessionState::open;
    n.since = core::Boot(core::Usec(s.number()));
    n.end_code = s.text();
    if (s.text() != boot_id) n.since = core::Boot{};  // of a boot that is over: every limit counted from it has passed
    return n;
}

Result<void> load_rows(sqlite3* db, core::State& state, const std::string& boot_id) {
    Statement grants(db, "SELECT id, account, uid, role, not_before_usec, not_after_usec, reason, ticket, approvers, "
                         "keys, request, origin FROM grants");
    while (grants.row()) {
        core::Grant g;
        g.id = grants.text(); g.account = grants.text(); g.uid = narrow(grants.maybe()); g.role = grants.text();
        g.not_before = grants.time(); g.not_after = grants.time(); g.reason = grants.text(); g.ticket = grants.text();
        g.approvers = split(grants.text()); g.keys = split(grants.text()); g.request = grants.text();
        const auto origin = grants.text();
        g.origin = origin == "request" ? core::Origin::request : origin == "token" ? core::Origin::token
                   : origin == "breakglass" ? core::Origin::breakglass : core::Origin::local;
        core::apply(state, core::PutGrant{std::move(g)});
    }
    if (auto ok = grants.outcome(); !ok) return ok;

    Statement ended(db, "SELECT grant_id, how, by, at_usec FROM ended");
    while (ended.row()) {
        core::Ended e;
        e.grant_id = ended.text();
        e.how = core::end_how_from(ended.text()).value_or(core::EndHow::revoked);
        e.by = ended.text();
        e.at = ended.time();
        core::apply(state, core::PutEnded{std::move(e)});
    }
    if (auto ok = ended.outcome(); !ok) return ok;

    Statement pins(db, "SELECT grant_id, account, uid, role, not_before_usec, not_after_usec, end_usec, "
                       "deadline_boot, boot_id FROM pins");
    while (pins.row()) {
        core::Pin p;
        p.grant_id = pins.text(); p.account = pins.text(); p.uid = narrow(pins.maybe()); p.role = pins.text();
        p.not_before = pins.time(); p.not_after = pins.time();
        const auto end = pins.maybe();
        const auto deadline = pins.maybe();
        if (end && deadline) {
            p.activation = core::Activation{core::Wall(core::Usec(*end)), core::Boot(core::Usec(*deadline)),
                                            pins.text()};
        }
        core::apply(state, core::PutPin{std::move(p)});
    }
    if (auto ok = pins.outcome(); !ok) return ok;

    Statement sessions(db, "SELECT id, grant_id, role, account, uid, target, service, tty, rhost, opened_usec, "
                           "backstop_usec, state, since_boot, end_code, boot_id FROM sessions");
    while (sessions.row()) core::apply(state, core::PutSession{read_session(sessions, boot_id)});
    if (auto ok = sessions.outcome(); !ok) return ok;

    Statement locks(db, "SELECT account, by, reason, at_usec FROM locks");
    while (locks.row()) {
        core::Lock l;
        l.account = locks.text(); l.by = locks.text(); l.reason = locks.text(); l.at = locks.time();
        state.locks.insert_or_assign(l.account, l);
    }
    return locks.outcome();
}

std::uint64_t unsigned_of(const std::string& text) { return text.empty() ? 0 : std::strtoull(text.c_str(), nullptr, 10); }

}  // namespace

Durability durability_of(const std::vector<core::Change>& changes) {
    for (const auto& change : changes) {
        const bool passing = std::holds_alternative<core::PutSession>(change) ||
                             std::holds_alternative<core::CloseSession>(change) ||
                             std::holds_alternative<core::ReplaceFileGrants>(change);
        if (!passing) return Durability::power;
    }
    return Durability::process;
}

Result<Store> Store::open(const std::string& dir) {
    auto db = connect(dir);
    if (!db) return db.failure();
    sqlite3* raw = db->get();
    const auto found = version_of(raw);  // its statement is over: the pragmas below want no transaction
    if (!found) return fail("Recovery", "state: " + path_in(dir) + ": " + sqlite3_errmsg(raw));
    if (*found > kSchemaVersion) {
        return fail("Recovery", "state: " + path_in(dir) + ": written by a newer jitd; install that version again");
    }
    if (auto wal = exec(raw, "PRAGMA journal_mode=WAL"); !wal) {
        std::fprintf(stderr, "<3>jitd: %s\n", wal.error().text.c_str());
    }
    auto ok = exec(raw, "PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-128; PRAGMA trusted_schema=OFF;");
    if (ok && *found == 0) {
        ok = exec(raw, "BEGIN IMMEDIATE");
        if (ok) ok = exec(raw, kSchema);
        if (ok) ok = exec(raw, "COMMIT");
    }
    if (ok) {
        Statement check(raw, "PRAGMA quick_check(1)");
        const bool fine = check.row() && check.text() == "ok";
        if (!fine) ok = fail("Recovery", "state: " + path_in(dir) + ": corrupt");
    }
    if (!ok) return ok.failure();
    return Store(std::move(*db));
}

Result<Loaded> Store::load(const std::string& machine_hash, const std::string& boot_id) {
    sqlite3* db = db_.get();
    Loaded out;
    // On a full disk what can be read still serves; only new state is refused.
    if (auto ok = put_meta(db, "boot_id", boot_id); !ok) std::fprintf(stderr, "<3>jitd: %s\n", ok.error().text.c_str());
    out.state.host_id = get_meta(db, "host_id");
    if (out.state.host_id.size() != 32 || get_meta(db, "machine") != machine_hash) {
        unsigned char random[16];
        randombytes_buf(random, sizeof random);  // a clone of this host is another host
        out.state.host_id = core::to_hex(random, sizeof random);
        auto ok = put_meta(db, "host_id", out.state.host_id);
        if (ok) ok = put_meta(db, "machine", machine_hash);
        if (!ok) return ok.failure();
    }
    out.state.floor = core::Floor(core::from_usec(unsigned_of(get_meta(db, "floor"))));
    out.state.file.serial = unsigned_of(get_meta(db, "serial"));
    out.state.file.expires = core::from_usec(unsigned_of(get_meta(db, "file_expires")));
    if (const auto sha = get_meta(db, "sha256"); sha.size() == 32) std::memcpy(out.state.file.sha256.data(), sha.data(), 32);
    out.seq = unsigned_of(get_meta(db, "seq"));
    if (const auto chain = get_meta(db, "chain"); chain.size() == 32) std::memcpy(out.chain.data(), chain.data(), 32);
    if (auto ok = load_rows(db, out.state, boot_id); !ok) return ok.failure();
    Statement outbox(db, "SELECT seq, chain, datagram FROM outbox ORDER BY seq");
    while (outbox.row()) {
        core::SealedRecord r;
        r.seq = static_cast<std::uint64_t>(outbox.number());
        if (const auto chain = outbox.blob(); chain.size() == 32) std::memcpy(r.chain.data(), chain.data(), 32);
        r.datagram = outbox.blob();
        out.outbox.push_back(std::move(r));
    }
    if (auto ok = outbox.outcome(); !ok) return ok.failure();
    return out;
}

Result<void> Store::begin(Durability durability) {
    if (durability_ != durability) {
        auto ok = exec(db_.get(), durability == Durability::power ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
        if (!ok) return ok;
        durability_ = durability;
    }
    return statement("BEGIN IMMEDIATE").run();
}

Result<void> Store::commit(const std::vector<core::Change>& changes, const std::vector<core::SealedRecord>& records,
                           core::Wall floor, Durability durability) {
    auto ok = begin(durability);
    if (!ok) return ok;
    for (const auto& change : changes) {
        if (ok) ok = std::visit(Write{db_.get(), *statements_}, change);
    }
    for (const auto& record : records) {
        if (!ok) break;
        ok = statement("INSERT OR REPLACE INTO outbox VALUES (?,?,?)")
                 .number(static_cast<std::int64_t>(record.seq))
                 .blob(record.chain.data(), record.chain.size())
                 .blob(record.datagram.data(), record.datagram.size())
                 .run();
    }
    if (ok && !records.empty()) {
        const auto& last = records.back();
        const auto seq = std::to_string(last.seq);
        ok = statement("REPLACE INTO meta VALUES ('seq',?),('chain',?)")
                 .blob(seq.data(), seq.size())
                 .blob(last.chain.data(), last.chain.size())
                 .run();
    }
    const auto usec = std::to_string(core::to_usec(floor));
    if (ok) ok = statement("REPLACE INTO meta VALUES ('floor',?)").blob(usec.data(), usec.size()).run();
    if (ok) ok = statement("COMMIT").run();
    if (!ok) (void)exec(db_.get(), "ROLLBACK");
    return ok;
}

Result<void> Store::forget_records(std::uint64_t seq) {
    return statement("DELETE FROM outbox WHERE seq <= ?").number(static_cast<std::int64_t>(seq)).run();
}

Result<void> Store::save_floor(core::Wall floor) {
    return commit({}, {}, floor, Durability::power);
}

void checkpoint(const std::string& dir) {
    auto db = connect(dir);
    // A connection that has read nothing yet knows of no log, and its checkpoint would do nothing.
    if (db && version_of(db->get())) {
        (void)sqlite3_wal_checkpoint_v2(db->get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    }
}

}  // namespace jit::daemon
