// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE step_token
#include <boost/test/unit_test.hpp>

#include "tests/support/asking_world.hpp"

using namespace jit::core;
using namespace jit::test;

namespace {

std::string breaks_glass(AskingWorld& world, const std::string& account = "alice", Usec duration = 30min) {
    auto event = world.asks(account);
    event.kind = RequestKind::breakglass;
    event.duration = duration;
    const auto out = world.step(event);
    return refusal(out).empty() ? event.id : refusal(out);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(StepToken)

BOOST_AUTO_TEST_CASE(a_token_is_one_approval_and_counts_once) {
    AskingWorld world;
    const auto id = world.asked("alice");
    const auto token = world.token(id, world.olivia, 20min);
    const auto out = world.redeem(token);
    BOOST_TEST(refusal(out).empty());
    BOOST_TEST(field(out, "JIT_APPROVERS") == "olivia");
    BOOST_TEST(field(out, "JIT_ACTOR") == "bob");  // who brought it
    BOOST_TEST(refusal(world.redeem(token)) == "TokenUsed");
    BOOST_TEST(refusal(world.redeem(world.token(id, world.olivia, 10min))) == "AlreadyDecided");
    (void)world.approve("carol", id);
    const auto* grant = world.state.grant(world.state.request(id)->grant);
    BOOST_REQUIRE(grant);
    BOOST_TEST((grant->not_after - grant->not_before == 20min));
    BOOST_TEST(to_string(grant->origin) == "request");  // the last word was said here
    BOOST_TEST(grant->keys == std::vector<std::string>{"olivia-key"});
    BOOST_TEST(refusal(world.redeem(token)) == "TokenUsed");
}

BOOST_AUTO_TEST_CASE(the_record_of_a_token_proves_itself) {
    AskingWorld world;
    world.config.settings.breakglass = true;
    for (const auto* key : {&world.olivia, &world.hardware}) {
        for (const bool breakglass : {false, true}) {
            const auto id = breakglass ? breaks_glass(world) : world.asked("alice");
            const auto shown = approval_text(*world.state.request(id), world.state, world.config, 20min);
            const auto out = world.redeem(world.token(id, *key, 20min), key == &world.olivia ? "olivia" : "dave");
            BOOST_TEST(field(out, "JIT_SIGNED_TEXT") == shown.text());
            BOOST_TEST(field(out, "JIT_PUBLIC_KEY") == key->public_key());
            BOOST_TEST(field(out, "JIT_VIA") == (key == &world.olivia ? "key:olivia-key" : "key:hardware-key"));
            BOOST_TEST(field(out, "JIT_PRINCIPAL") == (key == &world.olivia ? "olivia" : "dave"));
            SignOptions as_signed;
            as_signed.ns = shown.ns();
            BOOST_TEST(field(out, "JIT_SIGNATURE") == key->sign(shown.text(), as_signed));  // as ssh-keygen wrote it
            BOOST_TEST(field(out, "JIT_SIGNATURE", 1).empty());
        }
    }
    const auto here = world.approve("carol", world.asked("alice"));
    BOOST_TEST(field(here, "JIT_VIA") == "host");
    BOOST_TEST(field(here, "JIT_PRINCIPAL") == "carol");
    BOOST_TEST(field(here, "JIT_SIGNATURE").empty());
}

BOOST_AUTO_TEST_CASE(the_last_token_makes_a_grant_that_ends_with_its_key) {
    AskingWorld world;
    const auto id = world.asked("alice");
    (void)world.approve("carol", id);
    BOOST_TEST(kinds(world.redeem(world.token(id, world.olivia))) == "request.approved grant.created grant.activated");
    const auto* grant = world.state.grant(world.state.request(id)->grant);
    BOOST_TEST(to_string(grant->origin) == "token");
    world.session(kSession, grant->id);
    const auto trust = world.config.trust;
    world.config.trust.keys.clear();  // gone, for now: it serves no more, but may come back
    BOOST_TEST(world.code("alice") == "REVOKED");
    BOOST_TEST(kinds(world.tick()) == "session.terminated");
    world.config.trust = trust;
    BOOST_TEST(world.code("alice") == "GRANT");
    world.config.trust.keys[0].revoked = true;
    BOOST_TEST(kinds(world.tick()) == "grant.revoked");
    world.config.trust = trust;
    BOOST_TEST(world.code("alice") == "REVOKED");
}

BOOST_AUTO_TEST_CASE(what_a_token_is_bound_to) {
    const auto after = [](auto change) {
        AskingWorld world;
        const auto id = world.asked("alice");
        const auto token = world.token(id, world.olivia);
        change(world, id);
        return refusal(world.redeem(token));
    };
    const auto request = [](AskingWorld& world, const std::string& id) -> Request& { return world.state.requests.at(id); };
    BOOST_TEST(after([](auto&, auto&) {}).empty());
    BOOST_TEST(after([](auto& w, auto&) { w.state.host_id = std::string(32, '2'); }) == "BadToken");
    BOOST_TEST(after([](auto& w, auto&) { w.config.host.name = "db-02"; }) == "BadToken");
    BOOST_TEST(after([](auto& w, auto&) { w.config.trust.org = "other"; }) == "BadToken");
    BOOST_TEST(after([](auto& w, auto&) { w.config.trust.principals[0].accounts = {"alice-adm"}; w.config.trust.principals[0].name = "a"; w.config.trust.principals.push_back({"b", {"alice"}}); }) == "BadToken");
    BOOST_TEST(after([&](auto& w, auto& id) { request(w, id).account = "bob"; }) == "BadToken");
    BOOST_TEST(after([&](auto& w, auto& id) { request(w, id).uid = 1002; }) == "BadToken");
    BOOST_TEST(after([&](auto& w, auto& id) { request(w, id).role = "dba"; }) == "BadToken");
    BOOST_TEST(after([&](auto& w, auto& id) { request(w, id).reason += "."; }) == "BadToken");
    BOOST_TEST(after([&](auto& w, auto& id) { request(w, id).ticket = "INC-2"; }) == "BadToken");
    BOOST_TEST(after([&](auto& w, auto& id) { request(w, id).start = w.now.wall + 1h; }) == "BadToken");
    BOOST_TEST(after([&](auto& w, auto& id) { request(w, id).expires += 1s; }) == "BadToken");
    BOOST_TEST(after([&](auto& w, auto& id) { request(w, id).created += 1s; }) == "BadToken");
    BOOST_TEST(after([&](auto& w, auto& id) { request(w, id).kind = RequestKind::extension; request(w, id).grant = std::string(16, 'a'); }) == "BadToken");
    BOOST_TEST(after([&](auto& w, auto& id) { request(w, id).kind = RequestKind::breakglass; }) == "BadToken");
    BOOST_TEST(after([&](auto& w, auto& id) { request(w, id).duration -= 1s; }) == "Limit");
    BOOST_TEST(after([](auto& w, auto&) { w.state.requests.clear(); }) == "BadToken");
    BOOST_TEST(after([](auto& w, auto&) { w.pass(1h); }) == "Expired");
    BOOST_TEST(after([](auto& w, auto& id) { (void)w.step(DenyEvent{id, "", plain("carol")}); }) == "AlreadyDecided");
    BOOST_TEST(after([](auto& w, auto&) { w.lock("alice"); }) == "Locked");
    BOOST_TEST(after([](auto& w, auto&) { w.set_clock(-121s); }) == "ClockBack");
    BOOST_TEST(after([](auto& w, auto&) { w.state.needs_recovery = true; }) == "Recovery");
}

BOOST_AUTO_TEST_CASE(what_a_key_must_be) {
    const auto with = [](auto change) {
        AskingWorld world;
        const auto id = world.asked("alice");
        const auto token = world.token(id, world.olivia);
        change(world.config.trust.keys[0], world);
        return refusal(world.redeem(token, world.config.trust.keys.empty() ? "" : world.config.trust.keys[0].principal));
    };
    BOOST_TEST(with([](auto& k, auto&) { k.use_approve = false; }) == "KeyUse");
    BOOST_TEST(with([](auto& k, auto&) { k.revoked = true; }) == "KeyRevoked");
    BOOST_TEST(with([](auto& k, auto& w) { k.not_after = w.now.wall; }) == "KeyWindow");
    BOOST_TEST(with([](auto& k, auto& w) { k.not_before = w.now.wall + 1us; }) == "KeyWindow");
    BOOST_TEST(with([](auto& k, auto&) { k.roles = {"dba"}; }) == "Limit");
    BOOST_TEST(with([](auto& k, auto&) { k.hosts = *HostPatterns::parse({"web-*"}); }) == "Limit");
    BOOST_TEST(with([](auto& k, auto&) { k.max_duration = 30min - 1s; }) == "Limit");
    BOOST_TEST(with([](auto& k, auto&) { k.principal = "bob"; }) == "AccessDenied");
    BOOST_TEST(with([](auto& k, auto&) { k.principal = "alice"; }) == "Self");
    BOOST_TEST(with([](auto& k, auto& w) { k.principal = "alice"; k.allow_self = true; w.state.requests.begin()->second.approvers.push_back("alice"); }).empty());
    BOOST_TEST(with([](auto&, auto& w) { w.config.trust.keys.clear(); }) == "BadToken");
}

BOOST_AUTO_TEST_CASE(a_hardware_key_was_touched_and_verified_where_asked) {
    AskingWorld world;
    const auto id = world.asked("alice");
    BOOST_TEST(refusal(world.redeem(world.token(id, world.hardware, 30min, 0x00), "dave")) == "BadToken");
    world.config.trust.keys[2].require_verify = true;
    BOOST_TEST(refusal(world.redeem(world.token(id, world.hardware, 30min, 0x01), "dave")) == "BadToken");
    BOOST_TEST(refusal(world.redeem(world.token(id, world.hardware, 30min, 0x05), "dave")).empty());
}

BOOST_AUTO_TEST_CASE(break_glass_needs_its_switch_its_key_and_nothing_else) {
    AskingWorld world;
    BOOST_TEST(breaks_glass(world) == "AccessDenied");
    world.config.settings.breakglass = true;
    BOOST_TEST(breaks_glass(world, "alice", 1h + 1s) == "Limit");
    world.config.policy.rules.clear();
    const auto id = breaks_glass(world, "alice", 1h);
    BOOST_TEST(world.state.request(id)->rule == "break-glass");
    BOOST_TEST(refusal(world.approve("carol", id)) == "NotFound");
    BOOST_TEST(world.code("alice") == "PENDING");
    const auto out = world.redeem(world.token(id, world.olivia, 1h));
    BOOST_TEST(kinds(out) == "request.approved breakglass.used grant.created grant.activated");
    BOOST_TEST(out.records[1].kind().priority == 1);
    BOOST_TEST(only<TellEverybody>(out.actions).size() == 1U);
    const auto* grant = world.state.grant(world.state.request(id)->grant);
    BOOST_TEST(to_string(grant->origin) == "breakglass");
    const auto decision = world.decide("alice");
    BOOST_TEST((decision.backstop == grant->not_after));  // no extension, also not for the backstop

    const auto self = breaks_glass(world, "carol", 10min);
    BOOST_TEST(refusal(world.redeem(world.token(self, world.carol, 10min), "carol")).empty());
}

BOOST_AUTO_TEST_CASE(with_a_lost_state_break_glass_is_all_there_is) {
    AskingWorld world;
    world.config.settings.breakglass = true;
    world.local_grant(kOtherSession).active();
    world.state.needs_recovery = true;
    BOOST_TEST(world.code("alice") == "RECOVERY");
    const auto id = breaks_glass(world);
    BOOST_TEST(world.code("alice") == "PENDING");
    const auto out = world.redeem(world.token(id, world.olivia));
    BOOST_TEST(refusal(out).empty());
    BOOST_TEST(out.memory_suffices);
    BOOST_TEST(world.code("alice") == "GRANT");
    BOOST_TEST(world.decide("alice").grant == world.state.request(id)->grant);
    BOOST_TEST(world.code("bob") == "RECOVERY");
    world.lock("alice");
    BOOST_TEST(world.code("alice") == "LOCKED");
}

BOOST_AUTO_TEST_CASE(a_break_glass_use_is_reviewed_by_another_admin) {
    AskingWorld world;
    world.config.settings.breakglass = true;
    const auto id = breaks_glass(world);
    (void)world.redeem(world.token(id, world.olivia));
    const auto grant = world.state.request(id)->grant;
    BOOST_TEST(refusal(world.step(ReviewEvent{grant, plain("olivia")})) == "NotFound");
    BOOST_TEST(refusal(world.step(ReviewEvent{grant, admin("alice-adm")})) == "Self");
    BOOST_TEST(refusal(world.step(ReviewEvent{kSession, admin("olivia")})) == "NotFound");
    const auto out = world.step(ReviewEvent{grant, root_as("olivia")});
    BOOST_TEST(kinds(out) == "breakglass.reviewed");
    BOOST_TEST(world.state.request(id)->statement(Said::reviewed, "olivia") != nullptr);
    BOOST_TEST(world.step(ReviewEvent{grant, root_as("olivia")}).records.empty());
}

BOOST_AUTO_TEST_SUITE_END()
