// SPDX-License-Identifier: Apache-2.0
// Ten thousand records, as long as a busy host's week: each kind of tampering at random places is found and the first
// bad record named; what is no tampering raises no alarm.
#define BOOST_TEST_MODULE chain_tampering
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdio>
#include <functional>
#include <random>

#include "core/chain.hpp"
#include "tests/support/audit_history.hpp"
#include "tests/support/long_run.hpp"

using namespace jit::core;
using jit::test::AuditHistory;
using Journal = std::vector<ChainEntry>;
using Place = std::ptrdiff_t;

namespace {

constexpr std::size_t kLength = 10'000;

ChainReport verify(const Journal& journal, const std::optional<Mark>& mark = {}) {
    ChainVerifier verifier;
    for (const auto& entry : journal) verifier.add(entry);
    return verifier.report(mark);
}

std::string said(const ChainReport& report) {
    std::string text(to_string(report.result));
    if (report.bad) text += ": " + std::string(to_string(report.bad->flaw)) + " " + std::to_string(report.bad->seq);
    return text;
}

const Journal& untouched() {
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

/** Somebody who knows how it is made gives it the hash that fits. */
void chain_again(ChainEntry& entry, const ChainEntry& before) {
    const auto chain = chain_hash(mark_of(before).chain, entry.fields);
    entry.fields["JIT_CHAIN"] = to_hex(chain.data(), chain.size());
}

std::mt19937 random_source(20261127);

Place any(Place from, Place to) { return std::uniform_int_distribution<Place>(from, to)(random_source); }

/** A few places in the middle, and the ends of it. */
void at_places(const std::function<void(Journal, Place)>& tamper) {
    const Place last = static_cast<Place>(kLength) - 1;
    for (const Place at : {Place{1}, last - 1}) tamper(untouched(), at);
    for (int left = jit::test::runs(3, 200); left > 0; --left) tamper(untouched(), any(2, last - 2));
}

std::string named(const char* what, Place at) { return std::string(what) + " " + std::to_string(at + 1); }

}  // namespace

BOOST_AUTO_TEST_SUITE(ChainTampering)

BOOST_AUTO_TEST_CASE(untouched_it_is_ok_and_soon_looked_through) {
    (void)untouched();
    const auto begin = std::chrono::steady_clock::now();
    const auto report = verify(untouched());
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    BOOST_TEST(said(report) == "ok");
    BOOST_TEST(report.records == kLength);
    std::printf("%zu records looked through in %.0f ms\n", kLength, took.count());
}

BOOST_AUTO_TEST_CASE(an_edit_of_any_field) {
    for (const auto& field : untouched()[1].fields) {
        const std::string& name = field.first;
        if (name == "JIT_SEQ") continue;
        const Place at = any(1, static_cast<Place>(kLength) - 1);
        Journal journal = untouched();
        auto& value = journal[static_cast<std::size_t>(at)].fields.at(name);
        value[0] = value[0] == '0' ? '1' : '0';
        const auto report = verify(journal);
        BOOST_TEST(said(report) == named("broken: edited", at), name);
        BOOST_TEST(report.bad->cursor == journal[static_cast<std::size_t>(at)].cursor);
    }
}

BOOST_AUTO_TEST_CASE(another_number) {
    at_places([](Journal journal, Place at) {
        journal[static_cast<std::size_t>(at)].fields["JIT_SEQ"] = "7";
        if (at == 6) return;
        // Before the true 7 it is the one after it that seems to come late.
        const auto bad = at < 6 ? named("broken: reordered", at + 1) : std::string("broken: conflict 7");
        BOOST_TEST(said(verify(journal)) == bad);
    });
}

BOOST_AUTO_TEST_CASE(a_field_taken_away_or_put_in) {
    at_places([](Journal journal, Place at) {
        auto& fields = journal[static_cast<std::size_t>(at)].fields;
        fields.erase("JIT_REASON");
        BOOST_TEST(said(verify(journal)) == named("broken: edited", at));
        fields = untouched()[static_cast<std::size_t>(at)].fields;
        fields["JIT_APPROVERS"] = "olivia";
        BOOST_TEST(said(verify(journal)) == named("broken: edited", at));
    });
}

BOOST_AUTO_TEST_CASE(an_edit_with_a_hash_that_fits) {
    at_places([](Journal journal, Place at) {
        auto& entry = journal[static_cast<std::size_t>(at)];
        entry.fields["JIT_USER"] = "carol";
        chain_again(entry, journal[static_cast<std::size_t>(at - 1)]);
        BOOST_TEST(said(verify(journal)) == named("broken: edited", at + 1));  // the one after does not follow it
    });
}

BOOST_AUTO_TEST_CASE(the_first_of_several_edits) {
    at_places([](Journal journal, Place at) {
        for (Place later = at; later < static_cast<Place>(kLength); later += any(1, 999))
            journal[static_cast<std::size_t>(later)].fields["JIT_USER"] = "carol";
        BOOST_TEST(said(verify(journal)) == named("broken: edited", at));
    });
}

BOOST_AUTO_TEST_CASE(one_removed) {
    at_places([](Journal journal, Place at) {
        journal.erase(journal.begin() + at);
        const auto report = verify(journal);
        BOOST_TEST(said(report) == named("incomplete: missing", at));
        BOOST_TEST(report.missing.size() == 1U);
    });
}

BOOST_AUTO_TEST_CASE(many_removed) {
    at_places([](Journal journal, Place at) {
        const Place many = std::min<Place>(any(2, 2000), static_cast<Place>(kLength) - 1 - at);
        journal.erase(journal.begin() + at, journal.begin() + at + many);
        const auto report = verify(journal);
        BOOST_TEST(said(report) == named("incomplete: missing", at));
        BOOST_TEST(report.missing.front().last == static_cast<std::uint64_t>(at + many));
    });
    Journal every_tenth = untouched();
    std::erase_if(every_tenth, [](const auto& entry) { return entry.fields.at("JIT_SEQ").ends_with('5'); });
    const auto report = verify(every_tenth);
    BOOST_TEST(said(report) == "incomplete: missing 5");
    BOOST_TEST(report.missing.size() == kLength / 10);
}

BOOST_AUTO_TEST_CASE(the_first_ones_removed_are_as_if_the_journal_was_rotated) {
    const Mark early = mark_of(untouched().front());
    at_places([&](Journal journal, Place at) {
        journal.erase(journal.begin(), journal.begin() + at);
        const auto report = verify(journal);
        BOOST_TEST(said(report) == "ok");
        BOOST_TEST(report.first_seq == static_cast<std::uint64_t>(at) + 1);
        BOOST_TEST(said(verify(journal, early)) == "incomplete: missing 1");
    });
}

BOOST_AUTO_TEST_CASE(the_last_ones_removed_show_against_a_mark) {
    const Mark head = mark_of(untouched().back());
    at_places([&](Journal journal, Place at) {
        journal.erase(journal.begin() + at, journal.end());
        BOOST_TEST(said(verify(journal)) == "ok");
        BOOST_TEST(said(verify(journal, head)) == named("incomplete: tail", at));
    });
}

BOOST_AUTO_TEST_CASE(a_forged_one_put_in) {
    at_places([](Journal journal, Place at) {
        ChainEntry forged = journal[static_cast<std::size_t>(at)];
        forged.cursor = "forged";
        forged.fields["JIT_USER"] = "carol";
        journal.insert(journal.begin() + at + 1, forged);
        BOOST_TEST(said(verify(journal)) == named("broken: edited", at));
        chain_again(journal[static_cast<std::size_t>(at + 1)], journal[static_cast<std::size_t>(at - 1)]);
        BOOST_TEST(said(verify(journal)) == named("broken: conflict", at));
        BOOST_TEST(verify(journal).bad->cursor == "forged");
    });
}

BOOST_AUTO_TEST_CASE(a_copy_put_in_before_its_turn) {
    at_places([](Journal journal, Place at) {
        const ChainEntry copy = journal.back();
        journal.insert(journal.begin() + at, copy);
        BOOST_TEST(said(verify(journal)) == named("broken: reordered", at));
    });
}

BOOST_AUTO_TEST_CASE(copies_put_in_later_are_no_flaw) {
    at_places([](Journal journal, Place at) {
        const Journal block(journal.begin() + at / 2, journal.begin() + at);
        journal.insert(journal.begin() + any(at, static_cast<Place>(kLength)), block.begin(), block.end());
        const auto report = verify(journal);
        BOOST_TEST(said(report) == "ok");
        BOOST_TEST(report.records == kLength);
    });
}

BOOST_AUTO_TEST_CASE(two_in_another_order) {
    at_places([](Journal journal, Place at) {
        const Place other = any(at + 1, static_cast<Place>(kLength) - 1);
        std::swap(journal[static_cast<std::size_t>(at)], journal[static_cast<std::size_t>(other)]);
        // The later one came too soon, so that the first that is behind it is out of its place.
        BOOST_TEST(said(verify(journal)) == named("broken: reordered", other == at + 1 ? at : at + 1));
    });
}

BOOST_AUTO_TEST_CASE(a_block_in_another_place) {
    at_places([](Journal journal, Place at) {
        const Place middle = any(at + 1, static_cast<Place>(kLength) - 1);
        std::rotate(journal.begin() + at, journal.begin() + middle, journal.end());
        BOOST_TEST(said(verify(journal)) == named("broken: reordered", at));
    });
}

BOOST_AUTO_TEST_CASE(kills_reboots_and_a_rotated_journal_are_no_flaw) {
    for (int round = jit::test::runs(3, 300); round > 0; --round) {
        AuditHistory history;
        history.start();
        while (history.seq() < kLength) history.something(random_source);
        history.restart(64);
        const Journal& journal = history.journal();
        const auto report = verify(journal);
        BOOST_REQUIRE_MESSAGE(said(report) == "ok", said(report));
        BOOST_REQUIRE(report.records == history.seq());
        for (int cut = 0; cut < 3; ++cut) {
            const Journal rotated(journal.begin() + any(1, static_cast<Place>(journal.size()) - 1), journal.end());
            const auto rest = verify(rotated, report.head);
            BOOST_REQUIRE_MESSAGE(said(rest) == "ok", said(rest));
        }
    }
    if (jit::test::long_run())
        std::puts("long: of 10,000 records, each tampering at 200 places was named, 300 histories of kills and reboots were ok");
}

BOOST_AUTO_TEST_SUITE_END()
