// SPDX-License-Identifier: Apache-2.0
// The state on disk: SQLite in /var/lib/jit. Writes the same changes that core::apply() makes in memory,
// each transaction together with the audit records it caused (the outbox).
#pragma once

#include <sqlite3.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/handle.hpp"
#include "core/record.hpp"
#include "core/result.hpp"
#include "core/state.hpp"
#include "trail/sql.hpp"

namespace jit::daemon {

using DbPtr = std::unique_ptr<sqlite3, Deleter<sqlite3_close_v2>>;

enum class Durability {
    process,  // survives a kill of jitd: checks and sessions, which a power cut ends anyway
    power,    // on disk when commit returns: grants, ends, pins, marks
};

enum class Begin { first, anew };  // anew: root wants it, whatever there was

/** What is read back at start. */
struct Loaded {
    core::State state;
    std::uint64_t seq = 0;
    core::Chain chain{};
    bool put_back = false;  // the database is a copy of the one it was
};

class Store {
  public:
    /** Code RECOVERY: newer, corrupt, unreadable, or lost: where there never was a database one is made, otherwise only
     *  `anew`. Nothing is ever reset. */
    static core::Result<Store> open(const std::string& dir, Begin begin = Begin::first);

    core::Result<Loaded> load(const std::string& machine_hash, const std::string& boot_id);
    core::Result<void> commit(const std::vector<core::Change>& changes, const std::vector<core::SealedRecord>& records,
                              core::Wall floor, Durability durability);
    /** Not known to be in the journal: the first `most` after `seq`. */
    core::Result<std::vector<core::SealedRecord>> outbox(std::uint64_t seq, std::size_t most);
    /** Records up to `seq` are in the journal: their text is no longer needed. */
    core::Result<void> forget_records(std::uint64_t seq);
    core::Result<void> save_floor(core::Wall floor);

  private:
    explicit Store(DbPtr db) : db_(std::move(db)), statements_(std::make_unique<Statements>()) {}
    core::Result<void> begin(Durability durability);
    Statement statement(const char* sql) { return {db_.get(), *statements_, sql}; }

    DbPtr db_;
    std::unique_ptr<Statements> statements_;
    std::optional<Durability> durability_;
};

/** The floor in a database that may be broken, as far as it can be read. */
std::optional<core::Wall> floor_in(const std::string& dir);
/** Renames the database, so that the next open() makes one; `mark` tells it from others. Its new path; empty: nothing was there. Code Failed. */
core::Result<std::string> set_aside(const std::string& dir, const std::string& mark);

/** Moves the write-ahead log into the database; on the worker, on a connection of its own. */
void checkpoint(const std::string& dir);

/** In which durability these changes must be written. */
Durability durability_of(const std::vector<core::Change>& changes);

}  // namespace jit::daemon
