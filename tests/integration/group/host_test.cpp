// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE group_host
#include "tests/integration/group/fixture.hpp"
#include "tests/support/host_state.hpp"
#include "tests/support/loading.hpp"

using namespace jit;
using namespace jit::test;

namespace {

const RolesAnswer kRoot = {{"root"}, ""};

/** Descriptors that a program started now would have, beside the first three. */
int inherited() {
    int count = 0;
    for (int fd = 3; fd < 1024; ++fd) {
        const int flags = ::fcntl(fd, F_GETFD);
        count += flags >= 0 && (flags & FD_CLOEXEC) == 0;
    }
    return count;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(Host, GroupFixture)

BOOST_AUTO_TEST_CASE(sudo_is_the_target_when_it_asks, *boost::unit_test::precondition([](auto) {
                         return boost::test_tools::assertion_result(::geteuid() == 0);
                     })) {
    listen({answer_roles({{"alice", kRoot}, {"bob", kRoot}})});
    BOOST_REQUIRE(::chmod(dir.path("gate").c_str(), 0600) == 0);
    BOOST_REQUIRE(::chmod(dir.path().c_str(), 0711) == 0);
    start();
    BOOST_REQUIRE(::setresuid(kNoUid, 33, 0) == 0);
    BOOST_TEST(alice("root"));
    BOOST_TEST(bob("root"));
    BOOST_REQUIRE(::setresuid(kNoUid, 0, 0) == 0);
    BOOST_TEST(gate->calls().size() == 2U);

    // Who lost the connection gets no other as the target.
    start({serve([](sd_bus_message*, const SeenCall&) { return -1; }),
           answer_roles({{"alice", kRoot}})});
    BOOST_REQUIRE(::chmod(dir.path("gate").c_str(), 0600) == 0);
    const auto late = Deadline::in_msec(1500);
    BOOST_REQUIRE(::setresuid(kNoUid, 33, 0) == 0);
    BOOST_TEST(!alice("root"));
    BOOST_REQUIRE(::setresuid(kNoUid, 0, 0) == 0);
    BOOST_TEST(!late.passed());
    BOOST_TEST(gate->connections() == 1U);
}

BOOST_AUTO_TEST_CASE(s12_the_host_is_left_as_it_was_found) {
    budget(200);
    const std::vector<OnConnection> gates = {answer_roles({{"alice", kRoot}}),
                                             answer_roles({{"alice", {{}, kText}}}),
                                             silent(),
                                             silent_after_auth(),
                                             close_at_once(),
                                             garbage(),
                                             drip()};
    for (std::size_t i = 0; i < gates.size(); ++i) {
        BOOST_TEST_CONTEXT("gate " << i) {
            listen({gates[i]});
            start();
            (void)alice("root");
            plugin->cleanup();
            gate->wait_idle();
            const HostState before = HostState::now();
            const int before_exec = inherited();
            BOOST_REQUIRE(plugin->init(GROUP_API_VERSION, say, nullptr) == 1);
            BOOST_TEST(inherited() == before_exec);
            (void)alice("root");
            (void)bob("root");
            BOOST_TEST(inherited() == before_exec);
            plugin->cleanup();
            gate->wait_idle();
            BOOST_TEST((HostState::now() == before));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_failure_closes_the_connection_at_once) {
    budget(100);
    for (const auto& script :
         {silent_after_auth(), garbage(), serve([](sd_bus_message*call, const SeenCall&) {
              return sd_bus_reply_method_return(call, nullptr);
          })}) {
        start({script});
        BOOST_TEST(!alice("root"));
        gate->wait_idle();
    }
}

BOOST_AUTO_TEST_CASE(s09_many_runs_leak_nothing) {
    plugin->cleanup();
    listen({answer_roles({{"alice", kRoot}, {"bob", {{}, kText}}})});
    void* const libsystemd = ::dlopen("libsystemd.so.0", RTLD_NOW);  // stays
    BOOST_REQUIRE(libsystemd);
    const auto run = [this](int times) {
        for (int i = 0; i < times; ++i) {
            start();
            BOOST_REQUIRE(alice("root"));
            BOOST_REQUIRE(!bob("root"));
            plugin->cleanup();
        }
        gate->wait_idle();
    };
    run(20);
    const HostState before = HostState::now();
    run(500);
    BOOST_TEST((HostState::now() == before));
    ::dlclose(libsystemd);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(Load)

BOOST_AUTO_TEST_CASE(s09_loading_and_unloading_leaks_nothing) {
    const TempDir dir;
    ::setenv("JIT_TEST_DIR", dir.path().c_str(), 1);
    ::setenv("JIT_TEST_MSEC", "100", 1);
    const auto load_once = [] {
        const Loaded plugin;
        BOOST_REQUIRE(plugin->init(GROUP_API_VERSION, say, nullptr) == 1);  // no gate
    };
    check_that_loading_leaks_nothing(load_once, 5'000, 100'000);
}

BOOST_AUTO_TEST_SUITE_END()
