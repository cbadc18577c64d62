// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE step_decision
#include <boost/test/unit_test.hpp>
#include <random>

#include "core/access.hpp"
#include "core/membership.hpp"
#include "core/take_back.hpp"
#include "tests/support/asking_world.hpp"

using namespace jit::core;
using namespace jit::test;

BOOST_AUTO_TEST_SUITE(StepDecision)

BOOST_AUTO_TEST_CASE(the_last_approval_that_is_needed_makes_the_grant) {
    AskingWorld world;
    const auto id = world.asked("alice");
    const auto one = world.approve("carol", id);
    BOOST_TEST(kinds(one) == "request.approved");
    BOOST_TEST(!one.widens);
    BOOST_TEST(one.lasts);
    BOOST_TEST(field(one, "JIT_COUNT") == "1");
    BOOST_TEST(field(one, "JIT_NEEDED") == "2");
    world.pass(5min);
    auto event = ApproveEvent{id, world.fresh(), 20min, "twenty will do", plain("olivia")};
    const auto two = world.step(event);
    BOOST_TEST(kinds(two) == "request.approved grant.created grant.activated");
    BOOST_TEST(two.widens);
    BOOST_TEST(field(two, "JIT_APPROVERS") == "carol,olivia");
    BOOST_TEST(field(two, "JIT_APPROVERS", 1) == "carol,olivia");
    BOOST_TEST(field(two, "JIT_REQUEST", 1) == id);
    const auto* grant = world.state.grant(event.grant);
    BOOST_REQUIRE(grant);
    BOOST_TEST((grant->not_before == world.now.wall));
    BOOST_TEST((grant->not_after == world.now.wall + 20min));
    BOOST_TEST(world.state_of(id) == "approved");
    BOOST_TEST(world.code("alice") == "GRANT");
}

BOOST_AUTO_TEST_CASE(a_start_is_kept_and_one_that_is_past_begins_now) {
    AskingWorld world;
    for (const auto& [wait, begins] : {std::pair<Usec, Usec>{0s, 1h}, {90min, 90min}}) {
        AskingWorld fresh;
        fresh.config.settings.request_ttl = 3h;
        auto event = fresh.asks("alice");
        const auto asked = fresh.now.wall;
        event.start = asked + 1h;
        (void)fresh.step(event);
        (void)fresh.approve("carol", event.id);
        fresh.pass(wait);
        (void)fresh.approve("olivia", event.id);
        const auto* grant = fresh.state.grant(fresh.state.request(event.id)->grant);
        BOOST_REQUIRE(grant);
        BOOST_TEST((grant->not_before == asked + begins));
        BOOST_TEST((grant->not_after == asked + begins + 30min));
    }
}

BOOST_AUTO_TEST_CASE(s60_nobody_decides_for_themselves_nor_out_of_a_login_that_is_not_theirs) {
    AskingWorld world;
    const auto id = world.asked("alice");
    const auto by = [&](Actor actor) { return refusal(world.step(ApproveEvent{id, world.fresh(), {}, "", std::move(actor)})); };
    BOOST_TEST(by(plain("alice")) == "Self");
    BOOST_TEST(by(plain("alice-adm")) == "Self");
    auto inside = plain("carol");
    inside.in_scope = true;
    BOOST_TEST(by(inside) == "Self");
    auto unset = plain("carol");
    unset.loginuid = jit::kNoUid;
    unset.login_account = "";
    BOOST_TEST(by(unset) == "Self");
    auto su = plain("carol");
    su.loginuid = uid_of("bob");
    su.login_account = "bob";
    BOOST_TEST(by(su) == "Self");
    BOOST_TEST(by(plain("bob")) == "NotFound");
    BOOST_TEST(by(root_as("root")) == "AccessDenied");
    BOOST_TEST(by(admin("bob")) == "AccessDenied");
    BOOST_TEST(world.state.request(id)->statements.empty());

    auto event = world.asks("bob");
    event.actor.loginuid = uid_of("carol");  // carol's login, bob's account: both are behind it
    event.actor.login_account = "carol";
    (void)world.step(event);
    BOOST_TEST(refusal(world.approve("carol", event.id)) == "Self");
    BOOST_TEST(refusal(world.approve("olivia", event.id)).empty());
}

BOOST_AUTO_TEST_CASE(s61_the_same_person_counts_once) {
    AskingWorld world;
    world.config.policy.rules[1].approvers.push_back("alice");
    const auto id = world.asked("bob");
    BOOST_TEST(refusal(world.approve("alice-adm", id)).empty());
    BOOST_TEST(refusal(world.approve("alice-adm", id)) == "AlreadyDecided");
    BOOST_TEST(refusal(world.approve("alice", id)) == "AlreadyDecided");
    BOOST_TEST(world.state_of(id) == "pending");
    BOOST_TEST(refusal(world.approve("carol", id)).empty());
    BOOST_TEST(world.state_of(id) == "approved");
}

