// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE step_lock
#include <boost/test/unit_test.hpp>

#include "tests/support/world.hpp"

using namespace jit::core;
using namespace jit::test;

namespace {

using Ids = std::vector<std::string>;

LockEvent lock(const std::string& account) { return {account, "INC-9 laptop stolen", root_as("olivia")}; }
UnlockEvent unlock(const std::string& account) { return {account, "INC-9 found", root_as("olivia")}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(StepLock)

BOOST_AUTO_TEST_CASE(a_lock_ends_every_session_and_beats_every_grant) {
    World world;
    world.file_grant("INC-1").active();
    world.session(kSession, "INC-1");
    const auto out = world.step(lock("alice"));
    BOOST_TEST(!out.widens);
    BOOST_TEST(out.told == Ids{kSession});
    BOOST_TEST(kinds(out) == "lock.set session.terminated");
    BOOST_TEST(field(out, "JIT_USER") == "alice");
    BOOST_TEST(field(out, "JIT_ACTOR") == "root");
    BOOST_TEST(field(out, "JIT_REASON") == "INC-9 laptop stolen");
    BOOST_TEST(field(out, "JIT_CODE", 1) == "LOCKED");
    BOOST_TEST(world.code("alice") == "LOCKED");
}

BOOST_AUTO_TEST_CASE(a_lock_beats_exempt) {
    World world;
    world.config.settings.exempt = {"alice"};
    BOOST_TEST(world.code("alice") == "EXEMPT");
    (void)world.step(lock("alice"));
    BOOST_TEST(world.code("alice") == "LOCKED");
}

BOOST_AUTO_TEST_CASE(an_unlock_makes_what_is_left_of_a_grant_good_again) {
    World world;
    world.file_grant("INC-1").active();
    (void)world.step(lock("alice"));
    const auto out = world.step(unlock("alice"));
    BOOST_TEST(out.widens);
    BOOST_TEST(kinds(out) == "lock.cleared");
    BOOST_TEST(world.code("alice") == "GRANT");
}

BOOST_AUTO_TEST_CASE(an_unlock_whose_record_was_not_accepted_leaves_the_lock_as_it_was) {
    World world;
    (void)world.step(lock("alice"));
    const auto before = world.state.locks.at("alice");
    const auto out = world.step(unlock("alice"));
    for (const auto& change : out.take_back.changes) apply(world.state, change);
    BOOST_REQUIRE(world.state.locks.contains("alice"));
    BOOST_TEST(world.state.locks.at("alice").reason == before.reason);
    BOOST_TEST((world.state.locks.at("alice").at == before.at));
    BOOST_TEST(out.take_back.records.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_second_lock_is_no_error_and_keeps_the_newer_reason) {
    World world;
    (void)world.step(lock("alice"));
    auto again = lock("alice");
    again.reason = "INC-10 again";
    BOOST_TEST(!world.step(again).refused.has_value());
    BOOST_TEST(world.state.locks.at("alice").reason == "INC-10 again");
}

BOOST_AUTO_TEST_CASE(only_admins_lock_and_unlock) {
    World world;
    auto event = lock("carol");
    event.actor = plain("bob");
    const auto out = world.step(event);
    BOOST_REQUIRE(out.refused.has_value());
    BOOST_TEST(out.refused->code == "AccessDenied");
    BOOST_TEST(world.state.locks.empty());
    (void)world.step(lock("carol"));
    auto back = unlock("carol");
    back.actor = plain("bob");
    BOOST_TEST(world.step(back).refused->code == "AccessDenied");
    BOOST_TEST(world.state.locks.size() == 1u);
}

BOOST_AUTO_TEST_CASE(nobody_unlocks_themselves_nor_from_inside_an_elevated_session) {
    World world;
    (void)world.step(lock("alice"));
    auto own = unlock("alice");
    own.actor = root_as("alice");
    BOOST_TEST(world.step(own).refused->code == "Self");
    auto inside = unlock("alice");
    inside.actor.in_scope = true;
    BOOST_TEST(world.step(inside).refused->code == "Self");
    auto unnamed = unlock("alice");
    unnamed.actor = root_as("bob");
    unnamed.actor.login_account.clear();  // the user database does not answer
    BOOST_TEST(world.step(unnamed).refused->code == "Self");
    BOOST_TEST(world.code("alice") == "LOCKED");
}

BOOST_AUTO_TEST_CASE(a_lock_may_be_set_from_inside_an_elevated_session) {
    World world;
    auto event = lock("bob");
    event.actor.in_scope = true;
    BOOST_TEST(!world.step(event).refused.has_value());
}

BOOST_AUTO_TEST_CASE(what_is_no_account_name_or_no_reason_is_refused) {
    World world;
    for (const std::string name : {"", "../x", "-f", "al:ice"}) {
        BOOST_TEST_CONTEXT(name) BOOST_TEST(world.step(lock(name)).refused->code == "InvalidArgument");
    }
    auto event = lock("alice");
    event.reason = "\x1b[2J";
    BOOST_TEST(world.step(event).refused->code == "InvalidArgument");
    BOOST_TEST(world.step(unlock("alice")).refused->code == "NotFound");
    BOOST_TEST(world.state.locks.empty());
}

BOOST_AUTO_TEST_SUITE_END()
