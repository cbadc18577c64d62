// SPDX-License-Identifier: Apache-2.0
// jitd's records in the journal, read with sd-journal; an interface, so that tests bring their own.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "trail/filter.hpp"
#include "trail/record.hpp"

namespace jit::trail {

/** A cursor over records in the order they were written, which is not that of their times once the clock was set: so
 * there is no way to seek to a time. */
class RecordSource {
  public:
    virtual ~RecordSource() = default;
    virtual core::Result<void> seek_head() = 0;
    virtual core::Result<void> seek_tail() = 0;
    /** At the record of this cursor: next() gives the one after it, previous() the one before. It need not be there any
     * more. Code FIELD. */
    virtual core::Result<void> seek_cursor(const std::string& cursor) = 0;
    /** False at the end. */
    virtual core::Result<bool> next() = 0;
    virtual core::Result<bool> previous() = 0;
    virtual core::Result<LogRecord> record() = 0;
    /** LogRecord::time_usec, without reading the rest. */
    virtual core::Result<std::uint64_t> time_usec() = 0;
    /** Until there may be more. */
    virtual core::Result<void> wait() = 0;
};

/** Records sent by the service user only: anybody can write JIT_ fields. UNREADABLE tells who may
 * read, FIELD what is wrong with the filter. `sender`: the
 * service user, where that is known without the user database. */
core::Result<std::unique_ptr<RecordSource>> open_journal(const JournalFilter& filter,
                                                         std::optional<uid_t> sender = {});

}  // namespace jit::trail
