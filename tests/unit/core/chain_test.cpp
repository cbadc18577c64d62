// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE chain
#include "core/chain.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <random>

#include "tests/support/audit_history.hpp"

using namespace jit::core;
using jit::test::AuditHistory;
using Journal = std::vector<ChainEntry>;

namespace {

constexpr std::size_t kLength = 1000;
constexpr std::size_t kPlaces[] = {0, 1, kLength / 2, kLength - 2, kLength - 1};

ChainReport verify(const Journal& journal, const std::optional<Mark>& mark = {}) {
    ChainVerifier verifier;
    for (const auto& entry : journal) verifier.add(entry);
    return verifier.report(mark);
}

/** "broken: edited 17". */
std::string said(const ChainReport& report) {
    std::string text(to_string(report.result));
    if (report.bad)
        text +=
            ": " + std::string(to_string(report.bad->flaw)) + " " + std::to_string(report.bad->seq);
    return text;
}

const Journal& thousand() {
    static const Journal journal = [] {
        AuditHistory history;
        history.start();
        while (history.journal().size() < kLength) history.write();
        return history.journal();
    }();
    return journal;
}

Mark mark_of(const ChainEntry& entry) {
    return *parse_mark(entry.fields.at("JIT_SEQ") + ":" + entry.fields.at("JIT_CHAIN"));
}

/** Somebody who knows how it is made: the hashes from `at` on are right again. */
void chain_again(Journal& journal, std::size_t at) {
    Chain previous = at == 0 ? Chain{} : mark_of(journal[at - 1]).chain;
    for (; at < journal.size(); ++at) {
        previous = chain_hash(previous, journal[at].fields);
        journal[at].fields["JIT_CHAIN"] = to_hex(previous.data(), previous.size());
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ChainVerifierSuite)

BOOST_AUTO_TEST_CASE(a_whole_chain_is_ok) {
    const auto report = verify(thousand());
    BOOST_TEST(said(report) == "ok");
    BOOST_TEST(report.records == kLength);
    BOOST_TEST(report.first_seq == 1U);
    BOOST_TEST(report.head->seq == kLength);
    BOOST_TEST(to_string(*report.head) == to_string(mark_of(thousand().back())));
}

BOOST_AUTO_TEST_CASE(what_journald_adds_is_no_part_of_it) {
    BOOST_TEST(is_chained("JIT_USER"));
    BOOST_TEST(is_chained("MESSAGE"));
    BOOST_TEST(!is_chained("_UID"));
    BOOST_TEST(!is_chained("SITE"));  // LogExtraFields=
}

BOOST_AUTO_TEST_CASE(a_journal_without_records_is_not_ok) {
    BOOST_TEST(said(verify({})) == "incomplete: missing 1");
}

BOOST_AUTO_TEST_CASE(an_edit_of_any_field_shows_at_its_record) {
    for (const auto at : kPlaces) {
        for (const auto& [name, value] : thousand()[at].fields) {
            if (name == "JIT_SEQ") continue;
            Journal journal = thousand();
            auto& field = journal[at].fields[name];
            field.back() = field.back() == '0' ? '1' : '0';
            const auto report = verify(journal);
            BOOST_TEST(said(report) == "broken: edited " + std::to_string(at + 1), name);
            BOOST_TEST(report.bad->cursor == journal[at].cursor);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_field_taken_away_or_added_shows) {
    for (const auto at : kPlaces) {
        Journal journal = thousand();
        journal[at].fields.erase("JIT_HOST");
        BOOST_TEST(said(verify(journal)) == "broken: edited " + std::to_string(at + 1));
        journal = thousand();
        journal[at].fields["JIT_NOTE"] = "x";
        BOOST_TEST(said(verify(journal)) == "broken: edited " + std::to_string(at + 1));
    }
}

BOOST_AUTO_TEST_CASE(another_number_shows) {
    for (const auto at : kPlaces) {
        for (const char* number : {"0", "01", "x", "", "99999999999999999999"}) {
            Journal journal = thousand();
            journal[at].fields["JIT_SEQ"] = number;
            BOOST_TEST(said(verify(journal)) == "broken: malformed 0");
        }
        for (const char* number : {"2", "77", "499", "1003"}) {
            Journal journal = thousand();
            if (journal[at].fields["JIT_SEQ"] == number) continue;
            journal[at].fields["JIT_SEQ"] = number;
            BOOST_TEST((verify(journal).result != ChainResult::ok));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_hash_made_anew_shows_at_the_next_record) {
    for (const std::size_t at : {std::size_t{0}, std::size_t{1}, kLength / 2, kLength - 2}) {
        Journal journal = thousand();
        journal[at].fields["JIT_REASON"] = "another";
        Journal alone(journal.begin(), journal.begin() + static_cast<std::ptrdiff_t>(at) + 1);
        chain_again(alone, at);
        journal[at] = alone.back();
        BOOST_TEST(said(verify(journal)) == "broken: edited " + std::to_string(at + 2));
    }
}

BOOST_AUTO_TEST_CASE(a_chain_made_anew_up_to_its_end_shows_against_a_mark) {
    const Mark mark = mark_of(thousand().back());
    for (const auto at : kPlaces) {
        Journal journal = thousand();
        journal[at].fields["JIT_REASON"] = "another";
        chain_again(journal, at);
        BOOST_TEST(said(verify(journal)) == "ok");  // which is why there is --head
        BOOST_TEST(said(verify(journal, mark)) == "broken: head 1000");
    }
}

BOOST_AUTO_TEST_CASE(a_removed_record_is_missing_where_it_was) {
    for (const std::size_t at : {std::size_t{1}, kLength / 2, kLength - 2}) {
        Journal journal = thousand();
        journal.erase(journal.begin() + static_cast<std::ptrdiff_t>(at));
        const auto report = verify(journal);
        BOOST_TEST(said(report) == "incomplete: missing " + std::to_string(at + 1));
        BOOST_TEST(report.records == kLength - 1);
        BOOST_TEST(report.missing.size() == 1U);
    }
}

BOOST_AUTO_TEST_CASE(the_chain_is_checked_again_after_a_gap) {
    Journal journal = thousand();
    journal.erase(journal.begin() + 300, journal.begin() + 310);
    journal[400].fields["JIT_USER"] = "carol";
    const auto report = verify(journal);
    BOOST_TEST(said(report) == "broken: edited 411");
    BOOST_TEST(report.missing.front().first == 301U);
    BOOST_TEST(report.missing.front().last == 310U);
}

BOOST_AUTO_TEST_CASE(a_rotated_journal_begins_anywhere) {
    for (const std::size_t cut : {std::size_t{1}, kLength / 2, kLength - 1}) {
        const Journal journal(thousand().begin() + static_cast<std::ptrdiff_t>(cut),
                              thousand().end());
        const auto report = verify(journal, mark_of(thousand().back()));
        BOOST_TEST(said(report) == "ok");
        BOOST_TEST(report.first_seq == cut + 1);
        BOOST_TEST(said(verify(journal, mark_of(thousand().front()))) == "incomplete: missing 1");
    }
}

BOOST_AUTO_TEST_CASE(a_lost_tail_shows_against_a_mark) {
    const Mark mark = mark_of(thousand().back());
    for (const std::ptrdiff_t left : {1, 500, 999}) {
        const Journal journal(thousand().begin(), thousand().begin() + left);
        BOOST_TEST(said(verify(journal)) == "ok");
        BOOST_TEST(said(verify(journal, mark)) == "incomplete: tail " + std::to_string(left + 1));
    }
    BOOST_TEST(said(verify(thousand(), mark)) == "ok");
    BOOST_TEST(said(verify(thousand(), mark_of(thousand()[10]))) == "ok");
}

BOOST_AUTO_TEST_CASE(a_record_put_in_shows) {
    for (const auto at : kPlaces) {
        const auto place = static_cast<std::ptrdiff_t>(at);
        Journal journal = thousand();
        ChainEntry forged = journal[at];
        forged.cursor = "forged";
        forged.fields["JIT_USER"] = "mallory";
        journal.insert(journal.begin() + place + 1, forged);
        BOOST_TEST(said(verify(journal)) == "broken: edited " + std::to_string(at + 1));

        Journal alone(thousand().begin(), thousand().begin() + place + 1);
        alone.back() = forged;
        chain_again(alone, at);
        journal[at + 1] = alone.back();
        BOOST_TEST(said(verify(journal)) == "broken: conflict " + std::to_string(at + 1));
        BOOST_TEST(verify(journal).bad->cursor == "forged");

        journal[at + 1].fields.erase("JIT_SEQ");
        BOOST_TEST(said(verify(journal)) == "broken: malformed 0");
    }
}

BOOST_AUTO_TEST_CASE(records_in_another_order_show) {
    for (std::size_t at = 0; at + 1 < kLength; at += 37) {
        Journal journal = thousand();
        std::swap(journal[at], journal[at + 1]);
        BOOST_TEST(said(verify(journal)) == "broken: reordered " + std::to_string(at + 1));
    }
    for (const auto from : kPlaces) {
        for (const auto to : kPlaces) {
            if (from == to) continue;
            Journal journal = thousand();
            const ChainEntry moved = journal[from];
            journal.erase(journal.begin() + static_cast<std::ptrdiff_t>(from));
            journal.insert(journal.begin() + static_cast<std::ptrdiff_t>(to), moved);
            BOOST_TEST((verify(journal).result == ChainResult::broken));
        }
    }
}

BOOST_AUTO_TEST_CASE(records_of_two_processes_in_another_order_show) {
    AuditHistory history;
    history.start();
    history.write();
    history.restart(0);
    Journal journal = history.journal();
    std::swap(journal[1], journal[2]);
    BOOST_TEST(said(verify(journal)) == "broken: reordered 2");
}

BOOST_AUTO_TEST_CASE(restarts_and_records_sent_again_raise_no_alarm) {
    std::mt19937 random(20261122);
    for (int round = 0; round < 10'000; ++round) {
        AuditHistory history;
        history.start();
        for (int i = 0; i < 40; ++i) history.something(random);
        history.restart(64);
        const auto report = verify(history.journal());
        BOOST_REQUIRE_MESSAGE(report.result == ChainResult::ok, round << ": " << said(report));
        BOOST_REQUIRE(report.records == history.seq());
        BOOST_REQUIRE(report.head->seq == history.seq());
        const auto cut = static_cast<std::ptrdiff_t>(random() % history.journal().size());
        const Journal rotated(history.journal().begin() + cut, history.journal().end());
        BOOST_REQUIRE_MESSAGE(verify(rotated).result == ChainResult::ok,
                              round << " from " << cut << ": " << said(verify(rotated)));
    }
}

BOOST_AUTO_TEST_CASE(one_edited_copy_among_records_sent_again_shows) {
    std::mt19937 random(7);
    for (int round = 0; round < 1'000; ++round) {
        AuditHistory history;
        history.start();
        for (int i = 0; i < 40; ++i) history.something(random);
        history.restart(64);
        Journal journal = history.journal();
        auto& entry = journal[random() % journal.size()];
        entry.fields["JIT_REASON"] += "!";
        BOOST_REQUIRE((verify(journal).result == ChainResult::broken));
    }
}

BOOST_AUTO_TEST_CASE(a_state_that_went_back_in_a_power_cut_is_a_fork) {
    AuditHistory history;
    history.start();
    for (int i = 0; i < 20; ++i) history.write();
    history.power_cut(5);  // the journal has five records more than the state
    for (int i = 0; i < 20; ++i) history.write();
    const auto report = verify(history.journal());
    BOOST_TEST(said(report) == "incomplete: fork 17");
    BOOST_TEST(report.records == 42U);  // 16 before, 5 nobody goes on from, 21 after
    BOOST_TEST(report.head->seq == 37U);

    Journal journal = history.journal();
    journal[30].fields["JIT_USER"] = "mallory";
    BOOST_TEST((verify(journal).result == ChainResult::broken));
}

BOOST_AUTO_TEST_CASE(two_power_cuts_in_a_row_are_two_forks) {
    AuditHistory history;
    history.start();
    for (int i = 0; i < 20; ++i) history.write();
    history.power_cut(5);
    history.write();
    history.power_cut(2);  // the same state again: the same start, then another record
    for (int i = 0; i < 20; ++i) history.write();
    const auto report = verify(history.journal());
    BOOST_TEST(said(report) == "incomplete: fork 17");
    BOOST_TEST(report.head->seq == 37U);
}

BOOST_AUTO_TEST_CASE(a_head_in_either_branch_of_a_fork_is_reached) {
    AuditHistory history;
    history.start();
    for (int i = 0; i < 20; ++i) history.write();
    const Mark before = mark_of(history.journal().back());
    history.power_cut(5);
    history.write();
    BOOST_TEST(said(verify(history.journal(), before)) == "incomplete: fork 17");
    BOOST_TEST(said(verify(history.journal(), mark_of(history.journal().back()))) ==
               "incomplete: fork 17");
}

BOOST_AUTO_TEST_CASE(jitd_without_its_state_for_a_while_is_a_fork) {
    AuditHistory history;
    history.start();
    for (int i = 0; i < 20; ++i) history.write();
    const auto kept = history.lose_state();
    history.write();
    history.write();
    history.recover(kept);
    history.write();
    const auto report = verify(history.journal());
    BOOST_TEST(said(report) == "incomplete: fork 1");
    BOOST_TEST(report.missing.empty());
    BOOST_TEST(report.head->seq == 23U);
}

Journal rotated(const AuditHistory& history, std::ptrdiff_t cut) {
    return {history.journal().begin() + cut, history.journal().end()};
}

BOOST_AUTO_TEST_CASE(a_lost_state_is_a_fork_also_if_the_journal_no_longer_has_that_part) {
    for (const int before : {0, 3}) {  // of the records of a new state before jitd's start is one
        AuditHistory history;
        history.start();
        for (int i = 0; i < 40; ++i) history.write();
        (void)history.lose_state(before);
        // Up to the first number that was kept, to the one before it, and past all of them.
        for (int i = 0; i < 60; ++i) {
            const auto report = verify(rotated(history, 11));
            BOOST_REQUIRE_MESSAGE(said(report) == "incomplete: fork 1", i << ": " << said(report));
            BOOST_REQUIRE(report.missing.empty());
            BOOST_REQUIRE(to_string(*report.head) == to_string(mark_of(history.journal().back())));
            history.write();
        }
    }
}

BOOST_AUTO_TEST_CASE(what_was_done_to_either_side_of_such_a_fork_shows) {
    AuditHistory history;
    history.start();
    for (int i = 0; i < 40; ++i) history.write();
    (void)history.lose_state();
    for (int i = 0; i < 60; ++i) history.write();
    const Journal whole = rotated(history, 11);  // 12 to 41, then 1 to 61
    for (const std::size_t at : {1U, 15U, 29U, 30U, 31U, 40U, 41U, 42U, 60U, 89U, 90U}) {
        const auto seq = std::to_string(mark_of(whole[at]).seq);
        Journal journal = whole;
        journal[at].fields["JIT_USER"] = "mallory";
        BOOST_TEST(said(verify(journal)) == "broken: edited " + seq);
        journal = whole;
        journal.erase(journal.begin() + static_cast<std::ptrdiff_t>(at));
        const auto report = verify(journal, mark_of(whole.back()));
        if (at == 29) {
            BOOST_TEST(said(report) == "incomplete: fork 1");  // the end of what was lost
        } else if (at == 30) {
            BOOST_TEST((report.result == ChainResult::broken));  // no start, no fork
        } else if (at == 90) {
            BOOST_TEST(said(report) == "incomplete: fork 1");
            BOOST_TEST(report.head->seq == 60U);
        } else {
            BOOST_TEST(said(report) == "incomplete: fork 1");
            BOOST_REQUIRE(report.missing.size() == 1U);
            BOOST_TEST(std::to_string(report.missing.front().first) == seq);
            BOOST_TEST(std::to_string(report.missing.front().last) == seq);
        }
    }
    for (const std::size_t at : {15U, 45U}) {
        Journal journal = whole;
        std::swap(journal[at], journal[at + 1]);
        BOOST_TEST((verify(journal).result == ChainResult::broken));
    }
}

BOOST_AUTO_TEST_CASE(a_record_put_in_without_a_start_is_no_fork) {
    AuditHistory history;
    history.start();
    for (int i = 0; i < 40; ++i) history.write();
    AuditHistory other;
    other.start();
    for (int i = 0; i < 40; ++i) other.write();
    Journal journal = rotated(history, 11);
    for (std::size_t i = 5; i < 20; ++i) {
        journal.push_back(other.journal()[i]);
        journal.back().process = "another";
        journal.back().fields["JIT_USER"] = "mallory";
        chain_again(journal, journal.size() - 1);
    }
    BOOST_TEST((verify(journal).result == ChainResult::broken));
}

BOOST_AUTO_TEST_CASE(a_state_from_a_copy_is_a_fork_also_if_the_journal_no_longer_has_that_part) {
    AuditHistory history;
    history.start();
    for (int i = 0; i < 60; ++i) history.write();
    history.power_cut(40);  // its outbox has the last records of the copy: they go again
    for (int i = 0; i < 60; ++i) {
        const auto report = verify(rotated(history, 40));
        BOOST_REQUIRE_MESSAGE(said(report) == "incomplete: fork 14", said(report));
        BOOST_REQUIRE(report.missing.empty());
        history.write();
    }
}

BOOST_AUTO_TEST_CASE(a_recovered_state_goes_on_after_a_rotated_journal) {
    AuditHistory history;
    history.start();
    for (int i = 0; i < 40; ++i) history.write();
    auto kept = history.lose_state();
    history.write();
    history.recover(std::move(kept));
    history.write();
    const auto report = verify(rotated(history, 11));
    BOOST_TEST(said(report) == "incomplete: fork 1");
    BOOST_TEST(report.missing.empty());
    BOOST_TEST(report.head->seq == 43U);
}

BOOST_AUTO_TEST_CASE(a_lost_record_and_restarts_after_a_fork_are_no_more_than_that) {
    AuditHistory history;
    history.start();
    for (int i = 0; i < 40; ++i) history.write();
    (void)history.lose_state();
    for (int i = 0; i < 20; ++i) history.write();
    history.restart(0);
    for (int i = 0; i < 40; ++i) history.write();
    Journal journal = rotated(history, 11);
    journal.erase(journal.begin() + 30 + 20);  // 21, before the restart; the other side has that number
    const auto report = verify(journal);
    BOOST_TEST(said(report) == "incomplete: fork 1");
    BOOST_REQUIRE(report.missing.size() == 1U);
    BOOST_TEST(report.missing.front().first == 21U);
    BOOST_TEST(report.head->seq == 62U);
}

BOOST_AUTO_TEST_CASE(a_state_that_is_lost_at_any_moment_is_never_broken) {
    std::mt19937 random(20261127);
    for (int round = 0; round < 500; ++round) {
        auto history = AuditHistory::timed();
        history.start();
        for (int i = 0; i < 40; ++i) history.something(random);
        history.restart(64);
        const auto had = history.seq();
        const auto lost = random() % 3;
        if (lost == 0)
            history.power_cut(random() % had);
        else
            (void)history.lose_state(lost == 1 ? 0 : static_cast<int>(random() % 5));
        for (auto i = random() % 80; i > 0; --i) history.something(random);
        history.restart(128);
        const Journal journal = rotated(history, static_cast<std::ptrdiff_t>(random() % history.journal().size()));
        const auto report = verify(journal);
        BOOST_REQUIRE_MESSAGE(report.result != ChainResult::broken, round << ": " << said(report));
        BOOST_REQUIRE_MESSAGE(report.missing.empty(), round << ": " << said(report));
        BOOST_REQUIRE(report.head->seq == history.seq());
    }
}

BOOST_AUTO_TEST_CASE(only_a_start_of_jitd_makes_a_fork) {
    AuditHistory history;
    history.start();
    for (int i = 0; i < 20; ++i) history.write();
    history.power_cut(5);
    history.write();
    Journal journal = history.journal();
    const auto fork = std::ranges::find_if(journal, [](const auto& e) {
        return e.boot == "boot2" && e.fields.at("JIT_EVENT") == "daemon.started";
    });
    journal.erase(fork);
    BOOST_TEST((verify(journal).result == ChainResult::broken));
    // The same process says that it starts but once.
    for (auto& entry : journal = history.journal()) entry.boot = entry.process = "same";
    BOOST_TEST(said(verify(journal)) == "broken: conflict 17");
}

BOOST_AUTO_TEST_CASE(boots_may_come_in_any_order) {
    AuditHistory history;
    history.start();
    for (int i = 0; i < 20; ++i) history.write();
    const auto first = static_cast<std::ptrdiff_t>(history.journal().size());
    history.reboot(0);
    for (int i = 0; i < 20; ++i) history.write();
    Journal journal = history.journal();  // the clock was set back between them
    std::rotate(journal.begin(), journal.begin() + first, journal.end());
    BOOST_TEST(said(verify(journal)) == "ok");
}

BOOST_AUTO_TEST_CASE(boots_in_each_of_their_orders_are_one_chain) {
    AuditHistory history;
    history.start();
    std::vector<Journal> boots(4);
    for (auto& boot : boots) {
        const auto begin = static_cast<std::ptrdiff_t>(history.journal().size());
        if (begin > 0) history.reboot(0);
        for (int i = 0; i < 5; ++i) history.write();
        boot.assign(history.journal().begin() + begin, history.journal().end());
    }
    std::vector<std::size_t> order = {0, 1, 2, 3};
    do {
        Journal journal;
        for (const auto boot : order) journal.insert(journal.end(), boots[boot].begin(), boots[boot].end());
        const auto report = verify(journal);
        BOOST_TEST(said(report) == "ok");
        BOOST_TEST(report.head->seq == history.seq());
        journal[8].fields["JIT_USER"] = "mallory";
        BOOST_TEST((verify(journal).result == ChainResult::broken));
    } while (std::ranges::next_permutation(order).found);
}

BOOST_AUTO_TEST_CASE(a_mark_is_read_strictly) {
    const std::string hash(64, 'a');
    BOOST_TEST(to_string(*parse_mark("7:" + hash)) == "7:" + hash);
    for (const std::string& text :
         {std::string(), std::string("7"), "7:" + hash + "a", "7:" + hash.substr(1), "0:" + hash,
          "-1:" + hash, "7 :" + hash, "7:" + std::string(64, 'g'), ":" + hash})
        BOOST_TEST(!parse_mark(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()