BOOST_AUTO_TEST_CASE(an_approval_narrows_only) {
    AskingWorld world;
    const auto id = world.asked("alice");
    const auto with = [&](Usec duration) {
        return refusal(world.step(ApproveEvent{id, world.fresh(), duration, "", plain("carol")}));
    };
    BOOST_TEST(with(30min + 1s) == "Limit");
    BOOST_TEST(with(0s) == "InvalidArgument");
    BOOST_TEST(with(1500ms) == "InvalidArgument");
    BOOST_TEST(with(30min).empty());
}

BOOST_AUTO_TEST_CASE(s66_who_is_locked_or_lost_the_key_does_not_count_at_the_end) {
    AskingWorld world;
    const auto id = world.asked("alice");
    (void)world.approve("carol", id);
    world.lock("carol");
    BOOST_TEST(refusal(world.approve("carol", id)) == "Locked");
    const auto out = world.approve("dave", id);
    BOOST_TEST(field(out, "JIT_COUNT") == "1");
    BOOST_TEST(field(out, "JIT_APPROVERS") == "dave");
    world.state.locks.clear();
    (void)world.approve("olivia", id);
    BOOST_TEST(world.state_of(id) == "approved");

    const auto second = world.asked("bob");
    BOOST_TEST(refusal(world.redeem(world.token(second, world.olivia))).empty());
    for (auto& key : world.config.trust.keys) key.revoked = key.id == "olivia-key";
    (void)world.approve("carol", second);
    BOOST_TEST(world.state_of(second) == "pending");
    BOOST_TEST(world.state.request(second)->approvals().size() == 1U);
    BOOST_TEST(refusal(world.approve("olivia", second)).empty());
    BOOST_TEST(world.state_of(second) == "approved");
}

BOOST_AUTO_TEST_CASE(s66_a_scheduled_grant_begins_only_if_its_approvers_stand) {
    AskingWorld world;
    auto event = world.asks("alice");
    event.start = world.now.wall + 1h;
    (void)world.step(event);
    (void)world.approve("carol", event.id);
    (void)world.approve("olivia", event.id);
    const auto grant = world.state.request(event.id)->grant;
    world.lock("olivia");
    world.pass(1h);
    const auto out = world.tick();
    BOOST_TEST(kinds(out) == "grant.revoked");
    BOOST_TEST(field(out, "JIT_CODE") == "LOCKED");
    world.state.locks.clear();
    BOOST_TEST(world.tick().records.empty());
    BOOST_TEST(world.state.end_of(grant) != nullptr);
}

BOOST_AUTO_TEST_CASE(who_may_deny) {
    AskingWorld world;
    const auto denied = [&](Actor actor) {
        const auto id = world.asked("alice");
        const auto out = world.step(DenyEvent{id, "no need", std::move(actor)});
        if (out.refused) {
            (void)world.step(WithdrawEvent{id, plain("alice")});
            world.pass(61s);
            return refusal(out);
        }
        BOOST_TEST(kinds(out) == "request.denied");
        BOOST_TEST(world.state_of(id) == "denied");
        BOOST_TEST(world.state.request(id)->statements.back().reason == "no need");
        return std::string();
    };
    for (const auto& actor : {plain("carol"), plain("olivia"), plain("alice"), root_as(""), root_as("alice"), admin("bob")}) {
        BOOST_TEST(denied(actor).empty());
        world.pass(61s);
    }
    BOOST_TEST(denied(plain("bob")) == "NotFound");
    auto observer = plain("bob");
    observer.observer = true;
    BOOST_TEST(denied(observer) == "NotFound");
    BOOST_TEST(denied(plain("alice-adm")).empty());  // is named to approve, which the person itself can't; to deny she can
}

BOOST_AUTO_TEST_CASE(s64_of_any_number_of_decisions_one_wins) {
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        AskingWorld world;
        world.config.policy.rules[1].approvals = 1;
        const auto id = world.asked("alice");
        std::vector<Event> events;
        for (int i = 0; i < 16; ++i) {
            events.emplace_back(ApproveEvent{id, world.fresh(), {}, "", plain("carol")});
            events.emplace_back(DenyEvent{id, "", plain("dave")});
            events.emplace_back(WithdrawEvent{id, plain("alice")});
            events.emplace_back(TickEvent{});
        }
        std::shuffle(events.begin(), events.end(), random);
        std::size_t done = 0, records = 0;
        for (const auto& event : events) {
            if (std::holds_alternative<TickEvent>(event) && random() % 4 == 0) world.pass(20min);
            const auto out = world.step(event);
            const auto said = kinds(out);
            records += said.find("request.") != std::string::npos ? 1U : 0U;
            done += !out.refused && !std::holds_alternative<TickEvent>(event) ? 1U : 0U;
        }
        BOOST_TEST(records == 1U);
        BOOST_TEST(done <= 1U);
        BOOST_TEST(world.state_of(id) != "pending");
        BOOST_TEST(world.state.grants.size() == (world.state_of(id) == "approved" ? 1U : 0U));
    }
}

