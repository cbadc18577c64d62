// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE step_grant
#include <boost/test/unit_test.hpp>

#include "tests/support/world.hpp"

using namespace jit::core;
using namespace jit::test;

namespace {

const std::string kId(32, 'c');

GrantEvent grant(const std::string& user = "alice") {
    GrantEvent out;
    out.id = kId;
    out.user = user;
    out.uid = uid_of(user);
    out.role = "root";
    out.duration = 30min;
    out.reason = "INC-1 replace disk";
    out.ticket = "INC-1";
    out.actor = root_as("olivia");
    return out;
}

std::string refused(GrantEvent event, World world = {}) {
    const auto out = world.step(event);
    BOOST_TEST(out.changes.empty() == out.refused.has_value());
    BOOST_TEST(out.records.empty() == out.refused.has_value());
    return refusal(out);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(StepGrant)

BOOST_AUTO_TEST_CASE(root_gives_a_grant_that_is_active_at_once) {
    World world;
    const auto out = world.step(grant());
    BOOST_TEST(!out.refused.has_value());
    BOOST_TEST(out.widens);
    BOOST_TEST(kinds(out) == "grant.created grant.activated");
    BOOST_TEST(field(out, "JIT_ACTOR") == "root");
    BOOST_TEST(field(out, "JIT_LOGINUID") == "1004");
    BOOST_TEST(field(out, "JIT_APPROVERS") == "olivia");
    BOOST_TEST(field(out, "JIT_TICKET") == "INC-1");
    const auto* made = world.state.grant(kId);
    BOOST_REQUIRE(made != nullptr);
    BOOST_TEST(to_string(made->origin) == "local");
    BOOST_TEST(made->uid.value() == 1001);
    BOOST_TEST((made->not_after == world.now.wall + 30min));
    const auto* pin = world.state.pin_of(kId);
    BOOST_TEST((pin->activation->deadline == world.now.boot + 30min));
    BOOST_TEST(pin->activation->boot_id == world.now.boot_id);
    BOOST_TEST(world.code("alice") == "GRANT");
}

BOOST_AUTO_TEST_CASE(a_grant_with_a_start_waits_for_it) {
    World world;
    auto event = grant();
    event.start = world.now.wall + 1h;
    const auto out = world.step(event);
    BOOST_TEST(kinds(out) == "grant.created");
    BOOST_TEST(only<Announce>(out.actions).at(0).state == "scheduled");
    BOOST_TEST(!world.state.pin_of(kId)->activation.has_value());
    BOOST_TEST((world.state.grant(kId)->not_after == world.now.wall + 90min));
    BOOST_TEST(world.code("alice") == "NOT_YET");
}

BOOST_AUTO_TEST_CASE(a_start_may_lie_a_minute_back_and_thirty_days_ahead) {
    const World world;
    auto event = grant();
    event.start = world.now.wall - 1min;
    BOOST_TEST(refused(event).empty());
    event.start = world.now.wall - 1min - 1us;
    BOOST_TEST(refused(event) == "InvalidArgument");
    event.start = world.now.wall + kMaxStart;
    BOOST_TEST(refused(event).empty());
    event.start = world.now.wall + kMaxStart + 1us;
    BOOST_TEST(refused(event) == "InvalidArgument");
}

BOOST_AUTO_TEST_CASE(a_start_in_the_past_begins_now) {
    World world;
    auto event = grant();
    event.start = world.now.wall - 30s;
    (void)world.step(event);
    BOOST_TEST((world.state.grant(kId)->not_before == world.now.wall));
}

BOOST_AUTO_TEST_CASE(a_caller_inside_an_elevated_session_is_refused) {
    auto event = grant("bob");
    event.actor.in_scope = true;
    BOOST_TEST(refused(event) == "Self");
}

BOOST_AUTO_TEST_CASE(root_with_the_login_of_the_beneficiary_is_refused) {
    auto event = grant("alice");
    event.actor = root_as("alice");
    BOOST_TEST(refused(event) == "Self");
}

BOOST_AUTO_TEST_CASE(principals_are_compared_and_not_accounts) {
    auto event = grant("alice");
    event.actor = root_as("alice-adm");
    BOOST_TEST(refused(event) == "Self");
    event = grant("alice-adm");
    event.actor = root_as("alice");
    BOOST_TEST(refused(event) == "Self");
}

BOOST_AUTO_TEST_CASE(an_admin_who_is_not_root_may_not_grant_to_themselves) {
    World world;
    world.config.settings.local_grants = LocalGrants::admins;
    auto event = grant("alice");
    event.actor = admin("alice");
    BOOST_TEST(refused(event, world) == "Self");
    event.actor = admin("alice-adm");
    BOOST_TEST(refused(event, world) == "Self");
    event.actor.login_account = "";  // no loginuid: the account itself still tells
    BOOST_TEST(refused(event, world) == "Self");
    event.actor = admin("olivia");
    BOOST_TEST(refused(event, world).empty());
    event.actor.login_account = "alice";  // alice's login, olivia's account
    BOOST_TEST(refused(event, world) == "Self");
}

BOOST_AUTO_TEST_CASE(root_without_a_login_may_grant) {
    auto event = grant("alice");
    event.actor = root_as("");
    BOOST_TEST(refused(event).empty());
}

BOOST_AUTO_TEST_CASE(local_grants_says_who_may) {
    World world;
    const auto by = [&](LocalGrants mode, const Actor& actor) {
        world.config.settings.local_grants = mode;
        auto event = grant("alice");
        event.actor = actor;
        return refused(event, world);
    };
    BOOST_TEST(by(LocalGrants::root, root_as("olivia")).empty());
    BOOST_TEST(by(LocalGrants::root, admin("olivia")) == "AccessDenied");
    BOOST_TEST(by(LocalGrants::root, plain("bob")) == "AccessDenied");
    BOOST_TEST(by(LocalGrants::admins, root_as("olivia")).empty());
    BOOST_TEST(by(LocalGrants::admins, admin("olivia")).empty());
    BOOST_TEST(by(LocalGrants::admins, plain("bob")) == "AccessDenied");
    BOOST_TEST(by(LocalGrants::off, root_as("olivia")) == "AccessDenied");
    BOOST_TEST(by(LocalGrants::off, admin("olivia")) == "AccessDenied");
}

BOOST_AUTO_TEST_CASE(the_length_is_limited_by_the_role) {
    auto event = grant();
    event.duration = 8h;
    BOOST_TEST(refused(event).empty());
    event.duration = 8h + 1us;
    BOOST_TEST(refused(event) == "Limit");
    event.duration = Usec::max();
    BOOST_TEST(refused(event) == "Limit");
    event.duration = 0s;
    BOOST_TEST(refused(event) == "InvalidArgument");
    event.duration = -1us;
    BOOST_TEST(refused(event) == "InvalidArgument");
}

BOOST_AUTO_TEST_CASE(a_role_must_exist) {
    auto event = grant();
    event.role = "gone";
    BOOST_TEST(refused(event) == "RoleUnknown");
    event.role = "";
    BOOST_TEST(refused(event) == "RoleUnknown");
}

BOOST_AUTO_TEST_CASE(reason_and_ticket_are_clean_and_bounded) {
    for (const std::string bad : {"", "   ", "two\nlines", "\x1b[2J", "bidi \xe2\x80\xae", "\xff"}) {
        auto event = grant();
        event.reason = bad;
        BOOST_TEST(refused(event) == "InvalidArgument");
    }
    auto event = grant();
    event.reason = std::string(512, 'r');
    BOOST_TEST(refused(event).empty());
    event.reason += 'r';
    BOOST_TEST(refused(event) == "InvalidArgument");
    event = grant();
    event.ticket = std::string(65, 't');
    BOOST_TEST(refused(event) == "InvalidArgument");
    event.ticket = "INC\n1";
    BOOST_TEST(refused(event) == "InvalidArgument");
    event.ticket = "";
    BOOST_TEST(refused(event).empty());
}

BOOST_AUTO_TEST_CASE(the_user_must_be_an_account_of_this_host_and_not_root) {
    auto event = grant();
    event.user = "Alice; rm";
    BOOST_TEST(refused(event) == "InvalidArgument");
    event.user = "1001";
    BOOST_TEST(refused(event) == "InvalidArgument");
    event = grant("bob");
    event.uid.reset();
    BOOST_TEST(refused(event) == "NotFound");
    event.uid = 0;
    BOOST_TEST(refused(event) == "InvalidArgument");
}

BOOST_AUTO_TEST_CASE(nothing_is_granted_under_a_lock_a_lost_state_or_a_clock_set_back) {
    World locked;
    locked.lock("alice");
    BOOST_TEST(refused(grant(), locked) == "Locked");
    World lost;
    lost.state.needs_recovery = true;
    BOOST_TEST(refused(grant(), lost) == "Recovery");
    World back;
    back.set_clock(-121s);
    BOOST_TEST(refused(grant(), back) == "ClockBack");
}

BOOST_AUTO_TEST_SUITE_END()
