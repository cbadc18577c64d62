// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE state
#include "core/state.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/world.hpp"

using namespace jit::core;
using namespace jit::test;

BOOST_AUTO_TEST_SUITE(StateChanges)

BOOST_AUTO_TEST_CASE(a_grant_is_found_by_id_and_by_account) {
    World world;
    world.file_grant("INC-1");
    world.file_grant("INC-2").for_("bob");
    world.file_grant("INC-3");
    BOOST_TEST(world.state.grant("INC-1") != nullptr);
    BOOST_TEST(world.state.grant("INC-9") == nullptr);
    BOOST_TEST(world.state.grants_of("alice").size() == 2);
    BOOST_TEST(world.state.grants_of("bob").size() == 1);
    BOOST_TEST(world.state.grants_of("carol").empty());
}

BOOST_AUTO_TEST_CASE(a_grant_put_again_is_listed_once_under_its_new_account) {
    World world;
    auto grant = world.file_grant("INC-1");
    grant.minutes(10).minutes(20);
    BOOST_TEST(world.state.grants_of("alice").size() == 1);
    grant.for_("bob");
    BOOST_TEST(world.state.grants_of("alice").empty());
    BOOST_TEST(world.state.grants_of("bob").size() == 1);
}

BOOST_AUTO_TEST_CASE(replacing_the_file_grants_keeps_those_made_here) {
    World world;
    const std::string own(32, 'c');
    world.file_grant("INC-1");
    world.local_grant(own);
    Grant next = *world.state.grant("INC-1");
    next.id = "INC-2";
    apply(world.state, ReplaceFileGrants{{next}});
    BOOST_TEST(world.state.grant("INC-1") == nullptr);
    BOOST_TEST(world.state.grant("INC-2") != nullptr);
    BOOST_TEST(world.state.grant(own) != nullptr);
    BOOST_TEST(world.state.grants_of("alice").size() == 2);
    apply(world.state, ReplaceFileGrants{});
    BOOST_TEST(world.state.grants_of("alice").size() == 1);
}

BOOST_AUTO_TEST_CASE(ends_and_pins_outlive_their_grant) {
    World world;
    world.file_grant("INC-1").ended(EndHow::revoked);
    apply(world.state, ReplaceFileGrants{});
    BOOST_TEST(world.state.end_of("INC-1") != nullptr);
    BOOST_TEST(world.state.pin_of("INC-1") != nullptr);
}

BOOST_AUTO_TEST_CASE(the_first_end_stays) {
    State state;
    apply(state, PutEnded{{"INC-1", EndHow::revoked, "root", {}}});
    apply(state, PutEnded{{"INC-1", EndHow::expired, "", {}}});
    BOOST_TEST(to_string(state.end_of("INC-1")->how) == "revoked");
    BOOST_TEST(state.end_of("INC-1")->by == "root");
}

BOOST_AUTO_TEST_CASE(a_closed_session_is_gone) {
    World world;
    world.file_grant("INC-1");
    world.session(kSession, "INC-1");
    apply(world.state, CloseSession{kSession, "", world.now.wall});
    BOOST_TEST(world.state.sessions.empty());
}

BOOST_AUTO_TEST_CASE(names_read_back) {
    for (const auto how : {EndHow::revoked, EndHow::released, EndHow::expired}) {
        BOOST_TEST((end_how_from(to_string(how)) == how));
    }
    BOOST_TEST(!end_how_from("Revoked").has_value());
    BOOST_TEST(!end_how_from("").has_value());
    BOOST_TEST(to_string(SessionState::opening) == "opening");
    BOOST_TEST(to_string(SessionState::closed) == "closed");
}

BOOST_AUTO_TEST_SUITE_END()
