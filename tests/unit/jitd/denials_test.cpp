// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE denials
#include "jitd/denials.hpp"

#include <boost/test/unit_test.hpp>

using namespace jit::core;
using namespace jit::daemon;
using namespace std::chrono_literals;

namespace {

Record denial(const std::string& account, const std::string& code = "NO_GRANT") {
    Record out(event::kCheckDenied, account + " may not use sudo");
    out.set("USER", account).set("CODE", code);
    return out;
}

unsigned count_of(const Record& record) {
    const auto it = record.fields().find("JIT_COUNT");
    return it == record.fields().end() ? 1 : static_cast<unsigned>(std::stoul(it->second));
}

struct Flood {
    Denials denials;
    Boot now{1000s};
    std::optional<Boot> next;
    unsigned records = 0, counted = 0;

    /** True when the denial is written at once. */
    bool deny(const std::string& account = "alice", const std::string& code = "NO_GRANT") {
        const auto passed = denials.pass(denial(account, code), now);
        if (passed) take(*passed);
        return passed.has_value();
    }
    std::vector<Record> due() {
        auto out = denials.due(now, next);
        for (const auto& record : out) take(record);
        return out;
    }

  private:
    void take(const Record& record) {
        ++records;
        counted += count_of(record);
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(DenialsOfOneAccount)

BOOST_AUTO_TEST_CASE(ten_are_free_and_carry_no_count) {
    Flood flood;
    for (int i = 0; i < 10; ++i) {
        const auto record = flood.denials.pass(denial("alice"), flood.now);
        BOOST_REQUIRE(record.has_value());
        BOOST_TEST(!record->fields().contains("JIT_COUNT"));
    }
    BOOST_TEST(!flood.deny());
}

BOOST_AUTO_TEST_CASE(the_rest_come_as_one_record_a_second_with_their_count) {
    Flood flood;
    for (int i = 0; i < 17; ++i) flood.deny();
    BOOST_TEST(flood.records == 10);
    BOOST_TEST(flood.due().empty());
    BOOST_TEST((flood.next == flood.now + 1s));
    flood.now += 1s - 1us;
    BOOST_TEST(flood.due().empty());
    flood.now += 1us;
    const auto out = flood.due();
    BOOST_REQUIRE(out.size() == 1);
    BOOST_TEST(out[0].fields().at("JIT_COUNT") == "7");
    BOOST_TEST(out[0].fields().at("JIT_USER") == "alice");
    BOOST_TEST(out[0].fields().at("JIT_CODE") == "NO_GRANT");
    BOOST_TEST(!flood.next.has_value());
    BOOST_TEST(flood.due().empty());
}

BOOST_AUTO_TEST_CASE(a_long_flood_is_one_record_a_second_and_loses_nothing) {
    Flood flood;
    unsigned sent = 0;
    for (int tick = 0; tick < 6000; ++tick, flood.now += 10ms) {
        flood.deny();
        ++sent;
        (void)flood.due();
    }
    flood.now += 1s;
    (void)flood.due();
    BOOST_TEST(flood.counted == sent);
    BOOST_TEST(flood.records >= 60);
    BOOST_TEST(flood.records <= 72);
}

BOOST_AUTO_TEST_CASE(accounts_and_codes_are_counted_apart) {
    Flood flood;
    for (int i = 0; i < 11; ++i) flood.deny("alice");
    BOOST_TEST(flood.deny("bob"));
    BOOST_TEST(flood.deny("alice", "LOCKED"));
    BOOST_TEST(!flood.deny("alice"));
}

BOOST_AUTO_TEST_CASE(a_slow_loop_is_never_coalesced) {
    Flood flood;
    for (int i = 0; i < 100; ++i, flood.now += 1001ms) BOOST_TEST(flood.deny());
    BOOST_TEST(flood.counted == 100);
}

BOOST_AUTO_TEST_CASE(after_ten_quiet_seconds_ten_are_free_again) {
    Flood flood;
    for (int i = 0; i < 12; ++i) flood.deny();
    flood.now += 1s;
    BOOST_TEST(flood.due().size() == 1);
    flood.now += 10s + 1us;
    for (int i = 0; i < 10; ++i) BOOST_TEST(flood.deny());
    BOOST_TEST(!flood.deny());
}

BOOST_AUTO_TEST_CASE(what_is_held_waits_a_second_after_the_last_written_record) {
    Flood flood;
    for (int i = 0; i < 15; ++i) flood.deny();
    flood.now += 1h;
    BOOST_TEST(flood.deny());
    BOOST_TEST(flood.due().empty());
    BOOST_TEST((flood.next == flood.now + 1s));
    flood.now += 1s;
    BOOST_TEST(flood.due().size() == 1);
    BOOST_TEST(flood.counted == 16);
}

BOOST_AUTO_TEST_CASE(many_accounts_lose_nothing_that_is_held) {
    Flood flood;
    unsigned sent = 0;
    for (int i = 0; i < 12; ++i, ++sent) flood.deny("alice");
    for (int i = 0; i < 6000; ++i, ++sent) flood.deny("u" + std::to_string(i));
    flood.now += 1s;
    (void)flood.due();
    BOOST_TEST(flood.counted == sent);
}

BOOST_AUTO_TEST_SUITE_END()
