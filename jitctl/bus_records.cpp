// SPDX-License-Identifier: Apache-2.0
#include "jitctl/bus_records.hpp"

#include <poll.h>

#include <algorithm>
#include <iterator>

#include "jitctl/exit_code.hpp"

namespace jit::ctl {
namespace {

using Clock = std::chrono::steady_clock;
using Records = core::Result<std::vector<trail::LogRecord>>;

constexpr int kLookAgainMs = 1000;  // jitd tells nobody of records
constexpr int kAskAgainMs = 100;
constexpr auto kRestart = std::chrono::seconds(10);  // how long jitd may be away while its records are followed

bool is_away(const core::Error& error) {
    return error.code == code::kUnreachable || error.code == code::kTimeout;
}

}  // namespace

BusRecords::BusRecords(const Environment& env, trail::JournalFilter filter, std::optional<core::Wall> since,
                       std::optional<core::Wall> until)
    : env_(env), filter_(std::move(filter)), since_(since), until_(until) {}

core::Result<void> BusRecords::to(Position position) {
    position_ = std::move(position);
    page_.clear();
    return {};
}

core::Result<bool> BusRecords::next() { return step(Direction::forward); }
core::Result<bool> BusRecords::previous() { return step(Direction::backward); }

core::Result<bool> BusRecords::step(Direction direction) {
    if (direction != direction_) page_.clear();
    direction_ = direction;
    if (page_.empty()) {
        auto found = ask(direction);
        if (!found) return found.failure();
        if (found->empty()) return false;
        if (direction == Direction::backward) std::ranges::reverse(*found);
        page_.assign(std::make_move_iterator(found->begin()), std::make_move_iterator(found->end()));
    }
    current_ = std::move(page_.front());
    page_.pop_front();
    position_ = {Place::cursor, current_.entry.cursor};
    return true;
}

Records BusRecords::ask(Direction direction) {
    const bool forward = direction == Direction::forward;
    RecordsCall call{filter_};
    call.since = since_;
    call.until = until_;
    call.oldest = forward;
    switch (position_.place) {
        case Place::head:
            if (!forward) return Records(std::vector<trail::LogRecord>{});
            break;
        case Place::tail:
            if (forward) return Records(std::vector<trail::LogRecord>{});
            break;
        case Place::cursor:
            (forward ? call.after : call.before) = position_.cursor;
            break;
    }
    return fetch(call);
}

/** jitd answers an account one such question at a time, and another jitctl of the same person may ask, too. */
Records BusRecords::fetch(const RecordsCall& call) {
    const auto began = Clock::now();
    for (;;) {
        auto found = ManagerClient(env_).records(call);
        if (found) return found;
        const auto waited = Clock::now() - began;
        const bool again = (found.error().code == "LIMITS_EXCEEDED" && waited < env_.timeout) ||
                           (follows_ && is_away(found.error()) && waited < kRestart);
        if (!again) return found;
        ::poll(nullptr, 0, kAskAgainMs);
    }
}

core::Result<void> BusRecords::wait() {
    follows_ = true;
    ::poll(nullptr, 0, kLookAgainMs);
    return {};
}

}  // namespace jit::ctl
