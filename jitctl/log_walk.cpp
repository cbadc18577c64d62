// SPDX-License-Identifier: Apache-2.0
#include "jitctl/log_walk.hpp"

#include <deque>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

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

    [[nodiscard]] bool has(const std::string& id) const { return set_.contains(id); }

  private:
    std::unordered_set<std::string> set_;
    std::deque<std::string> order_;
};

Result<bool> in_time(trail::RecordSource& source, const LogOptions& options) {
    const auto usec = source.time_usec();
    if (!usec) return usec.failure();
    return trail::is_between(*usec, options.since, options.until);
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
    void pass(const trail::LogRecord& record) { (void)seen.first_time(trail::identity(record)); }

    Result<void> forward() {
        while (!stopped) {
            const auto more = source.next();
            if (!more) return more.failure();
            if (!*more) return {};
            const auto wanted = in_time(source, options);
            if (!wanted) return wanted.failure();
            if (!*wanted) continue;
            const auto record = source.record();
            if (!record) return record.failure();
            show(*record);
        }
        return {};
    }
};

/** From the end on back, newest first. A record that was sent again shows where it came first, so some are read ahead
 * of those that are shown. */
class Backward {
  public:
    Backward(trail::RecordSource& source, const LogOptions& options) : source_(source), options_(options) {}

    /** At most `lines` of them, to `sink` until it wants no more. */
    Result<void> run(std::optional<std::uint32_t> lines, const RecordSink& sink) {
        if (auto ok = source_.seek_tail(); !ok) return ok;
        std::uint32_t count = 0;
        const auto show_first = [&] {
            seen_.first_time(held_.front().first);
            const bool more = sink(held_.front().second);
            held_.pop_front();
            ++count;
            return more;
        };
        const auto enough = [&] { return lines && count >= *lines; };
        for (;;) {
            if (held_.size() >= kReadAhead && (enough() || !show_first())) return {};
            const auto more = read();
            if (!more) return more.failure();
            if (!*more) break;
        }
        while (!held_.empty() && !enough())
            if (!show_first()) break;
        return {};
    }

    /** Read, and not shown. */
    [[nodiscard]] const auto& held() const { return held_; }
    /** Of the last record of all. */
    [[nodiscard]] const std::string& end() const { return end_; }

  private:
    Result<bool> read() {
        const auto more = source_.previous();
        if (!more || !*more) return more;
        const auto wanted = in_time(source_, options_);
        if (!wanted) return wanted.failure();
        if (!*wanted && !end_.empty()) return true;
        auto record = source_.record();
        if (!record) return record.failure();
        if (end_.empty()) end_ = record->entry.cursor;
        if (!*wanted || !trail::is_trusted(*record)) return true;
        std::string id = trail::identity(*record);
        if (seen_.has(id)) return true;
        std::erase_if(held_, [&](const auto& later) { return later.first == id; });
        held_.emplace_back(std::move(id), *std::move(record));
        return true;
    }

    static constexpr std::size_t kReadAhead = 256;  // more than jitd sends again when it starts

    trail::RecordSource& source_;
    const LogOptions& options_;
    Seen seen_;
    std::deque<std::pair<std::string, trail::LogRecord>> held_;
    std::string end_;
};

/** The last `lines` records; then `source` is where those that come in later follow. */
Result<void> tail(Walk& walk, std::uint32_t lines) {
    Backward backward(walk.source, walk.options);
    std::deque<trail::LogRecord> last;
    const auto read = backward.run(lines, [&](const trail::LogRecord& record) {
        last.push_front(record);
        return true;
    });
    if (!read) return read;
    for (const auto& held : backward.held()) walk.pass(held.second);
    for (const auto& record : last)
        if (!walk.stopped) walk.show(record);
    // Behind the end a journal never moves on: without a record to go on from, all that comes is new.
    return backward.end().empty() ? walk.source.seek_head() : walk.source.seek_cursor(backward.end());
}

}  // namespace

Result<void> walk_log(trail::RecordSource& source, const LogOptions& options, const RecordSink& sink) {
    if (options.reverse) return Backward(source, options).run(options.lines, sink);
    Walk walk{source, options, sink, {}};
    std::optional<std::uint32_t> lines = options.lines;
    if (!lines && options.follow && !options.since) lines = kFollowedBefore;
    if (lines) {
        if (auto ok = tail(walk, *lines); !ok || !options.follow) return ok;
    } else if (auto ok = source.seek_head(); !ok) {
        return ok;
    }
    for (;;) {
        if (auto ok = walk.forward(); !ok || !options.follow || walk.stopped) return ok;
        if (auto ok = source.wait(); !ok) return ok;
    }
}

}  // namespace jit::ctl
