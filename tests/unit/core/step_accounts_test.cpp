// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE step_accounts
#include <boost/test/unit_test.hpp>

#include "tests/support/world.hpp"

using namespace jit::core;
using namespace jit::test;

namespace {

using Uids = std::map<std::string, std::optional<std::uint32_t>>;

/** alice, 1001, has a session. */
struct Elevated : World {
    Elevated() {
        file_grant("INC-1").active();
        session(kSession, "INC-1");
    }
    Transition look(const Uids& uids) { return step(AccountsEvent{uids}); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(StepAccounts)

BOOST_AUTO_TEST_CASE(the_session_of_an_account_that_was_removed_ends) {
    Elevated world;
    const auto out = world.look({{"alice", std::nullopt}});
    BOOST_TEST(kinds(out) == "session.terminated");
    BOOST_TEST(field(out, "JIT_CODE") == "IDENTITY");
    BOOST_REQUIRE_EQUAL(only<StopSession>(out.actions).size(), 1);
    BOOST_TEST(only<StopSession>(out.actions)[0].id == kSession);
    BOOST_TEST((world.state.sessions.at(kSession).state == SessionState::ending));
    BOOST_TEST(!out.widens);
}

BOOST_AUTO_TEST_CASE(so_does_that_of_one_with_another_uid_now) {
    Elevated world;
    BOOST_TEST(kinds(world.look({{"alice", 1005}})) == "session.terminated");
}

BOOST_AUTO_TEST_CASE(an_account_that_is_as_it_was_goes_on) {
    Elevated world;
    const auto out = world.look({{"alice", 1001}, {"bob", std::nullopt}});
    BOOST_TEST(out.changes.empty());
    BOOST_TEST(out.records.empty());
}

BOOST_AUTO_TEST_CASE(no_answer_is_not_a_removed_account) {
    Elevated world;
    BOOST_TEST(world.look({}).changes.empty());
}

BOOST_AUTO_TEST_CASE(a_session_is_told_once) {
    Elevated world;
    (void)world.look({{"alice", std::nullopt}});
    BOOST_TEST(world.look({{"alice", std::nullopt}}).records.empty());
}

BOOST_AUTO_TEST_SUITE_END()
