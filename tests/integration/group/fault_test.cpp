// SPDX-License-Identifier: Apache-2.0
// Fails the n-th call of what the plugin and its libraries use, for every n, and looks at the
// answer.
#define BOOST_TEST_MODULE group_fault
#include "tests/integration/group/fixture.hpp"
#include "tests/support/faults.hpp"

using namespace jit;
using namespace jit::test;

namespace {

struct Fixture : GroupFixture {
    /** A run of sudo with its n-th call failed. */
    bool run(int n) const {
        countdown = n;
        const bool ready = plugin->init(GROUP_API_VERSION, say, nullptr) == 1;
        const bool held = ready && alice("root");
        plugin->cleanup();
        countdown = -1;
        return held;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(Fault, Fixture)

BOOST_AUTO_TEST_CASE(s01_no_fault_makes_a_match) {
    listen({answer_roles({{"alice", {{"dba"}, ""}}})});
    int faults = 0;
    each_fault(faults, [&](int n) { BOOST_REQUIRE_MESSAGE(!run(n), "fault " << n); });
    BOOST_TEST(faults > 40);
}

BOOST_AUTO_TEST_CASE(s01_most_faults_before_a_match_leave_none) {
    listen({answer_roles({{"alice", {{"root"}, ""}}})});
    int faults = 0, refused = 0;
    each_fault(faults, [&](int n) { refused += !run(n); });
    BOOST_TEST(refused > 30);
    BOOST_TEST(run(-1));
    BOOST_TEST_MESSAGE(refused << " of " << faults << " faults refused");
}

BOOST_AUTO_TEST_SUITE_END()
