// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE pam_account
#include "tests/integration/pam/fixture.hpp"

using namespace jit;
using namespace jit::test;

BOOST_FIXTURE_TEST_SUITE(Account, PamFixture)

BOOST_AUTO_TEST_CASE(an_allowed_person_passes_silently) {
    listen({answer_checks(allow())});
    Transaction t(dir, "sudo", me, me);
    BOOST_TEST(t.account() == PAM_SUCCESS);
    BOOST_TEST(t.errors.empty());
    BOOST_TEST(t.infos.empty());
}

BOOST_AUTO_TEST_CASE(s25_the_question_names_the_person_and_what_is_asked) {
    listen({answer_checks(allow())});
    Transaction t(dir, "sudo", "root", me);  // targetpw: PAM_USER is somebody else, S-25
    t.set(PAM_TTY, "/dev/pts/7");
    BOOST_TEST(t.account() == PAM_SUCCESS);
    auto values = gate->calls().at(0).values;
    BOOST_TEST(values["nonce"].size() == 32U);
    values.erase("nonce");
    const std::map<std::string, std::string> expected = {{"v", "1"},
                                                         {"phase", "account"},
                                                         {"service", "sudo"},
                                                         {"account", me},
                                                         {"loginuid", "1001"},
                                                         {"uid", std::to_string(::getuid())},
                                                         {"tty", "/dev/pts/7"},
                                                         {"permissive", "0"},
                                                         {"pid", std::to_string(::getpid())}};
    BOOST_TEST((values == expected));
}

BOOST_AUTO_TEST_CASE(su_knows_its_target_and_the_outer_session_is_told) {
    listen({answer_checks(allow())});
    cgroup(kOuterPath + "/sub");
    Transaction t(dir, "su", "root", me);
    BOOST_TEST(t.account() == PAM_SUCCESS);
    auto values = gate->calls().at(0).values;
    BOOST_TEST(values["target"] == "root");
    BOOST_TEST(values["account"] == me);
    BOOST_TEST(values["parent_scope"] == kOuterId);
}

BOOST_AUTO_TEST_CASE(a_denial_is_one_line_whatever_the_silent_flag_says) {
    listen({answer_checks(deny())});
    Transaction t(dir, "sudo", me, me);
    BOOST_TEST(t.account() == PAM_PERM_DENIED);
    BOOST_REQUIRE(t.errors.size() == 1U);
    BOOST_TEST(t.errors[0] == "jit: no grant lets alice use sudo [NO_GRANT]");
    BOOST_TEST(logged() == "");  // jitd has recorded it
}

BOOST_AUTO_TEST_CASE(s42_text_of_the_daemon_reaches_the_terminal_escaped) {
    listen(
        {answer_checks(deny("a\x1b[2Jb\nc\xc2\x9b"
                            "d"))});
    Transaction t(dir, "sudo", me, me);
    BOOST_TEST(t.account() == PAM_PERM_DENIED);
    BOOST_TEST(t.errors.at(0) == "jit: a\\x1b[2Jb\\x0ac\\xc2\\x9bd [NO_GRANT]");
}

BOOST_AUTO_TEST_CASE(what_the_group_plugin_has_told_is_not_said_again) {
    for (const bool told : {true, false}) {
        auto answer = deny();
        answer.flags["told"] = told;
        listen({answer_checks(answer)});
        Transaction t(dir, "sudo", me, me);
        BOOST_TEST(t.account() == PAM_PERM_DENIED);
        BOOST_TEST(t.errors.size() == (told ? 0U : 1U));
        BOOST_TEST(logged() == "");
    }
    auto answer = allow();
    answer.flags["told"] = true;
    listen({answer_checks(answer)});
    Transaction t(dir, "sudo", me, me);
    BOOST_TEST(t.account() == PAM_SUCCESS);
}

BOOST_AUTO_TEST_CASE(without_jitd_nobody_passes_and_the_line_says_what_to_do) {
    Transaction t(dir, "sudo", me, me);
    BOOST_TEST(t.account() == PAM_AUTHINFO_UNAVAIL);
    BOOST_REQUIRE(t.errors.size() == 1U);
    BOOST_TEST(t.errors[0].starts_with("jit: jitd does not answer on "));
    BOOST_TEST(
        t.errors[0].find("systemctl status jitd (root and the console still work) [UNAVAILABLE]") !=
        std::string::npos);
}

BOOST_AUTO_TEST_CASE(s11_a_stuck_jitd_denies_at_the_deadline) {
    deadline(1000);
    listen({silent()});
    Transaction t(dir, "sudo", me, me);
    const Deadline late = Deadline::in_msec(1900);
    BOOST_TEST(t.account() == PAM_AUTHINFO_UNAVAIL);
    BOOST_TEST(!late.passed());
}

