// SPDX-License-Identifier: Apache-2.0
// jitd's records in the journal, read with sd-journal; an interface, so that tests bring their own.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "core/time.hpp"
#include "trail/record.hpp"

namespace jit::trail {

/** A cursor over records, oldest first. */
class RecordSource {
  public:
    virtual ~RecordSource() = default;
    virtual core::Result<void> seek_head() = 0;
    virtual core::Result<void> seek_tail() = 0;
    /** At or before the first record of that time. */
    virtual core::Result<void> seek(core::Wall time) = 0;
    /** False at the end. */
    virtual core::Result<bool> next() = 0;
    virtual core::Result<bool> previous() = 0;
    virtual core::Result<LogRecord> record() = 0;
    /** Until there may be more. */
    virtual core::Result<void> wait() = 0;
};

struct JournalFilter {
    std::string user{}, grant{}, event{}, session{};  // empty: any
};

/** Records sent by the service user only: anybody can write JIT_ fields. UNREADABLE tells who may
 * read. */
core::Result<std::unique_ptr<RecordSource>> open_journal(const JournalFilter& filter);

}  // namespace jit::trail