BOOST_AUTO_TEST_CASE(what_is_told_to_whom) {
    AskingWorld world;
    const auto id = world.asked("alice");
    const auto& request = *world.state.request(id);
    for (const char* account : {"alice", "carol", "dave", "olivia", "alice-adm"}) BOOST_TEST(may_see(request, plain(account), world.config));
    BOOST_TEST(!may_see(request, plain("bob"), world.config));
    auto observer = plain("bob");
    observer.observer = true;
    BOOST_TEST(may_see(request, observer, world.config));
    BOOST_TEST(!may_decide(request, observer, world.config));
    BOOST_TEST(may_decide(request, plain("carol"), world.config));
    BOOST_TEST(!may_decide(request, plain("alice-adm"), world.config));
    BOOST_TEST(!may_decide(request, root_as("root"), world.config));
    (void)world.approve("carol", id);
    BOOST_TEST(!may_decide(*world.state.request(id), plain("carol"), world.config));
}

BOOST_AUTO_TEST_CASE(a_decision_without_its_record_leaves_the_request_as_it_was) {
    AskingWorld world;
    const auto id = world.asked("alice");
    BOOST_TEST(refusal(world.redeem(world.token(id, world.olivia))).empty());
    const auto token = world.token(id, world.carol);
    for (int n = 0; n < 2; ++n) {  // and again: the token is not used up
        const auto out = world.redeem(token, "carol");
        BOOST_TEST(refusal(out).empty());
        BOOST_TEST(world.state_of(id) == "approved");
        if (n == 1) break;
        for (const auto& change : taken_back(out, world.state)) apply(world.state, change);
        BOOST_TEST(world.state_of(id) == "pending");
        BOOST_TEST(world.state.request(id)->approvals().size() == 1U);
        BOOST_TEST(world.state.used_tokens.size() == 1U);
        BOOST_TEST(world.code("alice") != "GRANT");
    }
    BOOST_TEST(world.code("alice") == "GRANT");
}

BOOST_AUTO_TEST_CASE(s66_the_lock_of_one_account_is_on_the_person) {
    AskingWorld world;
    world.config.policy.rules[1].approvals = 2;
    world.config.trust.principals.push_back({"dave", {"dave", "dave-adm"}});
    const auto id = world.asked("alice");
    (void)world.approve("dave", id);
    world.lock("dave-adm");
    BOOST_TEST(refusal(world.approve("dave", id)) == "Locked");
    BOOST_TEST(refusal(world.redeem(world.token(id, world.hardware))) == "Locked");
    (void)world.approve("carol", id);  // dave's counts no more
    BOOST_TEST(world.state_of(id) == "pending");
    world.state.locks.clear();
    (void)world.approve("dave", id);
    BOOST_TEST(world.state_of(id) == "approved");
}

BOOST_AUTO_TEST_CASE(a_person_of_trust_toml_is_not_an_account_of_that_name) {
    Trust trust;
    trust.principals = {{"olivia", {"o.smith"}}};
    BOOST_TEST(names({"principal:olivia"}, {"o.smith", {}}, trust));
    BOOST_TEST(!names({"principal:olivia"}, {"olivia", {}}, trust));
    BOOST_TEST(names({"principal:carol"}, {"carol", {}}, trust));
}

BOOST_AUTO_TEST_CASE(a_new_policy_is_for_what_waits_too) {
    AskingWorld world;
    const auto id = world.asked("alice");
    (void)world.approve("carol", id);
    const PolicyEvent event{{{id, {{"alice", {}}, {std::chrono::Sunday, 12h}}}}};
    world.config.policy.rules[1].approvers = {"dave", "principal:olivia"};  // carol no longer
    (void)world.step(event);
    (void)world.approve("dave", id);
    BOOST_TEST(world.state_of(id) == "pending");
    world.config.policy.rules[1].max_duration = 10min;
    BOOST_TEST(kinds(world.step(event)) == "request.denied");
    BOOST_TEST(world.state_of(id) == "denied");
}

BOOST_AUTO_TEST_SUITE_END()
