// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE step_check
#include <boost/test/unit_test.hpp>

#include "tests/support/world.hpp"

using namespace jit::core;
using namespace jit::test;

namespace {

CheckEvent check(const World& world, Phase phase, const std::string& account = "alice",
                 const std::string& session = kSession) {
    CheckEvent out;
    out.phase = phase;
    out.query = world.query(account);
    out.session = session;
    out.tty = "pts/0";
    out.rhost = "10.0.0.9";
    return out;
}

std::string code(const Transition& t) { return std::string(to_string(t.decision.code)); }

}  // namespace

BOOST_AUTO_TEST_SUITE(StepCheck)

BOOST_AUTO_TEST_CASE(an_allowed_account_phase_widens_and_is_on_record) {
    World world;
    world.file_grant("INC-1");
    const auto out = world.step(check(world, Phase::account));
    BOOST_TEST(code(out) == "GRANT");
    BOOST_TEST(out.widens);
    BOOST_TEST(out.text.empty());
    BOOST_TEST(!out.session.has_value());
    BOOST_TEST(kinds(out) == "check.allowed");
    BOOST_TEST(field(out, "JIT_DECISION") == "allow");
    BOOST_TEST(field(out, "JIT_CODE") == "GRANT");
    BOOST_TEST(field(out, "JIT_GRANT") == "INC-1");
    BOOST_TEST(field(out, "JIT_USER") == "alice");
    BOOST_TEST(field(out, "JIT_UID") == "1001");
    BOOST_TEST(field(out, "JIT_TTY") == "pts/0");
    BOOST_TEST(field(out, "JIT_RHOST") == "10.0.0.9");
    BOOST_TEST(field(out, "JIT_REASON") == "INC-1 replace disk");
}

BOOST_AUTO_TEST_CASE(a_denial_widens_nothing_changes_nothing_and_is_on_record) {
    World world;
    const auto out = world.step(check(world, Phase::session));
    BOOST_TEST(code(out) == "NO_GRANT");
    BOOST_TEST(!out.widens);
    BOOST_TEST(out.changes.empty());
    BOOST_TEST(!out.session.has_value());
    BOOST_TEST(kinds(out) == "check.denied");
    BOOST_TEST(field(out, "JIT_DECISION") == "deny");
    BOOST_TEST(!out.text.empty());
}

BOOST_AUTO_TEST_CASE(a_permissive_denial_is_recorded_as_what_it_would_have_been) {
    World world;
    auto event = check(world, Phase::session);
    event.permissive = true;
    const auto out = world.step(event);
    BOOST_TEST(!out.decision.allowed());
    BOOST_TEST(kinds(out) == "check.would_deny");
    BOOST_TEST(field(out, "JIT_DECISION") == "would_deny");
    BOOST_TEST(field(out, "JIT_CODE") == "NO_GRANT");
    BOOST_TEST(world.state.sessions.empty());
}

BOOST_AUTO_TEST_CASE(the_session_phase_opens_a_session_with_its_backstop) {
    World world;
    world.role("root").max_extension = 1h;
    world.file_grant("INC-1").minutes(30);
    const auto out = world.step(check(world, Phase::session));
    BOOST_REQUIRE(out.session.has_value());
    BOOST_TEST(out.session->id == kSession);
    BOOST_TEST(out.session->scope() == "jit-" + kSession + ".scope");
    BOOST_TEST((out.session->backstop == world.now.wall + 90min));
    BOOST_TEST(to_string(out.session->state) == "opening");
    BOOST_TEST(kinds(out) == "session.opened");
    BOOST_TEST(field(out, "JIT_SESSION") == kSession);
    BOOST_TEST(field(out, "JIT_TARGET") == "root");
    BOOST_TEST(field(out, "JIT_NOT_AFTER") == "2026-11-22T12:30:00Z");
    BOOST_TEST(world.state.sessions.contains(kSession));
}

BOOST_AUTO_TEST_CASE(an_exempt_account_is_audited_and_gets_no_session) {
    World world;
    world.config.settings.exempt = {"bob"};
    const auto out = world.step(check(world, Phase::session, "bob"));
    BOOST_TEST(code(out) == "EXEMPT");
    BOOST_TEST(out.widens);
    BOOST_TEST(!out.session.has_value());
    BOOST_TEST(kinds(out) == "check.allowed");
    BOOST_TEST(field(out, "JIT_CODE") == "EXEMPT");
}

