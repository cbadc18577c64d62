// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE step_recover
#include <boost/test/unit_test.hpp>

#include "tests/support/world.hpp"

using namespace jit::core;
using namespace jit::test;

namespace {

RecoverEvent recover(RecoverWhat what, const Actor& actor = root_as("olivia")) {
    return {what, "INC-9 the battery was empty", actor};
}

/** The clock was a day ahead, and was set right. */
struct SetBack : World {
    SetBack() {
        state.floor = Floor(now.wall + 24h);
        file_grant("INC-1").active();
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(StepRecover)

BOOST_AUTO_TEST_CASE(root_lets_the_clock_go_back) {
    SetBack world;
    BOOST_TEST(world.code("alice") == "CLOCK_BACK");
    const auto out = world.step(recover(RecoverWhat::clock));
    BOOST_TEST(out.widens);
    BOOST_TEST(kinds(out) == "state.recovered");
    BOOST_TEST(out.records[0].fields().at("PRIORITY") == "1");
    BOOST_TEST(field(out, "JIT_CODE") == "CLOCK_BACK");
    BOOST_TEST(field(out, "JIT_ACTOR") == "root");
    BOOST_TEST(field(out, "JIT_REASON") == "INC-9 the battery was empty");
    BOOST_TEST(world.code("alice") == "GRANT");
}

BOOST_AUTO_TEST_CASE(without_its_record_it_is_taken_back) {
    SetBack world;
    const auto out = world.step(recover(RecoverWhat::clock));
    for (const auto& change : out.take_back.changes) apply(world.state, change);
    BOOST_TEST(world.code("alice") == "CLOCK_BACK");
}

BOOST_AUTO_TEST_CASE(what_has_ended_stays_so) {
    SetBack world;
    world.file_grant("INC-2").for_("bob").active().ended(EndHow::expired);
    (void)world.step(recover(RecoverWhat::clock));
    BOOST_TEST(world.code("bob") == "EXPIRED");
}

BOOST_AUTO_TEST_CASE(a_state_that_is_lost_is_begun_anew_on_record) {
    World world;
    world.state.needs_recovery = true;
    const auto out = world.step(recover(RecoverWhat::state));
    BOOST_TEST(refusal(out) == "");
    BOOST_TEST(kinds(out) == "state.recovered");
    BOOST_TEST(field(out, "JIT_CODE") == "RECOVERY");
}

BOOST_AUTO_TEST_CASE(only_root_may_and_the_clock_not_from_inside_a_session) {
    SetBack world;
    BOOST_TEST(refusal(world.step(recover(RecoverWhat::clock, admin("olivia")))) == "AccessDenied");
    auto elevated = root_as("alice");
    elevated.in_scope = true;
    BOOST_TEST(refusal(world.step(recover(RecoverWhat::clock, elevated))) == "Self");
    world.state.needs_recovery = true;
    BOOST_TEST(refusal(world.step(recover(RecoverWhat::state, admin("olivia")))) == "AccessDenied");
    BOOST_TEST(refusal(world.step(recover(RecoverWhat::state, elevated))) == "");
    BOOST_TEST(refusal(world.step(recover(RecoverWhat::clock))) == "Recovery");
}

BOOST_AUTO_TEST_CASE(nothing_happens_where_nothing_is_wrong) {
    World world;
    BOOST_TEST(refusal(world.step(recover(RecoverWhat::clock))) == "Failed");
    BOOST_TEST(refusal(world.step(recover(RecoverWhat::state))) == "Failed");
}

BOOST_AUTO_TEST_SUITE_END()
