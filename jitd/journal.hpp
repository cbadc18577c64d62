// SPDX-License-Identifier: Apache-2.0
// Sends audit records to journald and knows when it has read them.
// sd_journal_sendv can't tell: it reports success with no journald and blocks when the queue is full. So: the native
// protocol on an own non-blocking datagram socket; an edge of EPOLLOUT with an empty send queue means read.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "common/handle.hpp"
#include "core/record.hpp"
#include "core/result.hpp"
#include "jitd/loop.hpp"

namespace jit::daemon {

class Journal {
  public:
    /** Called once: true when journald has read the record and all before it, false after 1.0 s without. */
    using Done = std::function<void(bool accepted)>;
    /** The text of the records after `seq`, of the first `most` of them. */
    using Outbox = std::function<core::Result<std::vector<core::SealedRecord>>(std::uint64_t seq, std::size_t most)>;

    Journal() = default;
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    core::Result<void> start(sd_event* event, std::string socket_path);
    /** `stored`: it is in the outbox, which is asked for it again when too many wait here. */
    void send(core::SealedRecord record, Done done, bool stored = false);
    /** What is in the outbox goes out first, a part at a time. */
    void catch_up(Outbox outbox);
    /** The outbox is no more. */
    void forget_outbox() { outbox_ = nullptr; }
    /** Records up to this one are in the journal for good; 0 = none. Those of the last second may have to go again. */
    [[nodiscard]] std::uint64_t settled();

  private:
    struct Item {
        core::SealedRecord record;
        Done done;
        std::uint64_t since_usec;  // CLOCK_MONOTONIC
    };
    bool connect();
    void forget_old();
    void reconnect();
    void postpone(core::SealedRecord record, Done done, bool stored);
    void refill();
    void pump();
    void on_writable();
    void expire();
    void arm();

    sd_event* event_ = nullptr;
    std::string path_;
    Fd fd_;
    Watch watch_;
    Timer deadline_, retry_;
    std::uint64_t armed_usec_ = 0;  // when deadline_ fires; 0: it does not
    std::deque<Item> unsent_;   // EAGAIN: any user can fill journald's queue, so this waits and is no failure
    std::deque<Item> waiting_;  // sent, not known to be read
    std::deque<Item> recent_;   // of the last second: sent again when journald's socket went away
    // While behind_, what comes after queued_ is read from the outbox, so that the order stays that of the chain.
    Outbox outbox_;
    bool behind_ = false;
    std::deque<Item> later_;  // after queued_: who waits for an answer, without the text; and what is in no outbox
    std::uint64_t queued_ = 0, read_ = 0;
};

}  // namespace jit::daemon
