// SPDX-License-Identifier: Apache-2.0
// Some records at a time, for who can't keep a journal open.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "trail/journal.hpp"

namespace jit::trail {

/** At most one of `after` and `before`: cursors of records that are not wanted any more. */
struct PageQuery {
    std::string after{}, before{};
    std::optional<core::Wall> since{}, until{};
    bool oldest = false;       // of what is left the oldest; otherwise the newest. With `after` always
    std::size_t records = 0;   // at most
    std::size_t bytes = 0;     // at most, but for the first record
    std::function<bool(const LogRecord&)> wanted{};
};

/** Oldest first, jitd's own only; empty when there are no more. A record that was sent twice is there twice. Codes of
 * the source. */
core::Result<std::vector<LogRecord>> read_page(RecordSource& source, const PageQuery& query);

}  // namespace jit::trail
