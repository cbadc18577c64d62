// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE step_file
#include <boost/test/unit_test.hpp>

#include "tests/support/world.hpp"

using namespace jit::core;
using namespace jit::test;

namespace {

/** A signed set as the loader hands it over. */
struct Delivery {
    World& world;
    SignedGrants set;
    FileEvent event{fail("MISSING", ""), LoadMode::delivered, {}, true};

    explicit Delivery(World& at, std::uint64_t serial = 7) : world(at) {
        set.serial = serial;
        set.sha256.fill(static_cast<unsigned char>(serial));
        set.issued = world.now.wall;
        set.expires = world.now.wall + 24h;
        set.signers = {{"olivia-2026", "olivia"}};
    }
    Grant& grant(const std::string& id) {
        Grant grant;
        grant.id = id;
        grant.account = "alice";
        grant.role = "root";
        grant.not_before = world.now.wall;
        grant.not_after = world.now.wall + 30min;
        grant.serial = set.serial;
        set.grants.push_back(grant);
        ++set.total;
        return set.grants.back();
    }
    Transition arrive(LoadMode mode = LoadMode::delivered) {
        event.mode = mode;
        event.loaded = set;
        return world.step(event);
    }
};

Transition refuse(World& world, const std::string& code, LoadMode mode = LoadMode::delivered, bool record = true) {
    return world.step(FileEvent{fail(code, "grants.toml: " + code), mode, {}, record});
}

RevokeEvent revoking(const std::string& id) {
    RevokeEvent out;
    out.object = id;
    out.reason = "INC-9 over";
    out.actor = root_as("olivia");
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(StepFile)

BOOST_AUTO_TEST_CASE(an_accepted_file_swaps_the_table_and_is_on_record) {
    World world;
    world.file_grant("OLD-1");
    const std::string own(32, 'c');
    world.local_grant(own).for_("bob");
    Delivery delivery(world);
    delivery.grant("INC-1");
    const auto out = delivery.arrive();
    BOOST_TEST(out.widens);
    BOOST_TEST(kinds(out) == "file.accepted");
    BOOST_TEST(field(out, "JIT_KEYS") == "olivia-2026");
    BOOST_TEST(field(out, "JIT_APPROVERS") == "olivia");
    BOOST_TEST(field(out, "JIT_SERIAL") == "7");
    BOOST_TEST(world.state.grant("OLD-1") == nullptr);
    BOOST_TEST(world.state.grant(own) != nullptr);
    BOOST_TEST(world.state.file.state == "ok");
    BOOST_TEST(world.state.file.serial == 7);
    BOOST_TEST(world.code("alice") == "GRANT");
    BOOST_TEST(world.code("bob") == "GRANT");
}

BOOST_AUTO_TEST_CASE(an_empty_file_revokes_all_of_the_fleet) {
    World world;
    world.file_grant("INC-1").active();
    world.session(kSession, "INC-1");
    (void)Delivery(world).arrive();
    BOOST_TEST(world.code("alice") == "NO_GRANT");
    BOOST_TEST(only<StopSession>(world.tick().actions).at(0).id == kSession);
    BOOST_TEST(world.state.sessions.at(kSession).end_code == "REVOKED");
}

BOOST_AUTO_TEST_CASE(a_refused_file_changes_nothing_that_serves) {
    World world;
    world.file_grant("INC-1");
    const auto out = refuse(world, "BAD_SIGNATURE");
    BOOST_TEST(!out.widens);
    BOOST_TEST(kinds(out) == "file.refused");
    BOOST_TEST(field(out, "JIT_CODE") == "BAD_SIGNATURE");
    BOOST_TEST(world.state.file.state == "refused");
    BOOST_TEST(world.state.file.code == "BAD_SIGNATURE");
    BOOST_TEST(world.state.file.serial == 1);
    BOOST_TEST(world.code("alice") == "GRANT");
}

BOOST_AUTO_TEST_CASE(content_that_was_audited_before_is_not_audited_again) {
    World world;
    BOOST_TEST(refuse(world, "BAD_SIGNATURE", LoadMode::delivered, false).records.empty());
    Delivery delivery(world);
    delivery.set.unchanged = true;
    BOOST_TEST(delivery.arrive().records.empty());
    world.state.file.serial = 7;
    BOOST_TEST(Delivery(world).arrive(LoadMode::accepted).records.empty());
}

BOOST_AUTO_TEST_CASE(an_own_copy_that_no_longer_holds_ends_what_it_gave) {
    World world;
    world.file_grant("INC-1").active();
    world.session(kSession, "INC-1");
    (void)refuse(world, "KEY_REVOKED", LoadMode::accepted);
    BOOST_TEST(world.code("alice") == "NO_GRANT");
    BOOST_TEST(only<StopSession>(world.tick().actions).size() == 1);
}

BOOST_AUTO_TEST_CASE(an_own_copy_older_than_the_marks_is_a_rollback) {
    World world;
    Delivery old(world, 6);
    old.grant("INC-1");
    world.state.file.serial = 7;
    (void)old.arrive(LoadMode::accepted);
    BOOST_TEST(world.state.file.code == "ROLLBACK");
    BOOST_TEST(world.state.grant("INC-1") == nullptr);
}

BOOST_AUTO_TEST_CASE(an_own_copy_newer_than_the_marks_is_put_on_record) {
    World world;
    Delivery newer(world, 8);
    newer.grant("INC-1");
    newer.event.record = false;
    world.state.file.serial = 7;
    const auto out = newer.arrive(LoadMode::accepted);
    BOOST_TEST(kinds(out) == "file.accepted");
    BOOST_TEST(field(out, "JIT_SERIAL") == "8");
    BOOST_TEST(!out.widens);  // it serves, be the disk full or not
    BOOST_TEST(kinds(newer.arrive(LoadMode::accepted)) == "");
}

BOOST_AUTO_TEST_CASE(without_a_disk_a_file_takes_away_and_gives_nothing) {
    World world;
    Delivery first(world, 7);
    first.grant("INC-1");
    first.grant("INC-2");
    (void)first.arrive();
    Delivery second(world, 8);
    second.grant("INC-2").not_after -= 10min;
    second.grant("INC-3");
    second.event.reduce_only = true;
    const auto out = second.arrive();
    BOOST_TEST(!out.widens);
    BOOST_TEST(world.state.grant("INC-1") == nullptr);
    BOOST_TEST(world.state.grant("INC-3") == nullptr);
    BOOST_CHECK(world.state.grant("INC-2")->not_after == world.now.wall + 20min);
    BOOST_TEST(world.state.file.serial == 7U);
    BOOST_TEST(world.state.file.code == "RECOVERY");
}

BOOST_AUTO_TEST_CASE(an_own_copy_past_its_end_is_expired_and_not_refused) {
    World world;
    (void)refuse(world, "EXPIRED", LoadMode::accepted);
    BOOST_TEST(world.state.file.state == "expired");
}

BOOST_AUTO_TEST_CASE(a_refused_delivery_after_the_end_of_the_file_does_not_end_it_again) {
    World world;
    world.pass(24h);
    BOOST_TEST(kinds(world.tick()) == "file.expired");
    (void)refuse(world, "BAD_SIGNATURE");
    BOOST_TEST(world.tick().records.empty());
    BOOST_TEST(world.state.file.code == "BAD_SIGNATURE");
}

BOOST_AUTO_TEST_CASE(a_revoked_id_stays_revoked_in_a_newer_file) {
    World world;
    Delivery first(world, 7);
    first.grant("INC-1");
    (void)first.arrive();
    (void)world.step(revoking("INC-1"));
    Delivery second(world, 8);
    second.grant("INC-1").not_after += 2h;
    (void)second.arrive();
    BOOST_TEST(world.code("alice") == "REVOKED");
    (void)world.tick();
    BOOST_TEST(world.code("alice") == "REVOKED");
}

BOOST_AUTO_TEST_CASE(an_expired_id_stays_expired_in_a_newer_file) {
    World world;
    Delivery first(world, 7);
    first.grant("INC-1");
    (void)first.arrive();
    (void)world.tick();
    world.pass(30min);
    (void)world.tick();
    Delivery second(world, 8);
    second.grant("INC-1");
    (void)second.arrive();
    BOOST_TEST(world.code("alice") == "EXPIRED");
}

BOOST_AUTO_TEST_CASE(the_same_id_for_another_person_role_or_uid_is_dropped) {
    const auto dropped = [](auto arrange) {
        World world;
        Delivery first(world, 7);
        first.grant("INC-1").uid = 1001;
        (void)first.arrive();
        Delivery second(world, 8);
        arrange(second.grant("INC-1"));
        const auto out = second.arrive();
        BOOST_TEST(world.code("alice") == "NO_GRANT");
        BOOST_TEST(world.code("bob") == "NO_GRANT");
        return field(out, "JIT_DROPPED");
    };
    BOOST_TEST(dropped([](Grant& g) { g.account = "bob"; }) == "INC-1:IDENTITY");
    BOOST_TEST(dropped([](Grant& g) { g.role = "dba"; }) == "INC-1:IDENTITY");
    BOOST_TEST(dropped([](Grant& g) { g.uid = 1002; }) == "INC-1:IDENTITY");
}

BOOST_AUTO_TEST_CASE(another_window_is_computed_anew) {
    World world;
    Delivery first(world, 7);
    first.grant("INC-1");
    (void)first.arrive();
    (void)world.tick();
    world.pass(10min);
    Delivery second(world, 8);
    second.grant("INC-1").not_after = world.now.wall + 5min;
    (void)second.arrive();
    BOOST_TEST(!world.state.pin_of("INC-1")->activation.has_value());
    BOOST_TEST((world.decide("alice").ends == world.now.wall + 5min));
    (void)world.tick();
    BOOST_TEST((world.state.pin_of("INC-1")->activation->deadline == world.now.boot + 5min));
    world.pass(5min);
    BOOST_TEST(world.code("alice") == "EXPIRED");
}

BOOST_AUTO_TEST_CASE(the_same_window_keeps_the_deadline_that_was_fixed) {
    World world;
    Delivery first(world, 7);
    first.grant("INC-1");
    const auto grants = first.set.grants;
    (void)first.arrive();
    (void)world.tick();
    const auto deadline = world.state.pin_of("INC-1")->activation->deadline;
    world.set_clock(-60s);
    Delivery second(world, 8);
    second.set.grants = grants;
    const auto out = second.arrive();
    BOOST_TEST(only<PutPin>(out.changes).empty());
    BOOST_TEST((world.state.pin_of("INC-1")->activation->deadline == deadline));
}

BOOST_AUTO_TEST_CASE(acceptance_pins_the_uid_that_the_name_has_now) {
    World world;
    Delivery first(world, 7);
    first.grant("INC-1");
    first.event.resolved = {{"alice", 1001}};
    (void)first.arrive();
    BOOST_TEST(world.state.pin_of("INC-1")->uid.value() == 1001);
    Delivery second(world, 8);
    second.grant("INC-1");
    second.event.resolved = {{"alice", 4711}};
    (void)second.arrive();
    BOOST_TEST(world.state.pin_of("INC-1")->uid.value() == 1001);
    auto query = world.query("alice");
    query.uid = 4711;
    BOOST_TEST(to_string(decide(query, world.state, world.config, world.now).code) == "IDENTITY");
}

BOOST_AUTO_TEST_CASE(the_uid_of_the_file_beats_the_one_resolved) {
    World world;
    Delivery delivery(world);
    delivery.grant("INC-1").uid = 1001;
    delivery.event.resolved = {{"alice", 4711}};
    (void)delivery.arrive();
    BOOST_TEST(world.state.pin_of("INC-1")->uid.value() == 1001);
}

BOOST_AUTO_TEST_CASE(a_role_that_is_unknown_is_kept_and_lives_once_defined) {
    World world;
    Delivery delivery(world);
    delivery.grant("INC-1").role = "backup";
    (void)delivery.arrive();
    BOOST_TEST(world.code("alice") == "ROLE_UNKNOWN");
    auto role = world.role("root");
    role.name = "backup";
    world.config.policy.roles.emplace("backup", role);
    BOOST_TEST(world.code("alice") == "GRANT");
}

BOOST_AUTO_TEST_CASE(dropped_grants_are_named_up_to_sixty_four) {
    World world;
    Delivery delivery(world);
    for (int i = 0; i < 70; ++i) delivery.set.dropped.push_back({"D-" + std::to_string(i), "LIMIT", "", 1});
    const auto words = field(delivery.arrive(), "JIT_DROPPED");
    BOOST_TEST(words.starts_with("D-0:LIMIT,"));
    BOOST_TEST(std::count(words.begin(), words.end(), ',') == 63);
}

BOOST_AUTO_TEST_SUITE_END()
