// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE decide
#include "core/decide.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/world.hpp"

using namespace jit::core;
using namespace jit::test;

BOOST_AUTO_TEST_SUITE(Decide)

BOOST_AUTO_TEST_CASE(a_default_constructed_decision_denies) {
    const Decision decision;
    BOOST_TEST(!decision.allowed());
    BOOST_TEST(to_string(decision.code) == "UNAVAILABLE");
}

BOOST_AUTO_TEST_CASE(nobody_elevates_without_a_grant) {
    World world;
    world.config.settings.sshd_gated = {"*"};
    BOOST_TEST(world.code("alice") == "NO_GRANT");
    BOOST_TEST(world.code("alice", "su") == "NO_GRANT");
    BOOST_TEST(world.code("alice", "sshd") == "NO_GRANT");
}

BOOST_AUTO_TEST_CASE(a_grant_serves_its_account_and_no_other) {
    World world;
    world.file_grant("INC-1").for_("alice").minutes(30);
    const auto decision = world.decide("alice");
    BOOST_TEST(decision.allowed());
    BOOST_TEST(decision.grant == "INC-1");
    BOOST_TEST(decision.role == "root");
    BOOST_TEST((decision.ends == world.now.wall + 30min));
    BOOST_TEST(decision.must_scope);
    BOOST_TEST(world.code("bob") == "NO_GRANT");
}

BOOST_AUTO_TEST_CASE(each_denial_has_a_scenario_that_only_it_explains) {
    const auto code_after = [](auto arrange) {
        World world;
        world.file_grant("INC-1").for_("alice").minutes(30);
        BOOST_TEST(world.code("alice") == "GRANT");
        arrange(world);
        return world.code("alice");
    };
    BOOST_TEST(code_after([](World& w) { w.state.grants.clear(); }) == "NO_GRANT");
    BOOST_TEST(code_after([](World& w) { w.set_clock(-1us); }) == "NOT_YET");
    BOOST_TEST(code_after([](World& w) { w.pass(30min); }) == "EXPIRED");
    BOOST_TEST(code_after([](World& w) { w.state.ended["INC-1"] = {"INC-1", EndHow::revoked, "root", w.now.wall}; }) ==
               "REVOKED");
    BOOST_TEST(code_after([](World& w) { w.state.ended["INC-1"] = {"INC-1", EndHow::released, "alice", w.now.wall}; }) ==
               "RELEASED");
    BOOST_TEST(code_after([](World& w) { w.state.ended["INC-1"] = {"INC-1", EndHow::expired, "", w.now.wall}; }) ==
               "EXPIRED");
    BOOST_TEST(code_after([](World& w) { w.lock("alice"); }) == "LOCKED");
    BOOST_TEST(code_after([](World& w) { w.role("root").run_as = {"postgres"}; }) == "TARGET");
    BOOST_TEST(code_after([](World& w) { w.role("root").services = {Service::su}; }) == "SERVICE");
    BOOST_TEST(code_after([](World& w) { w.config.policy.roles.erase("root"); }) == "ROLE_UNKNOWN");
    BOOST_TEST(code_after([](World& w) {
                   w.config.policy.roles.clear();
                   w.config.policy_broken = true;
               }) == "CONFIG");
    BOOST_TEST(code_after([](World& w) { w.state.pins["INC-1"].uid = 1011; }) == "IDENTITY");
    BOOST_TEST(code_after([](World& w) { w.set_clock(-121s); }) == "CLOCK_BACK");
    BOOST_TEST(code_after([](World& w) { w.state.needs_recovery = true; }) == "RECOVERY");
}

