// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE callers
#include "jitd/callers.hpp"

#include <boost/test/unit_test.hpp>

#include "jitd/reply.hpp"
#include "tests/support/bus_pair.hpp"
#include "tests/support/test_loop.hpp"

using namespace jit::daemon;
using namespace jit::test;

namespace {

/** A bus that says of ":1.N" that it is uid 1000 + N, and counts how often it was asked. */
struct FakeBus {
    TestLoop loop;
    jit::BusPtr server, client;
    int asked = 0;
    bool silent = false;

    FakeBus() {
        int fds[2];
        BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0);
        sd_bus* bus = nullptr;
        BOOST_REQUIRE(sd_bus_new(&bus) >= 0);
        server.reset(bus);
        BOOST_REQUIRE(sd_bus_set_fd(bus, fds[1], fds[1]) >= 0);
        BOOST_REQUIRE(sd_bus_set_server(bus, 1, sd_id128_t{{1, 2, 3}}) >= 0);
        BOOST_REQUIRE(sd_bus_add_object(bus, nullptr, "/org/freedesktop/DBus", on_call, this) >= 0);
        BOOST_REQUIRE(sd_bus_start(bus) >= 0);
        client = bus_client(fds[0]);
        BOOST_REQUIRE(sd_bus_attach_event(bus, loop.get(), 0) >= 0);
        BOOST_REQUIRE(sd_bus_attach_event(client.get(), loop.get(), 0) >= 0);
    }
    FakeBus(const FakeBus&) = delete;
    FakeBus& operator=(const FakeBus&) = delete;
    ~FakeBus() {
        sd_bus_detach_event(client.get());
        sd_bus_detach_event(server.get());
    }

    static int on_call(sd_bus_message* m, void* self, sd_bus_error*) {
        auto& bus = *static_cast<FakeBus*>(self);
        const char* name = nullptr;
        if (sd_bus_message_read(m, "s", &name) <= 0) return -EINVAL;
        ++bus.asked;
        if (bus.silent) return 1;
        const auto number = static_cast<std::uint32_t>(std::atoi(name + 3));
        if (number == 0) return sd_bus_reply_method_errorf(m, "org.freedesktop.DBus.Error.NameHasNoOwner", "gone");
        return sd_bus_reply_method_return(m, "a{sv}", 3, "UnixUserID", "u", 1000 + number, "ProcessID", "u", number,
                                          "UnixGroupIDs", "au", 1, 7);
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(WhoCalls)

BOOST_AUTO_TEST_CASE(a_connection_is_asked_about_once) {
    FakeBus bus;
    Callers callers;
    std::vector<std::uint32_t> uids;
    const auto ready = [&](const Peer& peer) { uids.push_back(peer.uid); };
    for (int i = 0; i < 3; ++i) BOOST_TEST(callers.identify(bus.client.get(), ":1.5", ready));
    BOOST_REQUIRE(bus.loop.until([&] { return uids.size() == 3; }));
    BOOST_TEST(callers.identify(bus.client.get(), ":1.5", ready));
    BOOST_TEST(uids.size() == 4);
    for (const auto uid : uids) BOOST_TEST(uid == 1005U);
    BOOST_TEST(bus.asked == 1);
}

BOOST_AUTO_TEST_CASE(who_has_gone_is_nobody_and_is_not_remembered) {
    FakeBus bus;
    Callers callers;
    std::vector<std::uint32_t> uids;
    for (std::size_t i = 1; i <= 2; ++i) {
        BOOST_TEST(callers.identify(bus.client.get(), ":1.0", [&](const Peer& peer) { uids.push_back(peer.uid); }));
        BOOST_REQUIRE(bus.loop.until([&] { return uids.size() == i; }));
        BOOST_TEST(uids.back() == jit::kNoUid);
    }
    BOOST_TEST(bus.asked == 2);
}

BOOST_AUTO_TEST_CASE(another_bus_gives_the_same_name_to_somebody_else) {
    FakeBus bus;
    Callers callers;
    int known = 0;
    const auto ready = [&](const Peer&) { ++known; };
    BOOST_TEST(callers.identify(bus.client.get(), ":1.5", ready));
    BOOST_REQUIRE(bus.loop.until([&] { return known == 1; }));
    bus.silent = true;
    BOOST_TEST(callers.identify(bus.client.get(), ":1.6", ready));
    callers.forget();
    bus.silent = false;
    BOOST_TEST(callers.identify(bus.client.get(), ":1.5", ready));
    BOOST_TEST(known == 1);
    BOOST_REQUIRE(bus.loop.until([&] { return known == 2; }));
}

BOOST_AUTO_TEST_CASE(s31_what_waits_for_its_caller_to_be_known_is_bounded) {
    FakeBus bus;
    bus.silent = true;
    Callers callers;
    const auto ready = [](const Peer&) {};
    for (std::size_t i = 0; i < Callers::kMaxOfOne; ++i) BOOST_TEST(callers.identify(bus.client.get(), ":1.1", ready));
    BOOST_TEST(!callers.identify(bus.client.get(), ":1.1", ready));
    BOOST_TEST(callers.identify(bus.client.get(), ":1.2", ready));
    std::size_t taken = Callers::kMaxOfOne + 1;
    for (int i = 3; taken < Callers::kMaxWaiting; ++i, ++taken) {
        BOOST_REQUIRE(callers.identify(bus.client.get(), ":1." + std::to_string(i), ready));
    }
    BOOST_TEST(!callers.identify(bus.client.get(), ":1.99999", ready));
}

BOOST_AUTO_TEST_CASE(s31_only_so_many_connections_are_remembered) {
    FakeBus bus;
    Callers callers;
    std::size_t known = 0;
    const auto ready = [&](const Peer&) { ++known; };
    for (std::size_t i = 1; i <= Callers::kMaxKnown + 1; ++i) {
        BOOST_REQUIRE(callers.identify(bus.client.get(), ":1." + std::to_string(i), ready));
        BOOST_REQUIRE(bus.loop.until([&] { return known == i; }));
    }
    const auto before = bus.asked;
    BOOST_TEST(callers.identify(bus.client.get(), ":1.2", ready));
    BOOST_TEST(bus.asked == before);
    BOOST_TEST(callers.identify(bus.client.get(), ":1.1", ready));
    BOOST_REQUIRE(bus.loop.until([&] { return bus.asked == before + 1; }));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(Shares)

BOOST_AUTO_TEST_CASE(s31_one_account_has_its_share_and_no_more) {
    Workload work;
    std::vector<Workload::Place> places;
    for (std::size_t i = 0; i < Workload::kOfOne; ++i) places.push_back(work.take(1001));
    for (const auto& place : places) BOOST_TEST(!!place);
    BOOST_TEST(!work.take(1001));
    BOOST_TEST(!!work.take(1002));
    BOOST_TEST(!!work.take(0));
    places.pop_back();
    BOOST_TEST(!!work.take(1001));
}

BOOST_AUTO_TEST_CASE(s31_root_has_a_place_when_all_are_taken) {
    Workload work;
    std::vector<Workload::Place> places;
    for (std::size_t i = 0; i < Workload::kOfAll; ++i) {
        places.push_back(work.take(static_cast<std::uint32_t>(1000 + i / Workload::kOfOne)));
        BOOST_REQUIRE(places.back());
    }
    BOOST_TEST(!work.take(5000));
    BOOST_TEST(!!work.take(0));
    places.pop_back();
    BOOST_TEST(!!work.take(5000));
}

BOOST_AUTO_TEST_SUITE_END()