BOOST_AUTO_TEST_CASE(s15_an_answer_that_is_not_exactly_allow_denies) {
    auto wrong_nonce = allow();
    wrong_nonce.wrong_nonce = true;
    auto unknown_duty = allow();
    unknown_duty.must = {"dance"};
    auto not_ours = allow();
    not_ours.must = {"record"};
    auto no_verdict = allow();
    no_verdict.verdict = 0;
    auto true_verdict = allow();
    true_verdict.verdict = 1;
    auto bad_session = allow();
    bad_session.strings["session"] = "../x";
    auto wrong_type = allow();
    wrong_type.strings["ends_usec"] = "never";
    auto told_wrong = deny();
    told_wrong.strings["told"] = "yes";
    auto long_session = allow();
    long_session.strings["session"] = std::string(1000, 'a');
    auto foreign_scope = allow_session();
    foreign_scope.strings["scope"] = "ssh.service";
    auto no_backstop = allow_session();
    no_backstop.numbers.erase("backstop_usec");
    int index = 0;
    for (const auto& answer :
         {wrong_nonce, unknown_duty, not_ours, no_verdict, true_verdict, bad_session, wrong_type,
          told_wrong, long_session, foreign_scope, no_backstop}) {
        BOOST_TEST_CONTEXT("answer " << index++) {
            listen({answer_checks(answer)});
            Transaction t(dir, "sudo", me, me);
            BOOST_TEST(t.account() == PAM_AUTHINFO_UNAVAIL);
            BOOST_TEST(t.errors.size() == 1U);
        }
    }
}

BOOST_AUTO_TEST_CASE(unknown_keys_of_a_later_jitd_are_ignored) {
    auto answer = allow();
    answer.strings["colour"] = "blue";
    answer.numbers["weight"] = 7;
    listen({answer_checks(answer)});
    Transaction t(dir, "sudo", me, me);
    BOOST_TEST(t.account() == PAM_SUCCESS);
}

BOOST_AUTO_TEST_CASE(a_jitd_that_answers_something_else_denies) {
    const std::vector<OnCall> answers = {[](sd_bus_message* call, const SeenCall&) {
                                             return sd_bus_reply_method_return(call, nullptr);
                                         },
                                         [](sd_bus_message* call, const SeenCall&) {
                                             return sd_bus_reply_method_return(call, "b", 1);
                                         },
                                         [](sd_bus_message* call, const SeenCall&) {
                                             return sd_bus_reply_method_errorf(
                                                 call, "org.jitd1.Error.Nope", "nope");
                                         }};
    for (const auto& answer : answers) {
        listen({serve(answer)});
        Transaction t(dir, "sudo", me, me);
        BOOST_TEST(t.account() == PAM_AUTHINFO_UNAVAIL);
    }
    listen({garbage()});
    Transaction t(dir, "sudo", me, me);
    BOOST_TEST(t.account() == PAM_AUTHINFO_UNAVAIL);
}

BOOST_AUTO_TEST_CASE(a_restarted_jitd_is_asked_the_same_question) {
    const auto die = serve([](sd_bus_message*, const SeenCall&) { return -1; });
    listen({die, answer_checks(allow())});
    Transaction t(dir, "sudo", me, me);
    BOOST_TEST(t.account() == PAM_SUCCESS);
    const auto calls = gate->calls();
    BOOST_REQUIRE(calls.size() == 2U);
    BOOST_TEST((calls[0] == calls[1]));
}

BOOST_AUTO_TEST_CASE(s05_s25_pam_ruser_must_name_the_real_uid) {
    listen({answer_checks(allow())});
    for (const char* other : {"root", "", "no-such-account", "65534", "a\nb"}) {
        Transaction t(dir, "sudo", me, other);
        BOOST_TEST(t.account() == PAM_PERM_DENIED, other);
        BOOST_TEST(t.errors.at(0).ends_with("[IDENTITY]"));
    }
    BOOST_TEST(gate->calls().empty());
}

BOOST_AUTO_TEST_CASE(s05_unknown_targets_and_users_are_denied) {
    listen({answer_checks(allow())});
    for (const std::string& name :
         {std::string("no-such-account"), std::string("a\nb"), std::string(1 << 20, 'x')}) {
        Transaction su(dir, "su", name, me);
        BOOST_TEST(su.account() == PAM_USER_UNKNOWN);
        Transaction sshd(dir, "sshd", name, "");
        BOOST_TEST(sshd.account() == PAM_USER_UNKNOWN);
        BOOST_TEST(sshd.errors.at(0).find('\n') == std::string::npos);
    }
    BOOST_TEST(gate->calls().empty());
}