BOOST_AUTO_TEST_CASE(a_role_that_must_be_recorded_serves_sudo_where_it_records_and_nothing_else) {
    World world;
    world.file_grant("INC-1").active();
    world.role("root").record = true;
    BOOST_TEST(world.code("alice") == "GRANT");  // the account phase: sudo has not opened its log yet
    BOOST_TEST(world.code("alice", "su") == "RECORDING");
    auto query = world.query("alice");
    query.recording = Recording::none;
    const auto code = [&] { return to_string(decide(query, world.state, world.config, world.now).code); };
    BOOST_TEST(code() == "RECORDING");
    query.recording = Recording::on;
    BOOST_TEST(code() == "GRANT");
    query.service = "su";
    BOOST_TEST(code() == "RECORDING");
}

BOOST_AUTO_TEST_CASE(the_backstop_leaves_room_for_what_may_finish) {
    World world;
    world.file_grant("INC-1").active();
    world.role("root").max_extension = 10min;
    world.role("root").finish_limit = 2h;
    BOOST_TEST((world.decide("alice").backstop == world.now.wall + 40min));
    world.role("root").on_end = OnEnd::finish;
    BOOST_TEST((world.decide("alice").backstop == world.now.wall + 40min + 2h));
    BOOST_TEST((world.decide("alice").last_end == world.now.wall + 30min));
}

BOOST_AUTO_TEST_CASE(a_service_that_is_none_of_ours_denies) {
    World world;
    world.file_grant("INC-1");
    BOOST_TEST(world.code("alice", "polkit-1") == "SERVICE");
    BOOST_TEST(world.code("alice", "") == "SERVICE");
    BOOST_TEST(world.code("alice", "sudo-i") == "GRANT");
    BOOST_TEST(world.code("alice", "su-l") == "GRANT");
}

BOOST_AUTO_TEST_CASE(checks_come_in_the_order_clock_identity_lock_exemption_grants) {
    World world;
    world.config.settings.exempt = {"alice"};
    world.lock("alice");
    world.set_clock(-121s);
    auto query = world.query("alice");
    query.uid = 0xFFFFFFFFU;
    const auto code = [&] { return to_string(decide(query, world.state, world.config, world.now).code); };
    BOOST_TEST(code() == "CLOCK_BACK");
    world.set_clock(121s);
    BOOST_TEST(code() == "IDENTITY");
    query.uid = uid_of("alice");
    BOOST_TEST(code() == "LOCKED");
    world.state.locks.clear();
    BOOST_TEST(code() == "EXEMPT");
    world.config.settings.exempt.clear();
    BOOST_TEST(code() == "NO_GRANT");
}

BOOST_AUTO_TEST_CASE(an_unresolved_account_is_identity) {
    World world;
    world.file_grant("INC-1");
    auto query = world.query("alice");
    query.account.clear();
    BOOST_TEST(to_string(decide(query, world.state, world.config, world.now).code) == "IDENTITY");
}

BOOST_AUTO_TEST_CASE(exempt_accounts_pass_sudo_and_su_but_never_sshd) {
    World world;
    world.config.settings.exempt = {"bob"};
    world.config.settings.sshd_gated = {"bob"};
    BOOST_TEST(world.code("bob", "sudo") == "EXEMPT");
    BOOST_TEST(world.code("bob", "su") == "EXEMPT");
    BOOST_TEST(world.code("bob", "sshd") == "NO_GRANT");
    BOOST_TEST(!world.decide("bob").must_scope);
}

BOOST_AUTO_TEST_CASE(logins_of_root_are_gated_under_whatever_name) {
    World world;
    world.config.settings.sshd_gated = {"root"};
    auto query = world.query("alice", "sshd");
    query.account = "toor";
    query.uid = query.loginuid = 0;
    BOOST_TEST(to_string(decide(query, world.state, world.config, world.now).code) == "NO_GRANT");
    BOOST_TEST(world.code("alice", "sshd") == "EXEMPT");
}

BOOST_AUTO_TEST_CASE(a_lost_state_denies_exempt_accounts_too) {
    World world;
    world.config.settings.exempt = {"bob"};
    world.state.needs_recovery = true;
    BOOST_TEST(world.code("bob") == "RECOVERY");
}

