// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE step_revoke
#include <boost/test/unit_test.hpp>

#include "tests/support/world.hpp"

using namespace jit::core;
using namespace jit::test;

namespace {

using Ids = std::vector<std::string>;

RevokeEvent revoke(RevokeWhat what, const std::string& object) {
    RevokeEvent out;
    out.what = what;
    out.object = object;
    out.reason = "INC-9 over";
    out.actor = root_as("olivia");
    return out;
}

Ids sorted(Ids ids) {
    std::sort(ids.begin(), ids.end());
    return ids;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(StepRevoke)

BOOST_AUTO_TEST_CASE(revoking_a_grant_ends_it_and_its_sessions_at_once) {
    World world;
    world.file_grant("INC-1").active();
    world.session(kSession, "INC-1");
    const auto out = world.step(revoke(RevokeWhat::grant, "INC-1"));
    BOOST_TEST(!out.widens);
    BOOST_TEST(out.ended == Ids{"INC-1"});
    BOOST_TEST(out.told == Ids{kSession});
    BOOST_TEST(out.still.empty());
    BOOST_TEST(kinds(out) == "grant.revoked session.terminated");
    BOOST_TEST(field(out, "JIT_ACTOR") == "root");
    BOOST_TEST(field(out, "JIT_REASON") == "INC-9 over");
    BOOST_TEST(field(out, "JIT_CODE", 1) == "REVOKED");
    BOOST_TEST(only<StopSession>(out.actions).at(0).id == kSession);
    BOOST_TEST(to_string(world.state.sessions.at(kSession).state) == "ending");
    BOOST_TEST(world.code("alice") == "REVOKED");
}

BOOST_AUTO_TEST_CASE(the_way_a_session_ends_is_its_roles) {
    World world;
    world.role("root").on_end = OnEnd::kill;
    world.file_grant("INC-1").active();
    world.session(kSession, "INC-1");
    const auto out = world.step(revoke(RevokeWhat::grant, "INC-1"));
    BOOST_TEST((only<StopSession>(out.actions).at(0).how == OnEnd::kill));
}

BOOST_AUTO_TEST_CASE(what_still_lets_the_person_in_is_told_and_holds_the_session) {
    World world;
    world.file_grant("INC-1").active();
    world.file_grant("INC-2").active();
    world.file_grant("INC-3").starts_in(1h);
    world.file_grant("INC-4").ended(EndHow::released);
    world.file_grant("INC-5").for_("bob");
    world.session(kSession, "INC-1");
    const auto out = world.step(revoke(RevokeWhat::grant, "INC-1"));
    BOOST_TEST(sorted(out.still) == (Ids{"INC-2", "INC-3"}));
    BOOST_TEST(out.told.empty());
    BOOST_TEST(to_string(world.state.sessions.at(kSession).state) == "open");
}

BOOST_AUTO_TEST_CASE(another_grant_that_does_not_cover_the_session_does_not_hold_it) {
    World world;
    world.file_grant("INC-1").active();
    world.file_grant("INC-2").role("dba").active();
    world.session(kSession, "INC-1");
    const auto out = world.step(revoke(RevokeWhat::grant, "INC-1"));
    BOOST_TEST(out.told == Ids{kSession});
    BOOST_TEST(out.still == Ids{"INC-2"});
}

BOOST_AUTO_TEST_CASE(a_scheduled_grant_can_be_revoked_before_it_begins) {
    World world;
    world.file_grant("INC-1").starts_in(1h);
    BOOST_TEST(world.step(revoke(RevokeWhat::grant, "INC-1")).ended == Ids{"INC-1"});
    world.pass(1h);
    (void)world.tick();
    BOOST_TEST(world.code("alice") == "REVOKED");
}

BOOST_AUTO_TEST_CASE(a_grant_whose_file_is_over_can_be_revoked_before_a_newer_file_brings_it_back) {
    World world;
    world.file_grant("INC-1").starts_in(-1h).minutes(30);
    world.state.file.expires = world.state.grant("INC-1")->not_after;
    const auto out = world.step(revoke(RevokeWhat::grant, "INC-1"));
    BOOST_TEST(!out.refused.has_value());
    BOOST_TEST(out.ended == Ids{"INC-1"});
}

BOOST_AUTO_TEST_CASE(an_unknown_grant_and_one_that_is_over_are_not_found) {
    World world;
    world.file_grant("INC-1").ended(EndHow::revoked);
    world.file_grant("INC-2").minutes(5);
    world.pass(5min);
    for (const auto* id : {"INC-1", "INC-2", "INC-3", "", "\x1b[2J"}) {
        const auto out = world.step(revoke(RevokeWhat::grant, id));
        BOOST_TEST(refusal(out) == "NotFound");
        BOOST_TEST(out.changes.empty());
        BOOST_TEST(out.refused->text.find('\x1b') == std::string::npos);
    }
    BOOST_TEST(refusal(world.step(revoke(RevokeWhat::session, kSession))) == "NotFound");
}

BOOST_AUTO_TEST_CASE(revoking_a_user_ends_all_of_theirs_and_nothing_of_others) {
    World world;
    world.file_grant("INC-1").active();
    world.local_grant(kOtherSession).starts_in(1h);
    world.file_grant("INC-3").ended(EndHow::released);
    world.file_grant("INC-4").for_("bob").active();
    world.session(kSession, "INC-1");
    world.session(kOtherSession, "INC-4");
    const auto out = world.step(revoke(RevokeWhat::user, "alice"));
    BOOST_TEST(sorted(out.ended) == sorted({"INC-1", kOtherSession}));
    BOOST_TEST(out.told == Ids{kSession});
    BOOST_TEST(out.still.empty());
    BOOST_TEST(world.code("bob") == "GRANT");
    BOOST_TEST(to_string(world.state.end_of("INC-3")->how) == "released");
}

BOOST_AUTO_TEST_CASE(revoking_all_leaves_nobody) {
    World world;
    world.file_grant("INC-1").active();
    world.file_grant("INC-2").for_("bob").active();
    world.session(kSession, "INC-1");
    world.session(kOtherSession, "INC-2");
    const auto out = world.step(revoke(RevokeWhat::all, ""));
    BOOST_TEST(out.ended.size() == 2);
    BOOST_TEST(out.told.size() == 2);
    BOOST_TEST(out.still.empty());
    BOOST_TEST(world.code("alice") == "REVOKED");
    BOOST_TEST(world.code("bob") == "REVOKED");
}

BOOST_AUTO_TEST_CASE(revoking_a_session_leaves_the_grant_and_says_so) {
    World world;
    world.file_grant("INC-1").active();
    world.session(kSession, "INC-1");
    world.session(kOtherSession, "INC-1");
    const auto out = world.step(revoke(RevokeWhat::session, kSession));
    BOOST_TEST(out.ended.empty());
    BOOST_TEST(out.told == Ids{kSession});
    BOOST_TEST(out.still == Ids{"INC-1"});
    BOOST_TEST(kinds(out) == "session.terminated");
    BOOST_TEST(field(out, "JIT_ACTOR") == "root");
    BOOST_TEST(field(out, "JIT_LOGINUID") == "1004");
    BOOST_TEST(field(out, "JIT_REASON") == "INC-9 over");
    BOOST_TEST(world.code("alice") == "GRANT");
    BOOST_TEST(to_string(world.state.sessions.at(kOtherSession).state) == "open");
}

BOOST_AUTO_TEST_CASE(revoking_an_ending_session_again_does_not_put_its_kill_off) {
    World world;
    world.file_grant("INC-1").active();
    world.session(kSession, "INC-1");
    (void)world.step(revoke(RevokeWhat::grant, "INC-1"));
    const auto since = world.state.sessions.at(kSession).since;
    world.pass(1s);
    const auto out = world.step(revoke(RevokeWhat::session, kSession));
    BOOST_TEST(out.told == Ids{kSession});
    BOOST_TEST((world.state.sessions.at(kSession).since == since));
}

BOOST_AUTO_TEST_CASE(only_an_admin_revokes) {
    World world;
    world.file_grant("INC-1");
    auto event = revoke(RevokeWhat::grant, "INC-1");
    event.actor = plain("alice");
    BOOST_TEST(refusal(world.step(event)) == "AccessDenied");
    event.object = "INC-2";
    BOOST_TEST(refusal(world.step(event)) == "AccessDenied");
    BOOST_TEST(world.code("alice") == "GRANT");
}

BOOST_AUTO_TEST_CASE(a_revoke_needs_a_clean_reason) {
    World world;
    world.file_grant("INC-1");
    for (const std::string bad : {"", " ", "a\nb"}) {
        auto event = revoke(RevokeWhat::grant, "INC-1");
        event.reason = bad;
        BOOST_TEST(refusal(world.step(event)) == "InvalidArgument");
    }
}

BOOST_AUTO_TEST_CASE(a_revoke_works_with_the_clock_back_and_the_state_lost) {
    World world;
    world.file_grant("INC-1").active();
    world.session(kSession, "INC-1");
    world.state.needs_recovery = true;
    world.set_clock(-121s);
    const auto out = world.step(revoke(RevokeWhat::all, ""));
    BOOST_TEST(out.ended == Ids{"INC-1"});
    BOOST_TEST(out.told == Ids{kSession});
}

BOOST_AUTO_TEST_CASE(an_end_is_for_ever_the_first_one_stays) {
    World world;
    world.file_grant("INC-1").active().ended(EndHow::released);
    apply(world.state, PutEnded{{"INC-1", EndHow::expired, "", world.now.wall + 1h}});
    BOOST_TEST(to_string(world.state.end_of("INC-1")->how) == "released");
}

BOOST_AUTO_TEST_SUITE_END()
