// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE group_stuck
#include <sys/stat.h>

#include <chrono>

#include "tests/integration/group/fixture.hpp"

using namespace jit;
using namespace jit::test;

namespace {

constexpr int kMsec = 1500;
constexpr int kSlackMsec = 1200;  // a loaded machine, and less than another turn of kMsec
constexpr int kAtOnceMsec = kMsec / 2;

const RolesAnswer kRoot = {{"root"}, ""};

OnConnection answer(std::function<int(sd_bus_message*)> reply) {
    return serve([reply](sd_bus_message* call, const SeenCall&) { return reply(call); });
}

OnConnection answer_number_as(const char* key) {
    return answer([key](sd_bus_message* call) {
        return sd_bus_reply_method_return(call, "a{sv}", 2, key, "u", 1, "other", "s", "x");
    });
}

struct Fixture : GroupFixture {
    Fixture() { budget(kMsec); }

    /** Milliseconds until alice, who would hold root, is refused it. */
    [[nodiscard]] std::int64_t refused() const {
        const auto from = std::chrono::steady_clock::now();
        BOOST_TEST(!alice("root"));
        const auto took = std::chrono::steady_clock::now() - from;
        return std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
    }
    /** No role of anybody, no word, and no other try. */
    void is_over() const {
        const auto connections = gate ? gate->connections() : 0;
        for (int i = 0; i < 10; ++i) {
            BOOST_TEST(refused() < kAtOnceMsec);
            BOOST_TEST(!bob("web"));
        }
        // Twenty tries; the last connection from before may have waited in the gate's queue until now.
        BOOST_TEST((gate ? gate->connections() : 0) <= connections + 1);
        BOOST_TEST(said.empty());
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(Stuck, Fixture)

BOOST_AUTO_TEST_CASE(s11_a_stuck_jitd_costs_the_budget_once) {
    const std::vector<OnConnection> stuck = {
        silent(),          drip(),          silent_after_auth(),
        endless_signals(), close_at_once(), answer([](sd_bus_message*) { return -1; })};
    for (std::size_t i = 0; i < stuck.size(); ++i) {
        BOOST_TEST_CONTEXT("gate " << i) {
            const auto from = Deadline::in_msec(kMsec + kSlackMsec);
            start({stuck[i]});
            BOOST_TEST(refused() >= kMsec - 10);
            BOOST_TEST(!from.passed());
            is_over();
        }
    }
}

BOOST_AUTO_TEST_CASE(s11_the_time_of_the_product_holds) {
    budget(750);
    const auto late = Deadline::in_msec(1400);
    start({silent()});
    BOOST_TEST(refused() >= 740);
    BOOST_TEST(!late.passed());
    is_over();
}

BOOST_AUTO_TEST_CASE(a_stuck_jitd_is_not_waited_for_by_who_is_not_asked_for) {
    for (const auto& stuck : {silent(), drip()}) {
        start({stuck});
        const auto late = Deadline::in_msec(kAtOnceMsec);
        BOOST_TEST(!holds(0, "root", "root"));
        BOOST_TEST(!late.passed());
    }
}

BOOST_AUTO_TEST_CASE(the_questions_share_the_time) {
    start({serve([](sd_bus_message* call, const SeenCall& seen) {
        if (seen.values.at("account") == "alice") return reply_roles(call, kRoot);
        ::usleep(kMsec * 2 / 3 * 1000);
        return reply_roles(call, {});
    })});
    BOOST_TEST(alice("root"));
    const auto late = Deadline::in_msec(kMsec + kSlackMsec);
    BOOST_TEST(!bob("root"));             // two thirds
    BOOST_TEST(!holds(77, "carol", ""));  // the rest of them
    BOOST_TEST(!late.passed());
    is_over();  // alice's, too: whoever gives up does so for all
}

BOOST_AUTO_TEST_CASE(time_between_the_questions_is_not_counted) {
    start({answer_roles({{"alice", kRoot}, {"bob", kRoot}})});
    BOOST_TEST(alice("root"));
    ::usleep((kMsec + 100) * 1000);  // somebody types a password
    BOOST_TEST(bob("root"));
}

BOOST_AUTO_TEST_CASE(a_gate_that_is_not_there_is_silent) {
    start();
    BOOST_TEST(refused() < kAtOnceMsec);
    is_over();
    dir.write("gate", "no socket");
    start();
    BOOST_TEST(refused() < kAtOnceMsec);
    is_over();
}

BOOST_AUTO_TEST_CASE(a_gate_in_a_folder_of_others_is_not_believed) {
    listen({answer_roles({{"alice", kRoot}})});
    BOOST_REQUIRE(::chmod(dir.path().c_str(), 0777) == 0);
    start();
    BOOST_TEST(refused() < kAtOnceMsec);
    is_over();
    BOOST_REQUIRE(::chmod(dir.path().c_str(), 0700) == 0);
}

BOOST_AUTO_TEST_CASE(s15_what_is_no_list_of_roles_is_none) {
    std::vector<std::string> too_many(65, "root"), just_right(64, "other");
    just_right[63] = "root";
    const std::vector<OnConnection> wrong = {
        garbage(),
        answer([](sd_bus_message* call) { return sd_bus_reply_method_return(call, nullptr); }),
        answer([](sd_bus_message* call) { return sd_bus_reply_method_return(call, "b", 1); }),
        answer(
            [](sd_bus_message* call) { return sd_bus_reply_method_return(call, "as", 1, "root"); }),
        answer([](sd_bus_message* call) {
            return sd_bus_reply_method_return(call, "a{sv}as", 1, "roles", "as", 1, "root", 0);
        }),
        answer([](sd_bus_message* call) {
            return sd_bus_reply_method_return(call, "a{ss}", 1, "roles", "root");
        }),
        answer([](sd_bus_message* call) {
            return sd_bus_reply_method_return(call, "a{sv}", 1, "roles", "s", "root");
        }),
        answer([](sd_bus_message* call) {
            return sd_bus_reply_method_return(call, "a{sv}", 2, "roles", "as", 1, "root", "roles",
                                              "as", 1, "root");
        }),
        answer([](sd_bus_message* call) {
            return sd_bus_reply_method_return(call, "a{sv}", 2, "roles", "as", 1, "root", "text",
                                              "u", 1);
        }),
        answer([](sd_bus_message* call) {
            return sd_bus_reply_method_return(call, "a{sv}", 1, "text", "s", "no list");
        }),
        answer([](sd_bus_message* call) {
            return sd_bus_reply_method_errorf(call, "org.freedesktop.DBus.Error.UnknownMethod",
                                              "a jitd that does not know the question");
        }),
        answer_number_as("roles"),
        answer([&](sd_bus_message* call) {
            return reply_roles(call, {too_many, ""});
        }),
        answer([](sd_bus_message* call) {
            return reply_roles(call, {{"root", std::string(65, 'r')}, ""});
        })};
    for (std::size_t i = 0; i < wrong.size(); ++i) {
        BOOST_TEST_CONTEXT("gate " << i) {
            start({wrong[i]});
            BOOST_TEST(refused() < kAtOnceMsec);
            is_over();
        }
    }
    for (const auto& good : {answer([&](sd_bus_message* call) {
                                 return reply_roles(call, {just_right, ""});
                             }),
                             answer([](sd_bus_message* call) {
                                 return reply_roles(call, {{std::string(64, 'r'), "root"}, ""});
                             }),
                             answer([](sd_bus_message* call) {
                                 return sd_bus_reply_method_return(
                                     call, "a{sv}", 3, "colour", "s", "blue", "roles", "as", 1,
                                     "root", "weight", "a{st}", 1, "x", std::uint64_t{7});
                             })}) {
        start({good});
        BOOST_TEST(alice("root"));
    }
}

BOOST_AUTO_TEST_CASE(a_restarted_jitd_is_asked_the_same_question) {
    start({answer([](sd_bus_message*) { return -1; }), answer_roles({{"alice", kRoot}})});
    BOOST_TEST(alice("root"));
    const auto calls = gate->calls();
    BOOST_REQUIRE(calls.size() == 2U);
    BOOST_TEST((calls[0] == calls[1]));
}

BOOST_AUTO_TEST_SUITE_END()
