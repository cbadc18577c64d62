// SPDX-License-Identifier: Apache-2.0
// A journal in memory.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "trail/journal.hpp"

namespace jit::test {

/** A cursor is the number of a record. Waiting adds the next of `later`, or fails with END when there is none. */
class FakeRecords : public trail::RecordSource {
  public:
    explicit FakeRecords(std::vector<trail::LogRecord> records) {
        for (auto& record : records) add(std::move(record));
    }

    core::Result<void> seek_head() override { return to(0, 0); }
    /** As in a journal: what comes later is not reached from here. */
    core::Result<void> seek_tail() override { return to(records_.size(), kNever); }
    core::Result<void> seek_cursor(const std::string& cursor) override {
        const auto it = std::ranges::find_if(records_, [&](const auto& r) { return r.entry.cursor == cursor; });
        if (it == records_.end()) return core::fail("FIELD", "no cursor");
        const auto index = static_cast<std::size_t>(it - records_.begin());
        return to(index, index + 1);
    }
    core::Result<bool> next() override {
        if (after_ >= records_.size()) return false;
        at_ = after_++;
        before_ = at_;
        return true;
    }
    core::Result<bool> previous() override {
        if (before_ == 0) return false;
        at_ = --before_;
        after_ = at_ + 1;
        return true;
    }
    core::Result<trail::LogRecord> record() override { return records_.at(at_); }
    core::Result<std::uint64_t> time_usec() override { return records_.at(at_).time_usec; }
    core::Result<void> wait() override {
        if (later.empty()) return core::fail("END", "no more");
        add(later.front());
        later.erase(later.begin());
        return {};
    }

    std::vector<trail::LogRecord> later;

  private:
    static constexpr std::size_t kNever = static_cast<std::size_t>(-1);

    void add(trail::LogRecord record) {
        if (record.entry.cursor.empty()) record.entry.cursor = std::to_string(records_.size());
        records_.push_back(std::move(record));
    }
    core::Result<void> to(std::size_t before, std::size_t after) {
        before_ = before;
        after_ = after;
        return {};
    }

    std::vector<trail::LogRecord> records_;
    std::size_t at_ = 0, before_ = 0, after_ = 0;
};

}  // namespace jit::test
