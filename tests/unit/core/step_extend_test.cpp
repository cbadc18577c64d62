// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE step_extend
#include <boost/test/unit_test.hpp>

#include "core/take_back.hpp"
#include "tests/support/asking_world.hpp"

using namespace jit::core;
using namespace jit::test;

namespace {

/** alice's grant of role root for 30 minutes, active. */
std::string held(AskingWorld& world) {
    const auto id = world.asked("alice");
    (void)world.approve("carol", id);
    (void)world.approve("olivia", id);
    return world.state.request(id)->grant;
}

Transition extend(AskingWorld& world, const std::string& grant, Usec span, Actor actor, const std::string& reason = "INC-2 more") {
    ExtendEvent event;
    event.grant = grant;
    event.id = world.fresh();
    event.fresh = world.fresh();
    event.duration = span;
    event.reason = reason;
    event.local = {std::chrono::Sunday, 12h};
    event.actor = std::move(actor);
    event.holder = {"alice", {}};
    return world.step(event);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(StepExtend)

BOOST_AUTO_TEST_CASE(the_end_moves_on_both_clocks_and_no_session_is_cut) {
    AskingWorld world;
    world.config.policy.rules[1].automatic = true;
    world.config.policy.rules[1].approvers.clear();
    const auto grant = world.asked("alice");
    const auto id = world.state.request(grant)->grant;
    const auto end = world.now.wall + 30min;
    BOOST_TEST((world.decide("alice").backstop == end + 1h));
    world.session(kSession, id).backstop += 1h;
    world.pass(29min);
    const auto out = extend(world, id, 20min, plain("alice"));
    BOOST_TEST(kinds(out) == "request.created request.approved grant.extended");
    BOOST_TEST(out.kind == "grant");
    BOOST_TEST((world.state.grant(id)->not_after == end + 20min));
    BOOST_TEST((world.state.pin_of(id)->activation->end == end + 20min));
    BOOST_TEST((world.decide("alice").backstop == end + 1h));  // what is used up is not there again
    world.pass(20min + 30s);
    BOOST_TEST(kinds(world.tick()) == "session.warned");
    BOOST_TEST(world.code("alice") == "GRANT");
    world.pass(30s);
    BOOST_TEST(kinds(world.tick()) == "session.terminated grant.expired");
    // Its record not accepted in time, the end is what it was.
    for (const auto& change : taken_back(out, world.state)) apply(world.state, change);
    BOOST_TEST((world.state.grant(id)->not_after == end));
    BOOST_TEST((world.state.pin_of(id)->activation->end == end));
}

BOOST_AUTO_TEST_CASE(people_are_asked_again_where_the_rule_asks_them) {
    AskingWorld world;
    const auto grant = held(world);
    const auto end = world.state.grant(grant)->not_after;
    const auto out = extend(world, grant, 20min, plain("alice"));
    BOOST_TEST(kinds(out) == "request.created");
    BOOST_TEST(out.kind == "request");
    (void)world.approve("dave", out.id);
    BOOST_TEST((world.state.grant(grant)->not_after == end));
    (void)world.step(ApproveEvent{out.id, world.fresh(), 10min, "", plain("olivia")});
    BOOST_TEST((world.state.grant(grant)->not_after == end + 10min));
    BOOST_TEST((world.state.grant(grant)->approvers == std::vector<std::string>{"carol", "olivia", "dave"}));
    BOOST_TEST(world.state.grants.size() == 1U);
}

BOOST_AUTO_TEST_CASE(extensions_together_reach_no_further_than_the_role_allows) {
    AskingWorld world;
    const auto grant = held(world);
    BOOST_TEST(refusal(extend(world, grant, 1h + 1s, plain("alice"))) == "Limit");
    BOOST_TEST(refusal(extend(world, grant, 0s, plain("alice"))) == "InvalidArgument");
    BOOST_TEST(refusal(extend(world, grant, 40min, root_as("olivia"))).empty());
    BOOST_TEST(refusal(extend(world, grant, 20min + 1s, root_as("olivia"))) == "Limit");
    // Two that wait for the same rest: the second has none left.
    const auto first = extend(world, grant, 20min, plain("alice")), second = extend(world, grant, 20min, plain("alice"));
    for (const char* person : {"carol", "olivia"}) (void)world.approve(person, first.id);
    (void)world.approve("carol", second.id);
    const auto late = world.approve("olivia", second.id);
    BOOST_TEST(refusal(late) == "Limit");
    BOOST_TEST(late.changes.empty());
    BOOST_TEST(late.records.empty());
}

BOOST_AUTO_TEST_CASE(who_may_extend) {
    AskingWorld world;
    const auto grant = held(world);
    BOOST_TEST(refusal(extend(world, grant, 5min, plain("bob"))) == "NotFound");
    BOOST_TEST(refusal(extend(world, grant, 5min, plain("alice-adm"))) == "NotFound");
    BOOST_TEST(refusal(extend(world, grant, 5min, admin("olivia"))) == "AccessDenied");
    BOOST_TEST(refusal(extend(world, grant, 5min, root_as("alice-adm"))) == "Self");
    auto inside = root_as("bob");
    inside.in_scope = true;
    BOOST_TEST(refusal(extend(world, grant, 5min, inside)) == "Self");
    const auto out = extend(world, grant, 5min, root_as("olivia"));
    BOOST_TEST(kinds(out) == "grant.extended");
    BOOST_TEST(field(out, "JIT_ACTOR") == "root");
    BOOST_TEST(field(out, "JIT_REASON") == "INC-2 more");
    // In her root shell alice is alice: she asks.
    world.session(kSession, grant);
    auto shell = root_as("alice");
    shell.in_scope = true;
    shell.session = kSession;
    BOOST_TEST(kinds(extend(world, grant, 5min, shell)) == "request.created");
}

BOOST_AUTO_TEST_CASE(what_can_not_be_extended) {
    AskingWorld world;
    world.file_grant("INC-1").active();
    BOOST_TEST(refusal(extend(world, "INC-1", 5min, plain("alice"))) == "Limit");
    const auto grant = held(world);
    world.pass(30min);
    (void)world.tick();
    BOOST_TEST(refusal(extend(world, grant, 5min, plain("alice"))) == "NotFound");
}

BOOST_AUTO_TEST_CASE(a_request_for_more_ends_with_its_grant) {
    AskingWorld world;
    const auto grant = held(world);
    const auto more = extend(world, grant, 5min, plain("alice")).id;
    (void)world.step(RevokeEvent{RevokeWhat::grant, grant, "over", root_as("")});
    const auto out = world.tick();
    BOOST_TEST(kinds(out) == "request.expired");
    BOOST_TEST(world.state_of(more) == "expired");
}

BOOST_AUTO_TEST_CASE(done_gives_back_ones_own) {
    AskingWorld world;
    const auto first = held(world), second = held(world);
    world.session(kSession, first);
    BOOST_TEST(refusal(world.step(ReleaseEvent{first, plain("bob")})) == "NotFound");
    BOOST_TEST(refusal(world.step(ReleaseEvent{first, root_as("olivia")})) == "NotFound");
    const auto out = world.step(ReleaseEvent{first, plain("alice")});
    BOOST_TEST(kinds(out) == "grant.released");
    BOOST_TEST((out.still == std::vector<std::string>{second}));
    auto shell = root_as("alice");
    shell.session = kSession;
    const auto all = world.step(ReleaseEvent{"", shell});
    BOOST_TEST(kinds(all) == "grant.released session.terminated");
    BOOST_TEST(field(all, "JIT_CODE", 1) == "RELEASED");
    BOOST_TEST(refusal(world.step(ReleaseEvent{"", plain("alice")})) == "NotFound");
    BOOST_TEST(world.code("alice") == "RELEASED");
}

BOOST_AUTO_TEST_CASE(an_extension_taken_back_leaves_the_next_one) {
    AskingWorld world;
    const auto grant = held(world);
    const auto end = world.state.grant(grant)->not_after;
    const auto boot_end = world.state.pin_of(grant)->activation->deadline;
    const auto first = extend(world, grant, 10min, root_as("olivia"));
    const auto second = extend(world, grant, 20min, root_as("dave"));
    BOOST_TEST((world.state.grant(grant)->not_after == end + 30min));
    for (const auto& change : taken_back(first, world.state)) apply(world.state, change);
    BOOST_TEST((world.state.grant(grant)->not_after == end + 20min));
    BOOST_TEST((world.state.pin_of(grant)->activation->deadline == boot_end + 20min));
    for (const auto& change : taken_back(second, world.state)) apply(world.state, change);
    BOOST_TEST((world.state.grant(grant)->not_after == end));
    BOOST_TEST((world.state.pin_of(grant)->activation->end == end));
    BOOST_TEST((world.state.pin_of(grant)->activation->deadline == boot_end));
}

BOOST_AUTO_TEST_SUITE_END()
