// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE record_reader
#include "jitd/record_reader.hpp"

#include <boost/test/unit_test.hpp>
#include <future>
#include <stdexcept>

#include "tests/support/fake_records.hpp"
#include "tests/support/test_loop.hpp"

using namespace jit;
using daemon::RecordReader;

namespace {

constexpr std::uint32_t kAlice = 1001, kBob = 1002;

trail::LogRecord record(int number) {
    trail::LogRecord out;
    out.time_usec = static_cast<std::uint64_t>(number) + 1;
    out.fields = {{"event", "check.allowed"}, {"seq", std::to_string(number)}, {"user", number % 2 == 0 ? "alice" : "bob"}};
    return out;
}

/** Records of a journal that opens when it is told to. */
struct Reading {
    test::TestLoop loop;
    daemon::Worker worker;
    std::promise<void> gate;
    std::shared_future<void> opens = gate.get_future().share();
    int opened = 0;
    std::vector<trail::LogRecord> records;
    RecordReader reader{worker, [this](const trail::JournalFilter& filter)
                                    -> core::Result<std::unique_ptr<trail::RecordSource>> {
        opens.wait();
        ++opened;
        if (filter.user == "throw") throw std::runtime_error("x");
        if (filter.user == "fail") return core::fail("UNREADABLE", "journal: no");
        return std::unique_ptr<trail::RecordSource>(std::make_unique<test::FakeRecords>(records));
    }};
    std::vector<std::string> answers;

    Reading() {
        BOOST_REQUIRE(worker.start(loop.get()).has_value());
        for (int i = 0; i < 1000; ++i) records.push_back(record(i));
    }
    bool ask(std::uint32_t uid, const trail::JournalFilter& filter = {}, const trail::PageQuery& query = {}) {
        return reader.read(uid, filter, query, [this](const RecordReader::Page& page) {
            if (!page) {
                answers.push_back(page.error().code);
                return;
            }
            std::size_t own = 0;
            for (const auto& one : *page) own += one.field("user") == "alice" ? 1 : 0;
            answers.push_back(std::to_string(page->size()) + " " + std::to_string(own));
        });
    }
    std::string answer(std::size_t number = 0) {
        BOOST_REQUIRE(loop.until([&] { return answers.size() > number; }));
        return answers[number];
    }
    void open() { gate.set_value(); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(Records, Reading)

BOOST_AUTO_TEST_CASE(a_page_is_bounded_whatever_is_asked) {
    open();
    trail::PageQuery query;
    query.records = 1'000'000;
    BOOST_TEST(ask(kAlice, {}, query));
    BOOST_TEST(answer() == "200 100");
    query.records = 3;
    BOOST_TEST(ask(kAlice, {}, query));
    BOOST_TEST(answer(1).starts_with("3 "));
}

BOOST_AUTO_TEST_CASE(only_own_records_reach_their_owner) {
    open();
    trail::JournalFilter filter;
    filter.owner = trail::Owner{"alice", kAlice};
    BOOST_TEST(ask(kAlice, filter));
    BOOST_TEST(answer() == "200 200");
}

BOOST_AUTO_TEST_CASE(an_account_has_one_question_in_work) {
    BOOST_TEST(ask(kAlice));
    BOOST_TEST(!ask(kAlice));
    BOOST_TEST(ask(kBob));
    open();
    (void)answer(1);
    BOOST_TEST(ask(kAlice));
    (void)answer(2);
    BOOST_TEST(opened == 3);
}

BOOST_AUTO_TEST_CASE(all_accounts_together_are_bounded_but_root) {
    for (std::uint32_t i = 0; i < RecordReader::kMaxWaiting; ++i) BOOST_TEST(ask(2000 + i));
    BOOST_TEST(!ask(kAlice));
    BOOST_TEST(ask(0));
    open();
    (void)answer(RecordReader::kMaxWaiting);
    BOOST_TEST(ask(kAlice));
    (void)answer(RecordReader::kMaxWaiting + 1);
}

BOOST_AUTO_TEST_CASE(after_a_failure_the_next_question_is_answered) {
    open();
    BOOST_TEST(ask(kAlice, {.user = "fail"}));
    BOOST_TEST(answer() == "UNREADABLE");
    BOOST_TEST(ask(kAlice, {.user = "throw"}));
    BOOST_TEST(answer(1) == "FAILED");
    BOOST_TEST(ask(kAlice));
    BOOST_TEST(answer(2) == "200 100");
}

BOOST_AUTO_TEST_SUITE_END()
