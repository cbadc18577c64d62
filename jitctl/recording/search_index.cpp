// SPDX-License-Identifier: Apache-2.0
#include "jitctl/recording/search_index.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>

#include "core/text.hpp"
#include "jitctl/recording/plain_lines.hpp"
#include "jitctl/recording/recording.hpp"
#include "trail/sql.hpp"

namespace jit::ctl::recording {
namespace {

using core::Result;

constexpr int kVersion = 2, kPatience = 30'000;  // ms, for another search that reads a lot
// A line's rowid is its recording's id and its number there: so a recording's lines are one range.
constexpr std::int64_t kMostLines = 1 << 24;

constexpr char kSchema[] =
    "CREATE TABLE recordings (id INTEGER PRIMARY KEY, session TEXT UNIQUE NOT NULL, stamp TEXT NOT NULL,"
    " damage TEXT NOT NULL DEFAULT '');"
    "CREATE VIRTUAL TABLE lines USING fts5(text, at UNINDEXED, tokenize = 'trigram');"
    "PRAGMA user_version = 2";

Result<void> make_private(const std::string& folder) {
    if (::mkdir(folder.c_str(), 0700) < 0 && errno != EEXIST)
        return core::fail("UNREADABLE", fmt::format("{}: {}: be root", folder, std::strerror(errno)));
    struct stat found {};
    if (::lstat(folder.c_str(), &found) < 0 || !S_ISDIR(found.st_mode) || found.st_uid != ::geteuid() ||
        (found.st_mode & 077U) != 0)
        return core::fail("UNREADABLE", fmt::format("{}: must be a directory of yours that nobody else may enter: "
                                                    "remove it, it is made again", folder));
    return {};
}

/** Sizes and times of the files that are read. */
std::string stamp_of(const std::string& directory) {
    std::string out;
    for (const char* name : {"log.json", "timing", "stdout", "stderr", "ttyout"}) {
        struct stat found {};
        if (::lstat((directory + "/" + name).c_str(), &found) < 0) continue;
        out += fmt::format("{}:{}:{}.{} ", name, found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec);
    }
    return out;
}

bool execute(sqlite3* db, const char* sql) { return sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK; }

int version_of(sqlite3* db) {
    Statement version(db, "PRAGMA user_version");
    return version.row() ? static_cast<int>(version.number()) : -1;
}

sqlite3* connect(const std::string& file) {
    sqlite3* db = nullptr;
    const mode_t before = ::umask(077);
    const int r = sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW, nullptr);
    ::umask(before);
    if (r == SQLITE_OK) {
        sqlite3_busy_timeout(db, kPatience);
        execute(db, "PRAGMA synchronous = OFF");
    }
    return db;
}

void unlink_all(const std::string& file) {
    for (const char* end : {"", "-journal"}) ::unlink((file + end).c_str());
}

}  // namespace

core::Failure SearchIndex::failure() const {
    return core::fail("UNREADABLE", fmt::format("{}: {}: remove it, it is made again", file_, sqlite3_errmsg(db_.get())));
}

Result<SearchIndex> SearchIndex::open(const std::string& folder) {
    if (auto ok = make_private(folder); !ok) return ok.failure();
    SearchIndex index(folder + "/search.sqlite", nullptr);
    for (const bool again : {false, true}) {
        if (again) unlink_all(index.file_);
        index.db_.reset(connect(index.file_));
        const int version = version_of(index.db_.get());
        if (version == kVersion || (version == 0 && execute(index.db_.get(), kSchema))) return index;
    }
    return index.failure();
}

Result<void> SearchIndex::update(const std::vector<Indexed>& recordings) {
    if (!execute(db_.get(), "BEGIN IMMEDIATE")) return failure();
    auto ok = write(recordings);
    if (ok && !execute(db_.get(), "COMMIT")) ok = failure();
    if (!ok) execute(db_.get(), "ROLLBACK");
    return ok;
}

