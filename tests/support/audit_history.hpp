// SPDX-License-Identifier: Apache-2.0
// What a journal holds after jitd wrote, was killed, lost its state: made with core's own seal().
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/chain.hpp"

namespace jit::test {

class AuditHistory {
  public:
    /** jitd's place in the chain, as its state keeps it. */
    struct Place {
        std::uint64_t seq = 0;
        core::Chain chain{};
    };
    using Fields = std::map<std::string, std::string>;
    struct State {
        Place place;
        std::vector<Place> places;
        std::vector<Fields> outbox;  // all of them: what jitd keeps and more
        std::size_t unsent = 0;      // the first that never was
        std::string host = "0123456789abcdef";
    };

    AuditHistory() = default;
    /** With times, so that no two records read the same. */
    static AuditHistory timed() {
        AuditHistory out;
        out.time_ = 1;
        return out;
    }

    /** A grant file that is new to it comes on record before the start does. */
    void start(int before = 0) {
        ++process_;
        since_ = outbox_.size();
        while (before-- > 0) write();
        append(core::event::kDaemonStarted);
        send();
    }
    void write() {
        append(core::event::kCheckAllowed);
        send();
    }
    /** Killed at any moment; the next one sends the last `again` records and what was never sent.
     */
    void restart(std::size_t again) {
        ++process_;
        since_ = outbox_.size() - std::min(again, outbox_.size());
        resend(again, outbox_.size());
        append(core::event::kDaemonStarted);
        send();
    }
    void reboot(std::size_t again) {
        ++boot_;
        restart(again);
    }
    /** The disk has the journal's end, but not the state's last `records`. */
    void power_cut(std::size_t records) {
        outbox_.resize(outbox_.size() - records);
        place_ = places_[outbox_.size() - 1];
        places_.resize(outbox_.size());
        unsent_ = outbox_.size();
        reboot(8);
    }
    State lose_state(int before = 0) {
        State kept{place_, std::exchange(places_, {}), std::exchange(outbox_, {}), std::exchange(unsent_, 0),
                   std::exchange(host_, "fedcba9876543210")};
        place_ = {};
        start(before);
        return kept;
    }
    void recover(State kept) {
        place_ = kept.place;
        places_ = std::move(kept.places);
        outbox_ = std::move(kept.outbox);
        unsent_ = kept.unsent;
        host_ = kept.host;
        start();
    }
    void something(std::mt19937& random) {
        const std::size_t again = random() % 12;
        switch (random() % 12) {
            case 0:
                return restart(again);
            case 1:
                return reboot(again);
            case 2:  // journald's socket came back: the same process sends the last second again
                return unsent_ == outbox_.size() ? resend(std::min(again, outbox_.size() - since_), outbox_.size())
                                                 : write();
            case 3:  // killed before it was sent
                append(core::event::kCheckDenied);
                return restart(again);
            case 4:  // the queue was full: this one waits for the next start, those after it don't
                append(core::event::kCheckDenied);
                return write();
            case 5:  // killed in the middle of sending again
                ++process_;
                since_ = outbox_.size() - std::min(again, outbox_.size());
                resend(again, outbox_.size() - std::min(again / 2, outbox_.size()));
                return restart(again);
            default:
                return write();
        }
    }

    [[nodiscard]] const std::vector<core::ChainEntry>& journal() const { return journal_; }
    [[nodiscard]] std::uint64_t seq() const { return place_.seq; }

  private:
    void append(const core::EventKind& kind) {
        core::Record record(kind, "message with = and \n in it");
        record.set("USER", place_.seq % 2 == 0 ? "alice" : "bob").set("REASON", "INC-1234 \u00e4");
        if (time_ > 0) record.set("TIME", std::to_string(time_++));
        // Two starts read the same, two of anything else don't.
        if (&kind != &core::event::kDaemonStarted) record.set("SESSION", std::to_string(process_));
        const auto sealed = core::seal(record, place_.seq + 1, place_.chain, host_);
        place_ = {sealed.seq, sealed.chain};
        places_.push_back(place_);
        outbox_.push_back(fields_of(sealed.datagram));
    }
    void send() { deliver(outbox_.size() - 1); }
    /** From the last `again`, or the first never sent, up to `end`. */
    void resend(std::size_t again, std::size_t end) {
        const std::size_t from = outbox_.size() - std::min(again, outbox_.size());
        for (std::size_t i = std::min(from, unsent_); i < end; ++i) deliver(i);
    }
    void deliver(std::size_t index) {
        core::ChainEntry entry;
        entry.fields = outbox_[index];
        entry.boot = "boot" + std::to_string(boot_);
        entry.process = std::to_string(process_);
        entry.cursor = "cursor" + std::to_string(journal_.size());
        journal_.push_back(std::move(entry));
        if (index == unsent_) ++unsent_;
    }
    static Fields fields_of(std::string_view datagram) {
        Fields out;
        while (!datagram.empty()) {
            const auto line = datagram.substr(0, datagram.find('\n'));
            const auto equals = line.find('=');
            out.emplace(line.substr(0, equals), line.substr(equals + 1));
            datagram.remove_prefix(line.size() + 1);
        }
        return out;
    }

    Place place_;
    std::vector<Place> places_;
    std::vector<Fields> outbox_;
    std::size_t unsent_ = 0, since_ = 0;  // since_: the first that the present process sent
    std::string host_ = State().host;
    int time_ = 0;
    int boot_ = 1, process_ = 100;
    std::vector<core::ChainEntry> journal_;
};

}  // namespace jit::test