BOOST_AUTO_TEST_CASE(a_lock_beats_every_grant) {
    World world;
    world.file_grant("INC-1");
    world.local_grant(std::string(32, '0'));
    world.lock("alice");
    BOOST_TEST(world.code("alice") == "LOCKED");
    BOOST_TEST(world.code("bob") == "NO_GRANT");
}

BOOST_AUTO_TEST_CASE(an_unknown_target_is_judged_only_once_it_is_known) {
    World world;
    world.file_grant("INC-1").role("dba");
    BOOST_TEST(world.code("alice", "sudo", std::nullopt) == "GRANT");
    BOOST_TEST(world.code("alice", "sudo", "postgres") == "GRANT");
    BOOST_TEST(world.code("alice", "sudo", "root") == "TARGET");
}

BOOST_AUTO_TEST_CASE(the_own_account_as_target_is_no_pass) {
    World world;
    BOOST_TEST(world.code("alice", "sudo", "alice") == "NO_GRANT");
    world.file_grant("INC-1");
    BOOST_TEST(world.code("alice", "sudo", "alice") == "TARGET");
    BOOST_TEST(world.code("alice", "sudo", "") == "TARGET");
}

BOOST_AUTO_TEST_CASE(own_login_refuses_a_sudo_reached_through_another_account) {
    World world;
    world.role("root").own_login = true;
    world.file_grant("INC-1").for_("bob");
    auto query = world.query("bob");
    const auto code = [&] { return to_string(decide(query, world.state, world.config, world.now).code); };
    BOOST_TEST(code() == "GRANT");
    query.loginuid = uid_of("alice");
    BOOST_TEST(code() == "IDENTITY");
    query.loginuid = 0xFFFFFFFFU;
    BOOST_TEST(code() == "IDENTITY");
    world.role("root").own_login = false;
    BOOST_TEST(code() == "GRANT");
}

BOOST_AUTO_TEST_CASE(a_uid_in_the_grant_holds_without_a_pin) {
    World world;
    world.file_grant("INC-1").uid(1002);
    world.state.pins.clear();
    BOOST_TEST(world.code("alice") == "IDENTITY");
}

BOOST_AUTO_TEST_CASE(of_several_denials_the_most_helpful_is_told) {
    World world;
    world.file_grant("INC-1").ended(EndHow::expired);
    world.file_grant("INC-2").starts_in(1h);
    BOOST_TEST(world.code("alice") == "NOT_YET");
    world.file_grant("INC-3").role("dba");
    const auto decision = world.decide("alice");
    BOOST_TEST(to_string(decision.code) == "TARGET");
    BOOST_TEST(decision.grant == "INC-3");
    BOOST_TEST(decision.role == "dba");
}

BOOST_AUTO_TEST_CASE(of_two_ended_grants_the_later_is_told) {
    World world;
    world.file_grant("INC-1").minutes(10);
    world.file_grant("INC-2").minutes(20);
    world.file_grant("INC-3").minutes(5);
    world.pass(30min);
    BOOST_TEST(world.decide("alice").grant == "INC-2");
}

BOOST_AUTO_TEST_CASE(sshd_asks_only_of_accounts_that_are_gated) {
    World world;
    world.config.settings.sshd_gated = {"alice"};
    BOOST_TEST(world.code("alice", "sshd") == "NO_GRANT");
    BOOST_TEST(world.code("bob", "sshd") == "EXEMPT");
    world.lock("bob");
    BOOST_TEST(world.code("bob", "sshd") == "LOCKED");
}

BOOST_AUTO_TEST_CASE(sshd_needs_no_scope) {
    World world;
    world.config.settings.sshd_gated = {"alice"};
    world.role("root").services = {Service::sshd};
    world.file_grant("INC-1");
    BOOST_TEST(world.decide("alice", "sshd").allowed());
    BOOST_TEST(!world.decide("alice", "sshd").must_scope);
}

BOOST_AUTO_TEST_SUITE_END()
