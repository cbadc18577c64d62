// SPDX-License-Identifier: Apache-2.0
#include "jitd/journal.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "jitd/clock.hpp"

namespace jit::daemon {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;
constexpr std::uint64_t kRetry = 20'000;
constexpr std::size_t kMaxUnsent = 4096;
constexpr std::size_t kRefill = 256;
constexpr int kReadBelow = 64;  // SIOCOUTQ counts an overhead of its own, and shows 1 for an instant

}  // namespace

core::Result<void> Journal::start(sd_event* event, std::string socket_path) {
    event_ = event;
    path_ = std::move(socket_path);
    if (deadline_.init(event, CLOCK_MONOTONIC, kPriorityAudit, [this] { expire(); }) < 0 ||
        retry_.init(event, CLOCK_MONOTONIC, kPriorityAudit, [this] { reconnect(); }) < 0) {
        return core::fail("Failed", "journal: timer");
    }
    (void)connect();
    return {};
}

bool Journal::connect() {
    watch_.stop();
    fd_ = Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
    if (!fd_ || ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
        fd_.reset();
        return false;
    }
    // Edge-triggered on purpose: level-triggered EPOLLOUT is true all the time.
    return watch_.start(event_, fd_.get(), EPOLLOUT | EPOLLET, kPriorityAudit,
                        [this](std::uint32_t) { on_writable(); }) >= 0;
}

void Journal::reconnect() {
    if (!connect()) {
        retry_.arm(monotonic() + kRetry);
        return;
    }
    // What lay in the old queue is gone although it counted as read: the last second goes again, same JIT_SEQ.
    std::deque<Item> again;
    forget_old();
    for (auto& item : recent_) again.push_back(Item{item.record, nullptr, item.since_usec});
    recent_.clear();
    for (auto& item : waiting_) again.push_back(std::move(item));
    waiting_.clear();
    for (auto& item : unsent_) again.push_back(std::move(item));
    unsent_ = std::move(again);
    pump();
}

void Journal::send(core::SealedRecord record, Done done, bool stored) {
    if (stored && outbox_ && unsent_.size() >= kMaxUnsent) behind_ = true;
    if (behind_ || unsent_.size() >= kMaxUnsent) {
        postpone(std::move(record), std::move(done), stored);
    } else {
        queued_ = std::max(queued_, record.seq);
        unsent_.push_back(Item{std::move(record), std::move(done), monotonic()});
    }
    pump();
    arm();
}

void Journal::postpone(core::SealedRecord record, Done done, bool stored) {
    if (!stored && (!behind_ || later_.size() >= kMaxUnsent)) {  // there is nowhere to keep it
        if (done) done(false);
        return;
    }
    if (stored) record.datagram.clear();
    if (done || !stored) later_.push_back(Item{std::move(record), std::move(done), monotonic()});
}

void Journal::catch_up(Outbox outbox) {
    outbox_ = std::move(outbox);
    behind_ = true;
    queued_ = 0;
    pump();
}

void Journal::refill() {
    if (!outbox_) return;
    auto rows = outbox_(queued_, kRefill);
    if (!rows) {
        std::fprintf(stderr, "<3>jitd: journal: %s\n", rows.error().text.c_str());
        return;
    }
    bool all = rows->size() < kRefill;
    auto row = rows->begin();
    while (row != rows->end() || (all && !later_.empty())) {
        Item item{{}, nullptr, monotonic()};
        if (!later_.empty() && (row == rows->end() || later_.front().record.seq <= row->seq)) {
            const bool stored = later_.front().record.datagram.empty();
            if (stored && (row == rows->end() || row->seq != later_.front().record.seq)) {
                all = false;  // its text is gone; so will be who waits for it, in a second
                break;
            }
            item = std::move(later_.front());
            later_.pop_front();
        }
        if (item.record.datagram.empty()) item.record = std::move(*row++);
        queued_ = std::max(queued_, item.record.seq);
        unsent_.push_back(std::move(item));
    }
    behind_ = !all;
}

void Journal::forget_old() {
    const auto horizon = monotonic() - kSecond;
    while (!recent_.empty() && recent_.front().since_usec < horizon) recent_.pop_front();
}

std::uint64_t Journal::settled() {
    forget_old();
    auto out = read_;
    for (const auto* queue : {&recent_, &waiting_, &unsent_}) {  // after a reconnect, read ones wait again
        if (!queue->empty()) out = std::min(out, queue->front().record.seq - 1);
    }
    return out;
}

void Journal::pump() {
    if (unsent_.empty() && behind_ && fd_) refill();
    while (!unsent_.empty() || behind_) {
        if (!fd_) {
            retry_.arm(monotonic() + kRetry);
            return;
        }
        if (unsent_.empty()) return;  // the rest when these were read
        auto& item = unsent_.front();
        const auto& data = item.record.datagram;
        if (::send(fd_.get(), data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
            if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == EINTR) return;
            if (errno == EMSGSIZE) {  // can't ever be sent, and must not stop the others
                std::fprintf(stderr, "<3>jitd: journal: record %llu is too long\n",
                             static_cast<unsigned long long>(item.record.seq));
                auto done = std::move(item.done);
                unsent_.pop_front();
                if (done) done(false);
                continue;
            }
            watch_.stop();  // before its number can be somebody else's
            fd_.reset();
            retry_.arm(monotonic());  // at once, but not from inside this loop
            return;
        }
        waiting_.push_back(std::move(item));
        unsent_.pop_front();
    }
}

void Journal::on_writable() {
    int queued = 0;
    if (!fd_ || ::ioctl(fd_.get(), SIOCOUTQ, &queued) < 0) return;
    if (queued < kReadBelow) {
        std::deque<Item> read;
        read.swap(waiting_);
        forget_old();
        for (auto& item : read) {
            read_ = std::max(read_, item.record.seq);
            recent_.push_back(Item{item.record, nullptr, monotonic()});  // a second from when it was read
        }
        pump();
        arm();
        for (auto& item : read) {
            if (item.done) std::exchange(item.done, nullptr)(true);
        }
        return;
    }
    pump();
}

void Journal::expire() {
    armed_usec_ = 0;
    const auto now = monotonic();
    std::deque<Done> failed;
    for (auto* queue : {&waiting_, &unsent_, &later_}) {
        for (auto& item : *queue) {
            // The record stays queued: it is still sent when journald comes back.
            if (item.done && now - item.since_usec >= kSecond) failed.push_back(std::exchange(item.done, nullptr));
        }
    }
    std::erase_if(later_, [](const Item& item) { return !item.done && item.record.datagram.empty(); });
    arm();
    for (auto& done : failed) done(false);
}

void Journal::arm() {
    std::uint64_t first = UINT64_MAX;
    for (const auto* queue : {&waiting_, &unsent_, &later_}) {
        for (const auto& item : *queue) {
            if (item.done) first = std::min(first, item.since_usec);
        }
    }
    // An armed timer is left alone: firing once for nothing costs less than two system calls for every record.
    if (first == UINT64_MAX || (armed_usec_ != 0 && armed_usec_ <= first + kSecond)) return;
    armed_usec_ = first + kSecond;
    deadline_.arm(armed_usec_);
}

}  // namespace jit::daemon
