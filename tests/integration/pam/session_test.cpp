// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE pam_session
#include <filesystem>
#include <sys/wait.h>

#include "tests/integration/pam/fixture.hpp"

using namespace jit;
using namespace jit::test;

namespace {

using Strings = std::vector<std::string>;

/** Answers account and session with one answer, the scope line with another. */
OnConnection answer_phases(CheckAnswer first, CheckAnswer scope) {
    return serve([first, scope](sd_bus_message* call, const SeenCall& seen) {
        if (seen.member != "Check") return sd_bus_reply_method_return(call, nullptr);
        return reply_check(call, seen, seen.values.at("phase") == "scope" ? scope : first);
    });
}

struct Ended {
    int status;          // of waitpid
    std::string errors;  // lines shown
};

struct Fixture : PamFixture {
    /** account and open in a process of their own; 100 + PAM result if it lives to tell. */
    Ended elevate(const std::string& service) const {
        int ends[2];
        BOOST_REQUIRE(::pipe(ends) == 0);
        const pid_t child = ::fork();
        if (child == 0) {
            ::close(ends[0]);
            Transaction t(dir, service, me, me);
            t.on_error = [&](const std::string& line) {
                (void)!::write(ends[1], line.data(), line.size());
            };
            int r = t.account();
            if (r == PAM_SUCCESS) t.set(PAM_USER, "root");
            if (r == PAM_SUCCESS) r = t.open();
            ::_exit(100 + r);
        }
        ::close(ends[1]);
        Ended ended{};
        char buffer[4096];
        for (ssize_t size; (size = ::read(ends[0], buffer, sizeof buffer)) > 0;)
            ended.errors.append(buffer, static_cast<std::size_t>(size));
        ::close(ends[0]);
        BOOST_REQUIRE(::waitpid(child, &ended.status, 0) == child);
        return ended;
    }
};

bool passed(const Ended& ended) {
    return WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == 100 + PAM_SUCCESS;
}
bool refused(const Ended& ended, int result) {
    return WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == 100 + result;
}
bool host_ended(const Ended& ended) {
    return WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == 1;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(Session, Fixture)

BOOST_AUTO_TEST_CASE(a_session_gets_its_scope_and_a_third_check) {
    start_systemd();
    listen({answer_checks(allow_session())});
    Transaction t(dir, "sudo", me, me);
    BOOST_TEST(t.account() == PAM_SUCCESS);
    t.set(PAM_USER, "root");
    BOOST_TEST(t.open() == PAM_SUCCESS);
    BOOST_TEST(t.errors.empty());
    BOOST_TEST((phases() == Strings{"account", "session", "Attach", "scope"}));
    const auto calls = gate->calls();
    BOOST_TEST(calls[1].values.at("target") == "root");
    BOOST_TEST(calls[1].values.at("account") == me);
    BOOST_TEST(!calls[1].values.contains("session"));
    BOOST_TEST(calls[2].first == kId);
    BOOST_TEST(calls[2].values.at("scope") == "jit-" + std::string(kId) + ".scope");
    BOOST_TEST(calls[2].descriptors == 1U);
    BOOST_TEST(calls[3].values.at("session") == kId);
    auto started = systemd->calls().at(0);
    BOOST_TEST(started.member == "StartTransientUnit");
    BOOST_TEST(std::stoll(started.values["RuntimeMaxUSec"]) <= 120'000'000);
    BOOST_TEST(std::stoll(started.values["RuntimeMaxUSec"]) > 110'000'000);
    BOOST_TEST(t.close() == PAM_SUCCESS);
    BOOST_TEST((phases() == Strings{"account", "session", "Attach", "scope", "Close"}));
    BOOST_TEST(gate->calls()[4].first == kId);
}

BOOST_AUTO_TEST_CASE(every_check_has_a_nonce_of_its_own) {
    start_systemd();
    listen({answer_checks(allow_session())});
    BOOST_TEST(passed(elevate("sudo")));
    const auto calls = gate->calls();
    BOOST_TEST(calls[0].values.at("nonce") != calls[1].values.at("nonce"));
    BOOST_TEST(calls[1].values.at("nonce") != calls[3].values.at("nonce"));
}

BOOST_AUTO_TEST_CASE(a_session_without_duties_stays_where_it_is) {
    listen({answer_checks(allow())});
    BOOST_TEST(passed(elevate("sudo")));
    BOOST_TEST((phases() == Strings{"account", "session"}));
}

BOOST_AUTO_TEST_CASE(the_target_may_still_veto) {
    listen({serve([](sd_bus_message* call, const SeenCall& seen) {
        return reply_check(
            call, seen,
            seen.values.at("phase") == "account" ? allow() : deny("no grant covers root"));
    })});
    const Ended ended = elevate("sudo");
    BOOST_TEST(refused(ended, PAM_PERM_DENIED));
    BOOST_TEST(ended.errors == "jit: no grant covers root [NO_GRANT]");
}

BOOST_AUTO_TEST_CASE(who_was_told_why_is_refused_without_a_word_but_no_sudo_ends_without_one) {
    start_systemd();
    auto told = deny("no grant covers root");
    told.flags["told"] = true;
    listen({serve([&](sd_bus_message* call, const SeenCall& seen) {
        return reply_check(call, seen, seen.values.at("phase") == "account" ? allow() : told);
    })});
    const Ended refused_early = elevate("sudo");
    BOOST_TEST(refused(refused_early, PAM_PERM_DENIED));
    BOOST_TEST(refused_early.errors == "");
    listen({answer_phases(allow_session(), told)});
    const Ended ended = elevate("sudo");
    BOOST_TEST(host_ended(ended));
    BOOST_TEST(ended.errors == "jit: no grant covers root [NO_GRANT]");
}

BOOST_AUTO_TEST_CASE(a_session_line_without_a_kept_identity_denies) {
    listen({answer_checks(allow())});
    Transaction t(dir, "sudo", "root", me);
    BOOST_TEST(t.open() == PAM_PERM_DENIED);
    BOOST_TEST(t.errors.at(0).ends_with("[IDENTITY]"));
    BOOST_TEST(gate->calls().empty());
}

BOOST_AUTO_TEST_CASE(a_scope_line_alone_denies) {
    stack("su", "account requisite @\nsession required @ scope\n");
    listen({answer_checks(allow())});
    const Ended ended = elevate("su");
    BOOST_TEST(refused(ended, PAM_PERM_DENIED));
    BOOST_TEST(ended.errors.ends_with("[IDENTITY]"));
}

BOOST_AUTO_TEST_CASE(s02_a_session_ended_meanwhile_does_not_start_although_pam_session_err_masks_it) {
    start_systemd();
    listen({answer_phases(allow_session(), deny("the grant was revoked"))});
    for (const char* service : {"sudo", "sudo-i"}) {
        stack(service, "account requisite @\nsession requisite @\nsession required " JIT_PROBE
                       " session_err\nsession required @ scope\n");
        cgroup("/user.slice");
        const Ended ended = elevate(service);
        BOOST_TEST(host_ended(ended), service);
        BOOST_TEST(ended.errors == "jit: the grant was revoked [NO_GRANT]");
        BOOST_TEST(
            logged().find("sudo ended before the command: the grant was revoked [NO_GRANT]") !=
            std::string::npos);
    }
    // su and sshd refuse on PAM_SESSION_ERR, too: no need to end them.
    cgroup("/user.slice");
    const Ended ended = elevate("su");
    BOOST_TEST(refused(ended, PAM_PERM_DENIED));
    BOOST_TEST(phases().back() == "Close");
}

// sudo's session gets its scope in the first line, which can veto; the others' in the last, which
// ends a sudo.
BOOST_AUTO_TEST_CASE(every_failure_on_the_way_into_the_scope_refuses_or_ends_sudo) {
    const auto stopped = [&] {
        cgroup("/user.slice");
        const Ended first = elevate("sudo");
        BOOST_TEST(WIFEXITED(first.status));
        BOOST_TEST(WEXITSTATUS(first.status) > 100);
        BOOST_TEST(!refused(first, PAM_SESSION_ERR));
        cgroup("/user.slice");
        const Ended last = elevate("sudo-i");
        return first.errors == last.errors && !first.errors.empty() && host_ended(last);
    };
    const auto attach_error = serve([](sd_bus_message* call, const SeenCall& seen) {
        if (seen.member == "Attach")
            return sd_bus_reply_method_errorf(call, "org.jitd1.Error.Revoked", "over");
        if (seen.member != "Check") return sd_bus_reply_method_return(call, nullptr);
        return reply_check(call, seen,
                           seen.values.at("phase") == "scope" ? deny("over") : allow_session());
    });
    listen({answer_checks(allow_session())});
    BOOST_TEST(stopped());  // no PID 1
    systemd = std::make_unique<FakePeer>(dir.path("systemd"), std::vector{silent()});
    deadline(300);
    BOOST_TEST(stopped());  // PID 1 stuck
    deadline(3000);
    systemd.reset();
    ::unlink(dir.path("systemd").c_str());
    start_systemd();
    std::filesystem::remove(dir.path("fs" + kScopePath + "/cgroup.kill"));
    BOOST_TEST(stopped());  // nothing to hand over
    dir.write("fs" + kScopePath + "/cgroup.kill", "");
    listen({attach_error});
    BOOST_TEST(stopped());  // jitd says it is over
    auto past = allow_session();
    past.numbers["backstop_usec"] = 1'000'000;
    listen({answer_checks(past)});
    BOOST_TEST(stopped());  // nothing left of the grant
    listen({answer_checks(allow_session())});
    for (const char* service : {"sudo", "sudo-i"}) {  // the control
        cgroup("/user.slice");
        BOOST_TEST(passed(elevate(service)));
    }
}

BOOST_AUTO_TEST_CASE(a_line_that_ends_the_stack_early_leaves_sudo_in_its_scope) {
    start_systemd();
    listen({answer_checks(allow_session())});
    for (const char* between : {"requisite @@ session_err", "sufficient @@ success",
                                "[success=1 default=ignore] @@ success"}) {
        std::string lines = "account requisite @\nsession requisite @\nsession " +
                            std::string(between) + "\nsession required @ scope\nsession optional @@ success\n";
        for (std::size_t at; (at = lines.find("@@")) != std::string::npos;)
            lines.replace(at, 2, JIT_PROBE);
        stack("sudo", lines);
        cgroup("/user.slice");
        const Ended ended = elevate("sudo");
        BOOST_TEST((passed(ended) || refused(ended, PAM_SESSION_ERR)), between);  // it runs,
        BOOST_TEST(dir.read("cgroup").find(kScopePath) != std::string::npos);     // and will end
        const auto seen = phases();
        BOOST_TEST((Strings(seen.end() - 3, seen.end()) == Strings{"account", "session", "Attach"}));
    }
}

BOOST_AUTO_TEST_CASE(a_sudo_that_pam_systemd_moved_out_gets_another_scope) {
    start_systemd();
    listen({answer_checks(allow_session())});
    stack("sudo", "account requisite @\nsession requisite @\nsession optional " JIT_PROBE " " +
                      dir.path("cgroup") + "\nsession required @ scope\n");
    BOOST_TEST(passed(elevate("sudo")));
    BOOST_TEST((phases() ==
                Strings{"account", "session", "Attach", "session", "Attach", "scope"}));
    BOOST_TEST(systemd->calls().size() == 2U);
    BOOST_TEST(dir.read("cgroup").find(kScopePath) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_misspelt_scope_line_ends_sudo_too) {
    stack("sudo", "account requisite @\nsession requisite @\nsession required " JIT_PROBE
                  " session_err\nsession required @ scop\n");
    start_systemd();
    listen({answer_checks(allow_session())});
    const Ended ended = elevate("sudo");
    BOOST_TEST(host_ended(ended));
    BOOST_TEST(ended.errors.ends_with("[CONFIG]"));
}

BOOST_AUTO_TEST_CASE(a_strict_session_line_denies_after_a_permissive_account_line) {
    stack("sudo",
          "account requisite @ permissive\nsession requisite @\nsession required @ scope\n");
    listen({answer_checks(deny())});
    BOOST_TEST(refused(elevate("sudo"), PAM_PERM_DENIED));
    BOOST_TEST(gate->calls()[0].values.at("permissive") == "1");
    BOOST_TEST(gate->calls()[1].values.at("permissive") == "0");
}

BOOST_AUTO_TEST_CASE(a_scope_that_does_not_appear_denies_at_the_deadline) {
    systemd = std::make_unique<FakePeer>(
        dir.path("systemd"), std::vector{serve([](sd_bus_message* call, const SeenCall&) {
            return sd_bus_reply_method_return(call, "o", "/job/1");
        })});
    deadline(300);
    listen({answer_checks(allow_session())});
    const Ended ended = elevate("su");
    BOOST_TEST(refused(ended, PAM_AUTHINFO_UNAVAIL));
    BOOST_TEST(ended.errors.find("does not move the session into its scope") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(permissive_opens_without_a_scope_and_denies_nobody) {
    stack("sudo",
          "account requisite @ permissive\nsession requisite @ permissive\nsession required @ "
          "scope\n");
    listen({answer_checks(deny())});
    BOOST_TEST(passed(elevate("sudo")));
    BOOST_TEST((phases() == Strings{"account", "session"}));
    BOOST_TEST(logged() == "");
    gate.reset();
    BOOST_TEST(passed(elevate("sudo")));
    BOOST_TEST(logged().find("would_deny") != std::string::npos);
    listen({answer_checks(allow_session())});
    BOOST_TEST(passed(elevate("sudo")));  // no PID 1: the scope line, too, only records
    std::string last;
    for (std::string line; !(line = logged()).empty();) last = line;
    BOOST_TEST(last.find("systemd does not make the session's scope") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(permissive_waits_for_a_stuck_jitd_only_once) {
    stack("sudo",
          "account requisite @ permissive\nsession requisite @ permissive\nsession required @ "
          "scope\n");
    deadline(2000);
    listen({silent()});
    const Deadline late = Deadline::in_msec(3500);
    BOOST_TEST(passed(elevate("sudo")));
    BOOST_TEST(!late.passed());
    BOOST_TEST(gate->connections() == 1U);
    for (int lines = 0; lines < 2; ++lines)
        BOOST_TEST(logged().find("code=UNAVAILABLE") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_unknown_option_denies_in_the_session_phase) {
    stack("sudo", "account requisite @\nsession requisite @ permissive nest\n");
    listen({answer_checks(allow())});
    BOOST_TEST(refused(elevate("sudo"), PAM_PERM_DENIED));
}

BOOST_AUTO_TEST_CASE(root_in_a_jit_scope_keeps_it, *boost::unit_test::precondition([](auto) {
                         return boost::test_tools::assertion_result(::geteuid() == 0);
                     })) {
    BOOST_REQUIRE(::setresuid(0, 0, 0) == 0);
    me = "root";
    start_systemd();
    cgroup(kOuterPath);
    BOOST_TEST(passed(elevate("sudo")));
    BOOST_TEST(systemd->calls().empty());  // nobody moved it: nothing to do
    stack("sudo-i", "account requisite @\nsession requisite @\nsession required " JIT_PROBE " " +
                        dir.path("cgroup") + "\nsession required @ scope\n");
    BOOST_TEST(passed(elevate("sudo-i")));
    BOOST_TEST(systemd->calls().at(0).member == "AttachProcessesToUnit");
    systemd.reset();
    cgroup(kOuterPath);
    BOOST_TEST(host_ended(elevate("sudo-i")));  // the outer scope is gone or unreachable
    BOOST_REQUIRE(::setresuid(65534, 0, 0) == 0);
}

BOOST_AUTO_TEST_CASE(root_passes_where_proc_is_not_mounted, *boost::unit_test::precondition([](auto) {
                         return boost::test_tools::assertion_result(::geteuid() == 0);
                     })) {
    std::filesystem::remove(dir.path("cgroup"));
    BOOST_TEST(refused(elevate("sudo"), PAM_SYSTEM_ERR));
    BOOST_REQUIRE(::setresuid(0, 0, 0) == 0);
    me = "root";
    BOOST_TEST(passed(elevate("sudo")));
    BOOST_TEST(passed(elevate("su")));
    BOOST_REQUIRE(::setresuid(65534, 0, 0) == 0);
}

BOOST_AUTO_TEST_CASE(a_nested_su_that_pam_systemd_moved_is_put_back) {
    start_systemd();
    cgroup(kOuterPath);
    for (const std::string& lines :
         {"session optional @ nest\nsession optional " JIT_PROBE " " + dir.path("cgroup") +
              "\nsession optional @ scope nest\n",
          "account requisite @\nsession requisite @\nsession optional " JIT_PROBE " " +
              dir.path("cgroup") + "\nsession required @ scope\n"}) {
        systemd.reset();
        ::unlink(dir.path("systemd").c_str());
        start_systemd();
        listen({answer_checks(allow())});
        cgroup(kOuterPath);
        stack("su", lines);
        Transaction t(dir, "su", "root", me);
        if (lines.starts_with("account")) BOOST_TEST(t.account() == PAM_SUCCESS);
        BOOST_TEST(t.open() == PAM_SUCCESS);
        BOOST_REQUIRE(systemd->calls().size() == 1U);
        BOOST_TEST(systemd->calls()[0].member == "AttachProcessesToUnit");
        BOOST_TEST(systemd->calls()[0].first == "jit-" + std::string(kOuterId) + ".scope");
    }
}

BOOST_AUTO_TEST_CASE(nest_denies_nobody_and_asks_nobody) {
    stack("su", "session required @ nest\nsession required " JIT_PROBE " " + dir.path("cgroup") +
                    "\nsession required @ scope nest\n");
    listen({answer_checks(deny())});
    cgroup(kOuterPath);
    Transaction t(dir, "su", "root", me);
    BOOST_TEST(t.open() == PAM_SUCCESS);  // no PID 1 either
    BOOST_TEST(gate->calls().empty());
    BOOST_TEST(logged().find("a nested su left the scope of session") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(s16_a_login_is_bounded_also_when_its_account_phase_ran_in_a_child) {
    auto answer = allow();
    answer.numbers["ends_usec"] = static_cast<std::uint64_t>(::time(nullptr) + 600) * 1'000'000;
    stack("sshd", "account requisite @\nsession requisite @\nsession required " JIT_PROBE "\n");
    listen({answer_checks(answer)});
    Transaction t(dir, "sshd", me, "");  // no account phase in this process
    BOOST_TEST(t.open() == PAM_SUCCESS);
    BOOST_REQUIRE(t.infos.size() == 1U);
    BOOST_TEST(std::stoi(t.infos[0]) > 590);
    BOOST_TEST(std::stoi(t.infos[0]) <= 601);
    BOOST_TEST(gate->calls().at(0).values.at("account") == me);
}

BOOST_AUTO_TEST_CASE(a_login_that_should_have_a_scope_is_denied) {
    listen({answer_checks(allow_session())});
    Transaction t(dir, "sshd", me, "");
    BOOST_TEST(t.open() == PAM_AUTHINFO_UNAVAIL);
}

BOOST_AUTO_TEST_CASE(closing_is_a_hint_and_never_fails) {
    start_systemd();
    listen({answer_checks(allow_session())});
    Transaction t(dir, "su", "root", me);
    BOOST_TEST(t.account() == PAM_SUCCESS);
    BOOST_TEST(t.open() == PAM_SUCCESS);
    listen({silent()});
    const Deadline late = Deadline::in_msec(1900);
    BOOST_TEST(t.close() == PAM_SUCCESS);
    BOOST_TEST(!late.passed());
}

BOOST_AUTO_TEST_SUITE_END()
