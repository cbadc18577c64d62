// SPDX-License-Identifier: Apache-2.0
// The state as rows: one change at a time on the way in, all of it on the way out. For store.cpp alone.
#pragma once

#include <sqlite3.h>

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/state.hpp"
#include "trail/sql.hpp"

namespace jit::daemon {

// The table `decisions`: what a row says, and of the one that says who asked, for what.
std::string_view name_of(core::Said said);
inline constexpr char kAsked[] = "asked:";  // no principal: names hold no colon
inline constexpr char kAskedRole[] = "role", kAskedMore[] = "extension", kAskedBreakglass[] = "break-glass";
// Rows of `meta`: the prefix, and the account or the session.
inline const std::string kUseMeta = "use:", kWarnedMeta = "warned:";

core::Result<void> write_row(sqlite3* db, Statements& kept, const core::Change& change);
/** All rows, in a state that has none. `boot_id` is the present boot's. */
core::Result<void> read_rows(sqlite3* db, core::State& state, const std::string& boot_id);

core::Result<void> put_meta(sqlite3* db, const char* name, std::string_view value);
std::string get_meta(sqlite3* db, const char* name);

}  // namespace jit::daemon
