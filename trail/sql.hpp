// SPDX-License-Identifier: Apache-2.0
// A prepared statement: bind in order, step, read columns in order.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/handle.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace jit {

/** Statements that stay prepared: preparing them costs a check more than running them. */
class Statements {
  public:
    /** The statement of this text, a literal; null if it can't be prepared. */
    sqlite3_stmt* get(sqlite3* db, const char* sql) {
        auto& kept = kept_[sql];
        if (!kept) {
            sqlite3_stmt* stmt = nullptr;
            (void)sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, nullptr);
            kept.reset(stmt);
        }
        return kept.get();
    }

  private:
    std::unordered_map<const char*, std::unique_ptr<sqlite3_stmt, Deleter<sqlite3_finalize>>> kept_;
};

/** Ends the use of a statement: a kept one is made ready for the next. */
struct EndStatement {
    bool kept = false;
    void operator()(sqlite3_stmt* stmt) const noexcept {
        if (!kept) {
            sqlite3_finalize(stmt);
            return;
        }
        sqlite3_reset(stmt);
        sqlite3_clear_bindings(stmt);
    }
};

class Statement {
  public:
    Statement(sqlite3* db, const char* sql) : db_(db) {
        sqlite3_stmt* stmt = nullptr;
        result_ = sqlite3_prepare_v2(db, sql, -1, &stmt, nullptr);
        stmt_.reset(stmt);
    }
    /** Borrows a kept one. */
    Statement(sqlite3* db, Statements& kept, const char* sql) : db_(db), stmt_(kept.get(db, sql), EndStatement{true}) {
        if (!stmt_) result_ = sqlite3_errcode(db);
    }

    /** From the start, with nothing bound. */
    Statement& again() {
        sqlite3_reset(stmt_.get());
        sqlite3_clear_bindings(stmt_.get());
        if (result_ == SQLITE_DONE || result_ == SQLITE_ROW) result_ = SQLITE_OK;
        bound_ = 0;
        return *this;
    }

    Statement& text(std::string_view v) {
        return keep(sqlite3_bind_text(stmt_.get(), ++bound_, v.data(), static_cast<int>(v.size()), SQLITE_TRANSIENT));
    }
    Statement& blob(const void* data, std::size_t size) {
        return keep(sqlite3_bind_blob(stmt_.get(), ++bound_, data, static_cast<int>(size), SQLITE_TRANSIENT));
    }
    Statement& number(std::int64_t v) { return keep(sqlite3_bind_int64(stmt_.get(), ++bound_, v)); }
    Statement& number(std::optional<std::int64_t> v) {
        return v ? number(*v) : keep(sqlite3_bind_null(stmt_.get(), ++bound_));
    }
    Statement& time(core::Wall v) { return number(v.time_since_epoch().count()); }

    /** True while there is a row. */
    bool row() {
        if (result_ != SQLITE_OK && result_ != SQLITE_ROW) return false;
        column_ = -1;
        result_ = sqlite3_step(stmt_.get());
        return result_ == SQLITE_ROW;
    }
    core::Result<void> run() {
        while (row()) {
        }
        return outcome();
    }
    [[nodiscard]] core::Result<void> outcome() const {
        if (result_ == SQLITE_DONE || result_ == SQLITE_ROW || result_ == SQLITE_OK) return {};
        return core::fail("Recovery", std::string("state: ") + sqlite3_errmsg(db_));
    }

    std::string text() {
        const auto* p = reinterpret_cast<const char*>(sqlite3_column_text(stmt_.get(), ++column_));
        return p ? std::string(p, static_cast<std::size_t>(sqlite3_column_bytes(stmt_.get(), column_))) : "";
    }
    std::string blob() {
        const auto* p = static_cast<const char*>(sqlite3_column_blob(stmt_.get(), ++column_));
        return p ? std::string(p, static_cast<std::size_t>(sqlite3_column_bytes(stmt_.get(), column_))) : "";
    }
    std::int64_t number() { return sqlite3_column_int64(stmt_.get(), ++column_); }
    std::optional<std::int64_t> maybe() {
        ++column_;
        if (sqlite3_column_type(stmt_.get(), column_) == SQLITE_NULL) return std::nullopt;
        return sqlite3_column_int64(stmt_.get(), column_);
    }
    core::Wall time() { return core::Wall(core::Usec(number())); }

  private:
    Statement& keep(int r) {
        if (r != SQLITE_OK) result_ = r;
        return *this;
    }
    sqlite3* db_;
    std::unique_ptr<sqlite3_stmt, EndStatement> stmt_;
    int result_ = SQLITE_OK;
    int bound_ = 0;
    int column_ = -1;
};

}  // namespace jit