BOOST_AUTO_TEST_CASE(the_first_use_pins_the_uid_of_the_name) {
    World world;
    world.file_grant("INC-1");
    BOOST_TEST(!world.state.pin_of("INC-1")->uid.has_value());
    (void)world.step(check(world, Phase::account));
    BOOST_TEST(world.state.pin_of("INC-1")->uid.value() == 1001);
    auto event = check(world, Phase::account);
    event.query.uid = 4711;  // the account was made anew under its old name
    BOOST_TEST(code(world.step(event)) == "IDENTITY");
    BOOST_TEST(world.state.pin_of("INC-1")->uid.value() == 1001);
}

BOOST_AUTO_TEST_CASE(a_denied_use_pins_nothing) {
    World world;
    world.file_grant("INC-1").starts_in(1h);
    (void)world.step(check(world, Phase::account));
    BOOST_TEST(!world.state.pin_of("INC-1")->uid.has_value());
}

BOOST_AUTO_TEST_CASE(the_scope_line_refuses_a_session_whose_scope_was_not_handed_over) {
    World world;
    world.file_grant("INC-1");
    (void)world.step(check(world, Phase::session));
    BOOST_TEST(!world.step(check(world, Phase::scope)).decision.allowed());
}

BOOST_AUTO_TEST_CASE(the_scope_line_passes_a_live_session_without_a_second_record) {
    World world;
    world.file_grant("INC-1");
    (void)world.step(check(world, Phase::session));
    (void)world.step(AttachEvent{kSession});
    const auto out = world.step(check(world, Phase::scope));
    BOOST_TEST(code(out) == "GRANT");
    BOOST_TEST(out.decision.grant == "INC-1");
    BOOST_TEST(out.records.empty());
}

BOOST_AUTO_TEST_CASE(the_scope_line_refuses_an_ended_session) {
    World world;
    world.file_grant("INC-1");
    world.session(kSession, "INC-1").state = SessionState::ending;
    world.state.sessions.at(kSession).end_code = "REVOKED";
    const auto out = world.step(check(world, Phase::scope));
    BOOST_TEST(code(out) == "REVOKED");
    BOOST_TEST(kinds(out) == "check.denied");
    BOOST_TEST(field(out, "JIT_SESSION") == kSession);
    BOOST_TEST(!out.text.empty());
}

BOOST_AUTO_TEST_CASE(the_scope_line_refuses_an_unknown_or_closed_session) {
    World world;
    world.file_grant("INC-1");
    BOOST_TEST(code(world.step(check(world, Phase::scope))) == "EXPIRED");
    BOOST_TEST(code(world.step(check(world, Phase::scope, "alice", ""))) == "EXPIRED");
}

BOOST_AUTO_TEST_CASE(the_scope_line_refuses_another_persons_session) {
    World world;
    world.file_grant("INC-1");
    world.file_grant("INC-2").for_("bob");
    world.session(kSession, "INC-2");
    BOOST_TEST(!world.step(check(world, Phase::scope, "alice")).decision.allowed());
    BOOST_TEST(world.step(check(world, Phase::scope, "bob")).decision.allowed());
    auto event = check(world, Phase::scope, "bob");
    event.query.uid = 1001;
    BOOST_TEST(!world.step(event).decision.allowed());
}

BOOST_AUTO_TEST_CASE(an_end_that_came_to_be_marked_as_an_allow_still_denies) {
    World world;
    world.file_grant("INC-1");
    world.session(kSession, "INC-1").state = SessionState::ending;
    world.state.sessions.at(kSession).end_code = "GRANT";
    BOOST_TEST(code(world.step(check(world, Phase::scope))) == "EXPIRED");
}

BOOST_AUTO_TEST_CASE(the_scope_line_refuses_a_session_that_nothing_holds_any_more) {
    World world;
    world.file_grant("INC-1");
    (void)world.step(check(world, Phase::session));
    (void)world.step(AttachEvent{kSession});
    BOOST_TEST(world.step(check(world, Phase::scope)).decision.allowed());
    world.state.ended["INC-1"] = {"INC-1", EndHow::revoked, "root", world.now.wall};
    BOOST_TEST(!world.step(check(world, Phase::scope)).decision.allowed());
}

BOOST_AUTO_TEST_CASE(text_from_the_client_reaches_the_record_escaped) {
    World world;
    auto event = check(world, Phase::account);
    event.tty = "pts/0\nJIT_DECISION=allow";
    event.query.account = "al\x1b[2Jice";
    const auto out = world.step(event);
    BOOST_TEST(field(out, "JIT_TTY").find('\n') == std::string::npos);
    BOOST_TEST(field(out, "JIT_USER").find('\x1b') == std::string::npos);
    BOOST_TEST(field(out, "MESSAGE").find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
