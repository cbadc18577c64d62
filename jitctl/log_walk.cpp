// SPDX-License-Identifier: Apache-2.0
#include "jitctl/log_walk.hpp"

#include <deque>
#include <optional>
#include <string>
#include <unordered_set>

namespace jit::ctl {
namespace {

using core::Result;

constexpr std::size_t kRemembered = 8192;      // duplicates are sent within seconds of each other
constexpr std::uint32_t kFollowedBefore = 10;  // records shown before --follow waits

/** Remembers the last identities: a record sent again to a restarted journald is shown once. */
class Seen {
  public:
    bool first_time(const std::string& id) {
        if (!set_.insert(id).second) return false;
        order_.push_back(id);
        if (order_.size() > kRemembered) {
            set_.erase(order_.front());
            order_.pop_front();
        }
        return true;
    }

  private:
    std::unordered_set<std::string> set_;
    std::deque<std::string> order_;
};

bool too_early(const trail::LogRecord& record, const LogOptions& options) {
    return options.since && record.time_usec < core::to_usec(*options.since);
}

bool too_late(const trail::LogRecord& record, const LogOptions& options) {
    return options.until && record.time_usec > core::to_usec(*options.until);
}

/** The last `lines` records that would be shown, oldest first. */
Result<std::deque<trail::LogRecord>> last_records(trail::RecordSource& source, const LogOptions& options,
                                           std::uint32_t lines) {
    std::deque<trail::LogRecord> found;
    Seen seen;
    if (auto ok = source.seek_tail(); !ok) return ok.failure();
    while (found.size() < lines) {
        const auto more = source.previous();
        if (!more) return more.failure();
        if (!*more) break;
        auto record = source.record();
        if (!record) return record.failure();
        if (too_early(*record, options)) break;
        if (too_late(*record, options) || !trail::is_trusted(*record) ||
            !seen.first_time(trail::identity(*record)))
            continue;
        found.push_front(std::move(*record));
    }
    return found;
}

struct Walk {
    trail::RecordSource& source;
    const LogOptions& options;
    const RecordSink& sink;
    Seen seen;
    bool stopped = false;

    void show(const trail::LogRecord& record) {
        if (!trail::is_trusted(record) || !seen.first_time(trail::identity(record))) return;
        stopped = stopped || !sink(record);
    }

    Result<void> forward() {
        while (!stopped) {
            const auto more = source.next();
            if (!more) return more.failure();
            if (!*more) return {};
            const auto record = source.record();
            if (!record) return record.failure();
            if (too_early(*record, options)) continue;
            if (too_late(*record, options))
                stopped = true;
            else
                show(*record);
        }
        return {};
    }
};

}  // namespace

Result<void> walk_log(trail::RecordSource& source, const LogOptions& options, const RecordSink& sink) {
    Walk walk{source, options, sink, {}};
    std::optional<std::uint32_t> lines = options.lines;
    if (!lines && options.follow && !options.since) lines = kFollowedBefore;
    if (lines) {
        const auto last = last_records(source, options, *lines);
        if (!last) return last.failure();
        for (const auto& record : *last)
            if (!walk.stopped) walk.show(record);
        if (walk.stopped || !options.follow) return {};
        // What came in while these were printed is after them: go on from the oldest, seen ones are
        // skipped.
        auto ok = last->empty() ? source.seek_tail()
                                : source.seek(core::from_usec(last->front().time_usec));
        if (!ok) return ok;
    } else if (auto ok = options.since ? source.seek(*options.since) : source.seek_head(); !ok) {
        return ok;
    }
    for (;;) {
        if (auto ok = walk.forward(); !ok || !options.follow || walk.stopped) return ok;
        if (auto ok = source.wait(); !ok) return ok;
    }
}

}  // namespace jit::ctl
