// SPDX-License-Identifier: Apache-2.0
// The audit records that jitd lets the caller see: page by page, for who may not read the journal.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>

#include "jitctl/environment.hpp"
#include "jitctl/manager_client.hpp"
#include "trail/journal.hpp"

namespace jit::ctl {

class BusRecords final : public trail::RecordSource {
  public:
    /** jitd leaves out what is before `since` or after `until`. */
    BusRecords(const Environment& env, trail::JournalFilter filter, std::optional<core::Wall> since,
               std::optional<core::Wall> until);

    core::Result<void> seek_head() override { return to({Place::head}); }
    core::Result<void> seek_tail() override { return to({Place::tail}); }
    core::Result<void> seek_cursor(const std::string& cursor) override { return to({Place::cursor, cursor}); }
    core::Result<bool> next() override;
    core::Result<bool> previous() override;
    core::Result<trail::LogRecord> record() override { return current_; }
    core::Result<std::uint64_t> time_usec() override { return current_.time_usec; }
    core::Result<void> wait() override;

  private:
    enum class Place { head, tail, cursor };
    struct Position {
        Place place = Place::head;
        std::string cursor{};
    };
    enum class Direction { forward, backward };

    core::Result<void> to(Position position);
    core::Result<bool> step(Direction direction);
    core::Result<std::vector<trail::LogRecord>> ask(Direction direction);
    core::Result<std::vector<trail::LogRecord>> fetch(const RecordsCall& call);

    const Environment& env_;
    trail::JournalFilter filter_;
    std::optional<core::Wall> since_, until_;
    Position position_;
    Direction direction_ = Direction::forward;  // of what is in page_
    std::deque<trail::LogRecord> page_;
    trail::LogRecord current_;
    bool follows_ = false;
};

}  // namespace jit::ctl
