// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE journal
#include "jitd/journal.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>

#include "tests/support/fake_journal.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/test_loop.hpp"

using namespace jit::core;
using namespace jit::daemon;
using namespace jit::test;
using namespace std::chrono_literals;

namespace {

SealedRecord record(std::uint64_t seq) {
    SealedRecord out;
    out.seq = seq;
    out.datagram = "JIT_SEQ=" + std::to_string(seq) + "\n";
    return out;
}

struct Sender {
    TempDir dir;
    FakeJournal journald{dir};
    TestLoop loop;
    Journal journal;
    std::vector<std::pair<std::uint64_t, bool>> answers;

    Sender() { BOOST_REQUIRE(journal.start(loop.get(), journald.path()).has_value()); }
    void send(std::uint64_t seq) {
        journal.send(record(seq), [this, seq](bool accepted) { answers.emplace_back(seq, accepted); });
    }
    bool answered(std::size_t n = 1) {
        return loop.until([&] { return answers.size() >= n; });
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(JournalSocket)

BOOST_AUTO_TEST_CASE(a_record_is_accepted_only_after_the_peer_has_read_it) {
    Sender sender;
    sender.send(1);
    sender.loop.drain();
    BOOST_TEST(sender.answers.empty());
    BOOST_TEST(sender.journald.read() == "JIT_SEQ=1\n");
    BOOST_REQUIRE(sender.answered());
    BOOST_TEST(sender.answers[0].second);
}

BOOST_AUTO_TEST_CASE(of_several_records_none_is_accepted_before_all_are_read) {
    Sender sender;
    for (std::uint64_t seq = 1; seq <= 3; ++seq) sender.send(seq);
    (void)sender.journald.read();
    (void)sender.journald.read();
    sender.loop.drain();
    BOOST_TEST(sender.answers.empty());
    (void)sender.journald.read();
    BOOST_REQUIRE(sender.answered(3));
    for (std::size_t i = 0; i < 3; ++i) BOOST_TEST((sender.answers[i] == std::pair<std::uint64_t, bool>(i + 1, true)));
}

BOOST_AUTO_TEST_CASE(a_record_nobody_reads_fails_after_a_second_and_is_not_lost) {
    Sender sender;
    const auto begin = std::chrono::steady_clock::now();
    sender.send(1);
    BOOST_REQUIRE(sender.answered());
    const auto took = std::chrono::steady_clock::now() - begin;
    BOOST_TEST(!sender.answers[0].second);
    BOOST_TEST((took >= 900ms));
    BOOST_TEST((took <= 1500ms));
    BOOST_TEST(sender.journald.read() == "JIT_SEQ=1\n");
    BOOST_TEST(sender.loop.until([&] { return sender.journal.settled() == 1; }));  // sent over a second ago
    BOOST_TEST(sender.answers.size() == 1);
}

BOOST_AUTO_TEST_CASE(a_full_queue_waits_and_is_no_failure) {
    Sender sender;
    constexpr std::size_t kMany = 2000;  // net.unix.max_dgram_qlen is far below
    for (std::uint64_t seq = 1; seq <= kMany; ++seq) sender.send(seq);
    std::uint64_t next = 1;
    const bool all = sender.loop.until([&] {
        for (auto text = sender.journald.read(); !text.empty(); text = sender.journald.read()) {
            BOOST_REQUIRE(text == "JIT_SEQ=" + std::to_string(next) + "\n");
            ++next;
        }
        return sender.answers.size() == kMany;
    });
    BOOST_TEST(all);
    BOOST_TEST(next == kMany + 1);
    BOOST_TEST(std::all_of(sender.answers.begin(), sender.answers.end(), [](const auto& a) { return a.second; }));
}

BOOST_AUTO_TEST_CASE(a_socket_that_went_away_and_came_back_gets_the_records_again_under_the_same_seq) {
    Sender sender;
    sender.send(1);
    BOOST_TEST(sender.journald.read() == "JIT_SEQ=1\n");
    BOOST_REQUIRE(sender.answered());
    sender.send(2);  // lies in the queue of a journald that dies
    sender.journald.close();
    sender.send(3);
    sender.loop.drain();
    sender.journald.open();
    std::string got;
    const bool all = sender.loop.until([&] {
        for (auto text = sender.journald.read(); !text.empty(); text = sender.journald.read()) got += text;
        return sender.answers.size() == 3;
    });
    BOOST_TEST(all);
    BOOST_TEST(got == "JIT_SEQ=1\nJIT_SEQ=2\nJIT_SEQ=3\n");
    BOOST_TEST(sender.answers[1].second);
    BOOST_TEST(sender.answers[2].second);
}

BOOST_AUTO_TEST_CASE(without_a_journald_a_record_fails_after_a_second_and_goes_out_later) {
    Sender sender;
    sender.journald.close();
    const auto begin = std::chrono::steady_clock::now();
    sender.send(1);
    BOOST_REQUIRE(sender.answered());
    const auto took = std::chrono::steady_clock::now() - begin;
    BOOST_TEST(!sender.answers[0].second);
    BOOST_TEST((took >= 900ms && took <= 1500ms));
    sender.journald.open();
    BOOST_TEST(sender.loop.until([&] { return sender.journald.read() == "JIT_SEQ=1\n"; }));
}

BOOST_AUTO_TEST_CASE(records_of_the_last_second_and_those_that_go_again_are_not_settled) {
    Sender sender;
    sender.send(1);
    (void)sender.journald.read();
    BOOST_REQUIRE(sender.answered());
    BOOST_TEST(sender.journal.settled() == 0);
    sender.journald.close();
    sender.send(2);
    sender.journald.open();
    sender.loop.drain();  // both lie unread in the new queue
    BOOST_TEST(sender.journal.settled() == 0);
    BOOST_REQUIRE(sender.answered(2));  // the second one fails after its second, which the first one's is over by
    BOOST_TEST(!sender.answers[1].second);
    BOOST_TEST(sender.journal.settled() == 0);
    BOOST_TEST(sender.journald.read() == "JIT_SEQ=1\n");
    BOOST_TEST(sender.journald.read() == "JIT_SEQ=2\n");
    BOOST_TEST(sender.loop.until([&] { return sender.journal.settled() == 2; }));
}

BOOST_AUTO_TEST_CASE(a_lost_socket_takes_no_other_descriptor_out_of_the_loop) {
    Sender sender;
    sender.loop.drain();
    sender.journald.close();
    sender.send(1);  // ECONNREFUSED: the descriptor is closed, its number free for one of these
    std::array<jit::Fd, 8> events;
    std::array<Watch, 8> watches;
    std::size_t woken = 0;
    for (std::size_t i = 0; i < events.size(); ++i) {
        events[i] = jit::Fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
        BOOST_REQUIRE(watches[i].start(sender.loop.get(), events[i].get(), EPOLLIN, 0, [&, i](std::uint32_t) {
            std::uint64_t n = 0;
            if (::read(events[i].get(), &n, sizeof n) == sizeof n) ++woken;
        }) >= 0);
    }
    sender.journald.open();
    BOOST_REQUIRE(sender.loop.until([&] { return sender.journald.read() == "JIT_SEQ=1\n"; }));
    const std::uint64_t one = 1;
    for (const auto& event : events) BOOST_REQUIRE(::write(event.get(), &one, sizeof one) == sizeof one);
    BOOST_TEST(sender.loop.until([&] { return woken == events.size(); }, 1000ms));
}

/** The records the state keeps: 1 to `last`. */
struct Outbox {
    std::uint64_t last = 0, asked = 0;
    std::size_t most = 0;

    Journal::Outbox reader() {
        return [this](std::uint64_t seq, std::size_t limit) -> Result<std::vector<SealedRecord>> {
            ++asked;
            most = std::max(most, limit);
            std::vector<SealedRecord> out;
            while (seq < last && out.size() < limit) out.push_back(record(++seq));
            return out;
        };
    }
};

/** Reads all there is; true once `last` was the next in order. */
bool read_in_order(Sender& sender, std::uint64_t& next, std::uint64_t last) {
    return sender.loop.until([&] {
        for (auto text = sender.journald.read(); !text.empty(); text = sender.journald.read()) {
            BOOST_REQUIRE(text == "JIT_SEQ=" + std::to_string(next) + "\n");
            ++next;
        }
        return next > last;
    });
}

BOOST_AUTO_TEST_CASE(what_was_too_much_for_the_memory_goes_out_of_the_outbox_in_order_and_is_settled) {
    Sender sender;
    Outbox outbox;
    sender.journal.catch_up(outbox.reader());
    constexpr std::uint64_t kMany = 10'000;  // nobody reads
    const auto send = [&](Journal::Done done) {
        sender.journal.send(record(++outbox.last), std::move(done), true);
    };
    while (outbox.last < kMany) send(nullptr);
    bool allowed = false;
    send([&](bool accepted) { allowed = accepted; });  // one who comes when journald does
    std::uint64_t next = 1;
    BOOST_TEST(read_in_order(sender, next, kMany + 1));
    BOOST_TEST(sender.loop.until([&] { return allowed; }));
    send(nullptr);
    BOOST_TEST(read_in_order(sender, next, kMany + 2));
    BOOST_TEST(sender.loop.until([&] { return sender.journal.settled() == kMany + 2; }));
    BOOST_TEST(outbox.most <= 1000U);
    const auto asked = outbox.asked;
    send(nullptr);
    BOOST_TEST(read_in_order(sender, next, kMany + 3));
    BOOST_TEST(outbox.asked == asked);  // it has caught up
}

BOOST_AUTO_TEST_CASE(who_waits_behind_too_many_records_is_refused_after_a_second) {
    Sender sender;
    Outbox outbox;
    sender.journal.catch_up(outbox.reader());
    while (outbox.last < 5'000) sender.journal.send(record(++outbox.last), nullptr, true);
    sender.journal.send(record(++outbox.last), [&](bool accepted) { sender.answers.emplace_back(5'001, accepted); }, true);
    BOOST_REQUIRE(sender.answered());
    BOOST_TEST(!sender.answers[0].second);
    std::uint64_t next = 1;
    BOOST_TEST(read_in_order(sender, next, 5'001));
    BOOST_TEST(sender.answers.size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_outbox_of_before_goes_first_and_what_is_in_none_keeps_its_place) {
    Sender sender;
    Outbox outbox;
    outbox.last = 600;
    sender.journal.catch_up(outbox.reader());
    sender.journal.send(record(601), nullptr);  // the disk did not take it
    bool accepted = false;
    sender.journal.send(record(602), [&](bool ok) { accepted = ok; });
    std::uint64_t next = 1;
    BOOST_TEST(read_in_order(sender, next, 602));
    BOOST_TEST(sender.loop.until([&] { return accepted; }));
}

BOOST_AUTO_TEST_CASE(a_done_may_send_the_next_record) {
    Sender sender;
    bool second = false;
    sender.journal.send(record(1), [&](bool) { sender.journal.send(record(2), [&](bool ok) { second = ok; }); });
    (void)sender.journald.read();
    BOOST_TEST(sender.loop.until([&] {
        (void)sender.journald.read();
        return second;
    }));
}

BOOST_AUTO_TEST_SUITE_END()
