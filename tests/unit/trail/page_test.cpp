// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE page
#include "trail/page.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/fake_records.hpp"

using namespace jit;
using trail::LogRecord;
using trail::PageQuery;

namespace {

LogRecord record(std::uint64_t seconds, const std::string& seq, const std::string& unit = "jitd.service") {
    return {seconds * 1'000'000, {{"event", "check.allowed"}, {"seq", seq}}, unit, {}};
}

std::vector<LogRecord> five() {
    return {record(1, "1"), record(2, "2"), record(3, "3"), record(4, "4"), record(5, "5")};
}

core::Wall at(std::uint64_t seconds) { return core::from_usec(seconds * 1'000'000); }

PageQuery most(std::size_t records) {
    PageQuery query;
    query.records = records;
    query.bytes = 1 << 20;
    return query;
}

std::string read(std::vector<LogRecord> records, const PageQuery& query) {
    test::FakeRecords source(std::move(records));
    const auto page = trail::read_page(source, query);
    if (!page) return page.error().code;
    std::string out;
    for (const auto& one : *page) out += one.field("seq");
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Page)

BOOST_AUTO_TEST_CASE(the_newest_oldest_first) {
    BOOST_TEST(read(five(), most(2)) == "45");
    BOOST_TEST(read(five(), most(9)) == "12345");
    BOOST_TEST(read({}, most(9)).empty());
}

BOOST_AUTO_TEST_CASE(the_oldest) {
    auto query = most(2);
    query.oldest = true;
    BOOST_TEST(read(five(), query) == "12");
    query.since = at(3);
    BOOST_TEST(read(five(), query) == "34");
}

BOOST_AUTO_TEST_CASE(pages_meet_without_a_gap_or_a_double) {
    auto query = most(2);
    query.before = "3";
    BOOST_TEST(read(five(), query) == "23");
    query.before = "0";
    BOOST_TEST(read(five(), query).empty());
    query.before.clear();
    query.after = "1";
    BOOST_TEST(read(five(), query) == "34");
    query.after = "4";
    BOOST_TEST(read(five(), query).empty());
    query.after = "other";
    BOOST_TEST(read(five(), query) == "FIELD");
}

BOOST_AUTO_TEST_CASE(times_bound_it_in_both_directions) {
    auto query = most(9);
    query.since = at(2);
    query.until = at(4);
    BOOST_TEST(read(five(), query) == "234");
    query.oldest = true;
    BOOST_TEST(read(five(), query) == "234");
    query.oldest = false;
    query.before = "4";
    BOOST_TEST(read(five(), query) == "234");
}

BOOST_AUTO_TEST_CASE(records_of_a_clock_that_was_set_hide_no_others) {
    const std::vector<LogRecord> stepped = {record(50, "1"), record(99, "2"), record(51, "3"), record(1, "4"), record(52, "5")};
    for (const bool oldest : {true, false}) {
        auto query = most(9);
        query.oldest = oldest;
        query.since = at(40);
        BOOST_TEST(read(stepped, query) == "1235");
        query.until = at(60);
        BOOST_TEST(read(stepped, query) == "135");
        query.since.reset();
        BOOST_TEST(read(stepped, query) == "1345");
        query.until = at(9);
        BOOST_TEST(read(stepped, query) == "4");
    }
    auto query = most(2);
    query.since = at(40);
    BOOST_TEST(read(stepped, query) == "35");
    query.before = "2";
    BOOST_TEST(read(stepped, query) == "12");
    query.before.clear();
    query.after = "2";
    query.until = at(60);
    BOOST_TEST(read(stepped, query) == "5");
}

BOOST_AUTO_TEST_CASE(bytes_bound_it_but_one_always_comes) {
    auto query = most(9);
    query.bytes = 1;
    BOOST_TEST(read(five(), query) == "5");
    query.bytes = 100;
    BOOST_TEST(read(five(), query).size() > 1);
    BOOST_TEST(read(five(), query).size() < 5);
}

BOOST_AUTO_TEST_CASE(s44_of_jitd_only_and_only_what_is_wanted) {
    auto records = five();
    records[1].unit = "user@1001.service";
    records[2].fields.erase("event");
    BOOST_TEST(read(records, most(9)) == "145");
    BOOST_TEST(read(records, most(3)) == "145");
    auto query = most(9);
    query.wanted = [](const LogRecord& one) { return one.field("seq") != "4"; };
    BOOST_TEST(read(records, query) == "15");
}

BOOST_AUTO_TEST_SUITE_END()
