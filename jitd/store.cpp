// SPDX-License-Identifier: Apache-2.0
#include "jitd/store.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/result.hpp"
#include "jitd/rows.hpp"
#include "jitd/schema.hpp"
#include "trail/sql.hpp"

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

/** Which file this is, whatever it is called: inode and time of birth. */
std::string identity_of(const char* path) {
    struct statx st {};
    if (!path || ::statx(AT_FDCWD, path, 0, STATX_INO | STATX_BTIME, &st) != 0) return "";
    auto out = std::to_string(st.stx_ino);
    if ((st.stx_mask & STATX_BTIME) != 0) {
        out += ":" + std::to_string(st.stx_btime.tv_sec) + "." + std::to_string(st.stx_btime.tv_nsec);
    }
    return out;
}

/** That there was a database once: it stays when that is lost. */
constexpr char kBegun[] = "/begun";

bool has_begun(const std::string& dir) {
    const auto is_there = [&](const char* name) { return ::access((dir + name).c_str(), F_OK) == 0; };
    return is_there(kBegun) || is_there("/accepted");  // the copy of the grant file, older than the mark
}

void mark_begun(const std::string& dir) {
    (void)Fd(::open((dir + kBegun).c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
}

bool is_empty(const std::string& path) {
    struct stat st {};
    return ::stat(path.c_str(), &st) == 0 ? st.st_size == 0 : errno == ENOENT;
}

std::uint64_t unsigned_of(const std::string& text) { return text.empty() ? 0 : std::strtoull(text.c_str(), nullptr, 10); }

}  // namespace

Durability durability_of(const std::vector<core::Change>& changes) {
    for (const auto& change : changes) {
        const bool passing = std::holds_alternative<core::PutSession>(change) ||
                             std::holds_alternative<core::CloseSession>(change) ||
                             std::holds_alternative<core::PutUse>(change) ||
                             std::holds_alternative<core::ReplaceFileGrants>(change);
        if (!passing) return Durability::power;
    }
    return Durability::process;
}

Result<Store> Store::open(const std::string& dir, Begin begin) {
    const bool expected = begin == Begin::first && has_begun(dir);
    const auto lost = fail("Recovery", "state: " + path_in(dir) + ": lost: missing or empty, and this host had one");
    if (expected && is_empty(path_in(dir))) return lost;  // not opened: SQLite would delete what is left of its log
    auto db = connect(dir);
    if (!db) return db.failure();
    sqlite3* raw = db->get();
    const auto found = version_of(raw);  // its statement is over: the pragmas below want no transaction
    if (!found) return fail("Recovery", "state: " + path_in(dir) + ": " + sqlite3_errmsg(raw));
    if (*found > kSchemaVersion) {
        return fail("Recovery", "state: " + path_in(dir) + ": written by a newer jitd; install that version again");
    }
    if (expected && *found == 0) return lost;
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
    mark_begun(dir);
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
    // A file copied back is another one: what was answered since the copy was made could be answered again.
    const auto file = identity_of(sqlite3_db_filename(db, "main")), before = get_meta(db, "file");
    out.put_back = !before.empty() && before != file;
    if (before != file) (void)put_meta(db, "file", file);
    out.state.floor = core::Floor(core::from_usec(unsigned_of(get_meta(db, "floor"))));
    out.state.file.serial = unsigned_of(get_meta(db, "serial"));
    out.state.file.expires = core::from_usec(unsigned_of(get_meta(db, "file_expires")));
    if (const auto sha = get_meta(db, "sha256"); sha.size() == 32) std::memcpy(out.state.file.sha256.data(), sha.data(), 32);
    out.seq = unsigned_of(get_meta(db, "seq"));
    if (const auto chain = get_meta(db, "chain"); chain.size() == 32) std::memcpy(out.chain.data(), chain.data(), 32);
    if (auto ok = read_rows(db, out.state, boot_id); !ok) return ok.failure();
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
        if (ok) ok = write_row(db_.get(), *statements_, change);
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

Result<std::vector<core::SealedRecord>> Store::outbox(std::uint64_t seq, std::size_t most) {
    std::vector<core::SealedRecord> out;
    auto rows = statement("SELECT seq, chain, datagram FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?");
    rows.number(static_cast<std::int64_t>(seq)).number(static_cast<std::int64_t>(most));
    while (rows.row()) {
        core::SealedRecord r;
        r.seq = static_cast<std::uint64_t>(rows.number());
        if (const auto chain = rows.blob(); chain.size() == 32) std::memcpy(r.chain.data(), chain.data(), 32);
        r.datagram = rows.blob();
        out.push_back(std::move(r));
    }
    if (auto ok = rows.outcome(); !ok) return ok.failure();
    return out;
}

Result<void> Store::forget_records(std::uint64_t seq) {
    return statement("DELETE FROM outbox WHERE seq <= ?").number(static_cast<std::int64_t>(seq)).run();
}

Result<void> Store::save_floor(core::Wall floor) {
    return commit({}, {}, floor, Durability::power);
}

std::optional<core::Wall> floor_in(const std::string& dir) {
    if (is_empty(path_in(dir))) return std::nullopt;
    auto db = connect(dir);
    if (!db) return std::nullopt;
    (void)sqlite3_db_config(db->get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);  // it stays as it was found
    const auto usec = unsigned_of(get_meta(db->get(), "floor"));
    return usec == 0 ? std::nullopt : std::optional(core::from_usec(usec));
}

Result<std::string> set_aside(const std::string& dir, const std::string& mark) {
    const auto path = path_in(dir), aside = path + "." + mark;
    bool any = false;
    // The log first: a database without it is older, a new database with it would be broken.
    for (const auto* part : {"-shm", "-wal", ""}) {
        if (::rename((path + part).c_str(), (aside + part).c_str()) == 0) {
            any = true;
            continue;
        }
        if (errno == ENOENT) continue;
        return fail("Failed", "recover: " + path + part + ": can't be renamed: " + std::strerror(errno));
    }
    return any ? aside : "";
}

void checkpoint(const std::string& dir) {
    auto db = connect(dir);
    // A connection that has read nothing yet knows of no log, and its checkpoint would do nothing.
    if (db && version_of(db->get())) {
        (void)sqlite3_wal_checkpoint_v2(db->get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    }
}

}  // namespace jit::daemon
