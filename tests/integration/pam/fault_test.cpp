// SPDX-License-Identifier: Apache-2.0
// Fails the n-th call of what the module and its libraries use, for every n, and looks at the
// answer.
#define BOOST_TEST_MODULE pam_fault
#include <sys/wait.h>

#include <set>

#include "tests/integration/pam/fixture.hpp"
#include "tests/support/faults.hpp"

using namespace jit;
using namespace jit::test;

namespace {

const std::set<int> kResults = {PAM_PERM_DENIED, PAM_AUTHINFO_UNAVAIL, PAM_SYSTEM_ERR, PAM_BUF_ERR,
                                PAM_USER_UNKNOWN};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(Fault, PamFixture)

BOOST_AUTO_TEST_CASE(s01_no_fault_turns_a_denial_into_an_allow) {
    listen({answer_checks(deny())});
    deadline(2000);
    int faults = 0;
    each_fault(faults, [&](int n) {
        Transaction t(dir, "sudo", me, me);
        stack("sudo", "account required @\naccount required " JIT_PROBE "\n");
        countdown = n;
        const int r = t.account();
        countdown = -1;
        BOOST_REQUIRE_MESSAGE(r != PAM_SUCCESS && r != PAM_IGNORE, "fault " << n << " gave " << r);
    });
    BOOST_TEST(faults > 50);
    BOOST_TEST_MESSAGE(faults << " faults");
}

BOOST_AUTO_TEST_CASE(s01_s02_a_fault_before_an_allow_gives_a_denial_of_the_list) {
    listen({answer_checks(allow())});
    deadline(2000);
    int faults = 0, denied = 0;
    each_fault(faults, [&](int n) {
        Transaction t(dir, "sudo", me, me);
        stack("sudo", "account required @\n");
        countdown = n;
        const int r = t.account();
        countdown = -1;
        // libpam's own failures are ABORT; its trimmings (audit, tidying up) may fail without harm.
        BOOST_REQUIRE_MESSAGE(r == PAM_SUCCESS || r == PAM_ABORT || kResults.contains(r),
                              "fault " << n << " gave " << r);
        denied += r != PAM_SUCCESS;
    });
    BOOST_TEST(denied > 40);
    BOOST_TEST_MESSAGE(denied << " of " << faults << " faults denied");
}

BOOST_AUTO_TEST_CASE(s01_a_fault_in_the_session_phase_never_skips_the_scope) {
    start_systemd();
    listen({answer_checks(allow_session())});
    deadline(2000);
    int faults = 0;
    each_fault(faults, [&](int n) {
        cgroup("/user.slice");
        Transaction t(dir, "su", "root", me);
        BOOST_REQUIRE(t.account() == PAM_SUCCESS);
        countdown = n;
        const int r = t.open();
        countdown = -1;
        BOOST_REQUIRE_MESSAGE(r == PAM_SUCCESS || r == PAM_ABORT || kResults.contains(r),
                              "fault " << n << " gave " << r);
        const bool inside = dir.read("cgroup").find(kId) != std::string::npos;
        BOOST_REQUIRE_MESSAGE(r != PAM_SUCCESS || inside,
                              "fault " << n << " ran outside its scope");
    });
    BOOST_TEST(faults > 100);
}

BOOST_AUTO_TEST_CASE(s01_no_fault_makes_a_stack_that_is_not_ours_succeed) {
    stack("sudo", "auth sufficient @\npassword sufficient @\n");
    const std::vector<int (*)(pam_handle_t*)> calls = {
        [](pam_handle_t* pamh) { return pam_authenticate(pamh, 0); },
        [](pam_handle_t* pamh) { return pam_setcred(pamh, PAM_ESTABLISH_CRED); },
        [](pam_handle_t* pamh) { return pam_chauthtok(pamh, 0); }};
    for (const auto call : calls) {
        int faults = 0;
        each_fault(faults, [&](int n) {
            Transaction t(dir, "sudo", me, me);
            countdown = n;
            const int r = call(t.handle());
            countdown = -1;
            BOOST_REQUIRE_MESSAGE(r != PAM_SUCCESS && r != PAM_IGNORE, "fault " << n);
        });
        BOOST_TEST(faults > 0);
    }
}

BOOST_AUTO_TEST_CASE(s01_no_fault_lets_sudo_run_outside_its_scope) {
    start_systemd();
    listen({answer_checks(allow_session())});
    deadline(2000);
    // What sudo would see as a result on which it runs the command.
    const std::set<int> runs = {PAM_SUCCESS, PAM_IGNORE, PAM_SESSION_ERR};
    int faults = 0, stopped = 0;
    each_fault(faults, [&](int n) {
        cgroup("/user.slice");
        const pid_t child = ::fork();  // the scope line may end it
        if (child == 0) {
            Transaction t(dir, "sudo", me, me);
            if (t.account() != PAM_SUCCESS) ::_exit(99);
            t.set(PAM_USER, "root");
            countdown = n;
            const int r = t.open();
            countdown = -1;
            ::_exit(r | (failed ? 64 : 0));
        }
        int status = 0;
        BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
        BOOST_REQUIRE(WIFEXITED(status));
        const int code = WEXITSTATUS(status);
        BOOST_REQUIRE(code != 99);
        failed = code == 1 || (code & 64) != 0;  // 1: ended by the scope line
        const int r = code & 63;
        if (code == 1) return void(++stopped);
        stopped += r != PAM_SUCCESS;
        BOOST_REQUIRE_MESSAGE(r == PAM_SUCCESS || r == PAM_ABORT || kResults.contains(r),
                              "fault " << n << " gave " << r);
        const bool inside = dir.read("cgroup").find(kId) != std::string::npos;
        BOOST_REQUIRE_MESSAGE(!runs.contains(r) || inside,
                              "fault " << n << " ran outside its scope");
    });
    BOOST_TEST(stopped > 100);
    BOOST_TEST_MESSAGE(stopped << " of " << faults << " faults stopped sudo");
}

BOOST_AUTO_TEST_SUITE_END()