BOOST_AUTO_TEST_CASE(s05_no_user_at_all_is_denied) {
    listen({answer_checks(allow())});
    for (const char* service : {"su", "sshd"}) {
        for (const char* user : {static_cast<const char*>(nullptr), ""}) {
            Transaction t(dir, service, me, me);
            pam_set_item(t.handle(), PAM_USER, user);
            const int r = t.account();
            BOOST_TEST(r != PAM_SUCCESS);
            BOOST_TEST(r != PAM_IGNORE);
        }
    }
    BOOST_TEST(gate->calls().empty());
}

BOOST_AUTO_TEST_CASE(s07_an_unknown_option_denies_also_with_permissive) {
    listen({answer_checks(allow())});
    for (const char* options : {"fail_opne", "permissive fail_opne", "permissive=1", "scope",
                                "nest", "permissive scope"}) {
        stack("sudo", "account requisite @ " + std::string(options) + "\n");
        Transaction t(dir, "sudo", me, me);
        BOOST_TEST(t.account() == PAM_PERM_DENIED, options);
        BOOST_TEST(t.errors.at(0).ends_with("[CONFIG]"));
        BOOST_TEST(logged().find("unknown option") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(an_unknown_service_denies_also_with_permissive) {
    listen({answer_checks(allow())});
    stack("cron", "account requisite @ permissive\n");
    Transaction t(dir, "cron", me, me);
    BOOST_TEST(t.account() == PAM_PERM_DENIED);
    BOOST_TEST(t.errors.at(0) == "jit: pam_jit does not serve the PAM service 'cron' [CONFIG]");
}

BOOST_AUTO_TEST_CASE(an_auth_or_password_line_never_succeeds) {
    stack("sudo", "auth sufficient @ permissive\npassword sufficient @\n");
    Transaction t(dir, "sudo", me, me);
    BOOST_TEST(pam_authenticate(t.handle(), 0) == PAM_PERM_DENIED);
    BOOST_TEST(pam_setcred(t.handle(), PAM_ESTABLISH_CRED) == PAM_PERM_DENIED);
    BOOST_TEST(pam_chauthtok(t.handle(), 0) == PAM_PERM_DENIED);
    BOOST_TEST(t.errors.at(0) == "jit: pam_jit.so does not belong in the auth stack [CONFIG]");
}

BOOST_AUTO_TEST_CASE(permissive_passes_and_leaves_the_record_to_jitd_when_it_answers) {
    stack("sudo", "account requisite @ permissive\n");
    listen({answer_checks(deny())});
    Transaction t(dir, "sudo", me, me);
    BOOST_TEST(t.account() == PAM_SUCCESS);
    BOOST_TEST(t.errors.empty());
    BOOST_TEST(gate->calls().at(0).values.at("permissive") == "1");
    BOOST_TEST(logged() == "");
}

BOOST_AUTO_TEST_CASE(permissive_without_jitd_passes_and_says_so_to_syslog) {
    stack("sudo", "account requisite @ permissive\n");
    Transaction t(dir, "sudo", me, me);
    BOOST_TEST(t.account() == PAM_SUCCESS);
    BOOST_TEST(t.errors.empty());
    const std::string line = logged();
    BOOST_TEST(line.starts_with("<84>pam_jit["));  // authpriv, warning
    BOOST_TEST(line.find("would_deny: user=" + me + " service=sudo code=UNAVAILABLE") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_login_is_asked_for_by_its_account_and_bounded) {
    auto answer = allow();
    answer.numbers["ends_usec"] = static_cast<std::uint64_t>(::time(nullptr) + 600) * 1'000'000;
    listen({answer_checks(answer)});
    Transaction t(dir, "sshd", "root", "");
    t.set(PAM_RHOST, "192.0.2.1");
    BOOST_TEST(t.account() == PAM_SUCCESS);
    auto values = gate->calls().at(0).values;
    BOOST_TEST(values["account"] == "root");
    BOOST_TEST(values["uid"] == "0");
    BOOST_TEST(values["rhost"] == "192.0.2.1");
    BOOST_TEST(!values.contains("target"));
}

BOOST_AUTO_TEST_CASE(root_passes_without_asking_but_only_as_root,
                     *boost::unit_test::precondition([](auto) {
                         return boost::test_tools::assertion_result(::geteuid() == 0);
                     })) {
    BOOST_REQUIRE(::setresuid(0, 0, 0) == 0);
    for (const char* ruser : {"root", ""}) {
        Transaction t(dir, "sudo", "root", ruser);
        BOOST_TEST(t.account() == PAM_SUCCESS);
    }
    Transaction other(dir, "su", "root", "nobody");
    BOOST_TEST(other.account() == PAM_PERM_DENIED);
    Transaction login(dir, "sshd", "root", "");
    BOOST_TEST(login.account() == PAM_AUTHINFO_UNAVAIL);
    BOOST_REQUIRE(::setresuid(65534, 0, 0) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