Result<void> SearchIndex::write(const std::vector<Indexed>& recordings) {
    std::map<std::string, std::string> known;
    Statement all(db_.get(), "SELECT session, stamp FROM recordings");
    while (all.row()) {
        std::string session = all.text();
        known[std::move(session)] = all.text();
    }
    if (!all.outcome()) return failure();
    for (const auto& recording : recordings) {
        const std::string stamp = stamp_of(recording.directory);
        const auto it = known.find(recording.session);
        const bool same = it != known.end() && it->second == stamp;
        if (it != known.end() && !same)
            if (auto ok = remove(recording.session); !ok) return ok;
        known.erase(recording.session);
        if (same) continue;
        if (auto ok = add(recording, stamp); !ok) return ok;
    }
    for (const auto& gone : known)
        if (auto ok = remove(gone.first); !ok) return ok;
    return {};
}

Result<void> SearchIndex::remove(const std::string& session) {
    Statement range(db_.get(), "DELETE FROM lines WHERE rowid >= ?1 * (SELECT id FROM recordings WHERE session = ?2)"
                               " AND rowid < ?1 * (SELECT id + 1 FROM recordings WHERE session = ?2)");
    if (!range.number(kMostLines).text(session).run()) return failure();
    if (!Statement(db_.get(), "DELETE FROM recordings WHERE session = ?").text(session).run()) return failure();
    return {};
}

Result<void> SearchIndex::add(const Indexed& recording, const std::string& stamp) {
    if (!Statement(db_.get(), "INSERT INTO recordings (session, stamp) VALUES (?, ?)").text(recording.session).text(stamp).run())
        return failure();
    const auto damage = add_lines(recording, sqlite3_last_insert_rowid(db_.get()) * kMostLines);
    if (!damage) return damage.failure();
    if (!damage->empty() &&
        !Statement(db_.get(), "UPDATE recordings SET damage = ? WHERE session = ?").text(*damage).text(recording.session).run())
        return failure();
    return {};
}

Result<std::string> SearchIndex::add_lines(const Indexed& recording, std::int64_t first) {
    auto opened = Recording::open(recording.directory);
    if (!opened) return opened.error().text;

    Statement insert(db_.get(), "INSERT INTO lines (rowid, text, at) VALUES (?, ?, ?)");
    std::int64_t count = 0;
    core::Usec at{};
    bool good = true;
    const auto sink = [&](const std::string& line) {
        if (count == kMostLines || !good) return;
        good = insert.again().number(first + count++).text(line).number(at.count()).run().has_value();
    };
    std::map<Stream, PlainLines> streams;
    while (const auto moment = opened->next()) {
        const auto* shown = std::get_if<Shown>(&moment->what);
        if (shown == nullptr) continue;
        at = moment->at;
        streams.try_emplace(shown->stream, sink).first->second.feed(shown->bytes);
    }
    for (auto& [stream, lines] : streams) lines.finish();
    if (!good) return failure();
    return opened->damage();
}

Result<std::vector<Damaged>> SearchIndex::damaged() const {
    std::vector<Damaged> out;
    Statement found(db_.get(), "SELECT session, damage FROM recordings WHERE damage != '' ORDER BY id");
    while (found.row()) {
        Damaged one;
        one.session = found.text();
        one.what = found.text();
        out.push_back(std::move(one));
    }
    if (!found.outcome()) return failure();
    return out;
}

Result<std::vector<Hit>> SearchIndex::find(const std::string& text) const {
    std::string phrase = "\"";
    for (const char c : core::escape(text)) phrase += c == '"' ? std::string("\"\"") : std::string(1, c);
    std::vector<Hit> out;
    Statement found(db_.get(), "SELECT session, at, text FROM lines JOIN recordings ON id = lines.rowid / ?"
                               " WHERE lines MATCH ? ORDER BY lines.rowid");
    found.number(kMostLines).text(phrase + "\"");
    while (found.row()) {
        Hit hit;
        hit.session = found.text();
        hit.at = core::Usec(found.number());
        hit.line = found.text();
        out.push_back(std::move(hit));
    }
    if (!found.outcome()) return failure();
    return out;
}

}  // namespace jit::ctl::recording
