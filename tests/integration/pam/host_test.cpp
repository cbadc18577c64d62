// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE pam_host
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <set>

#include "tests/integration/pam/fixture.hpp"

using namespace jit;
using namespace jit::test;

namespace {

/** What a module could change behind its host's back. */
struct HostState {
    std::set<std::string> descriptors;
    std::string cwd;
    mode_t mask;
    sigset_t blocked;
    std::vector<struct sigaction> actions;

    static HostState now() {
        HostState state{};
        for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
            std::error_code gone;  // the iterator's own
            const auto target = std::filesystem::read_symlink(entry.path(), gone);
            if (!gone)
                state.descriptors.insert(entry.path().filename().string() + " " + target.string());
        }
        std::erase_if(state.descriptors,
                      [](const std::string& line) { return line.ends_with("/fd"); });
        state.cwd = std::filesystem::current_path();
        state.mask = ::umask(0);
        ::umask(state.mask);
        ::sigprocmask(SIG_SETMASK, nullptr, &state.blocked);
        for (int signal = 1; signal < 32; ++signal) {
            struct sigaction action {};
            ::sigaction(signal, nullptr, &action);
            state.actions.push_back(action);
        }
        return state;
    }
    bool operator==(const HostState& other) const {
        bool same = descriptors == other.descriptors && cwd == other.cwd && mask == other.mask;
        for (int signal = 1; signal < 32; ++signal)
            same = same && sigismember(&blocked, signal) == sigismember(&other.blocked, signal);
        for (std::size_t i = 0; i < actions.size(); ++i)
            same = same && actions[i].sa_handler == other.actions[i].sa_handler &&
                   actions[i].sa_flags == other.actions[i].sa_flags;
        return same;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(Host, PamFixture)

BOOST_AUTO_TEST_CASE(s12_the_host_is_left_as_it_was_found) {
    start_systemd();
    deadline(200);
    const std::vector<OnConnection> gates = {answer_checks(allow_session()),
                                             answer_checks(deny()),
                                             silent(),
                                             close_at_once(),
                                             garbage(),
                                             drip()};
    for (std::size_t i = 0; i < gates.size(); ++i) {
        BOOST_TEST_CONTEXT("gate " << i) {
            listen({gates[i]});
            cgroup("/user.slice");
            Transaction t(dir, "su", "root", me);
            pam_acct_mgmt(t.handle(), 0);  // libpam loads the module once
            gate->wait_idle();
            systemd->wait_idle();
            const HostState before = HostState::now();
            (void)t.account();
            (void)t.open();
            (void)t.close();
            gate->wait_idle();
            systemd->wait_idle();
            BOOST_TEST((HostState::now() == before));
        }
    }
}

BOOST_AUTO_TEST_CASE(s12_errno_is_kept) {
    // Looked at by the modules around ours: libpam itself changes it on its way out.
    stack("sudo", "account required " JIT_PROBE
                  " set_errno\naccount required @\naccount required " JIT_PROBE "\n");
    for (const auto& script : {answer_checks(allow()), answer_checks(deny()), close_at_once()}) {
        deadline(100);
        listen({script});
        Transaction t(dir, "sudo", me, me);
        (void)t.account();
        BOOST_TEST(t.infos.at(0) == "4711");
    }
}

BOOST_AUTO_TEST_CASE(s09_loading_and_unloading_leaks_nothing) {
    void* const first = ::dlopen(JIT_MODULE, RTLD_NOW);  // libsystemd stays loaded
    BOOST_REQUIRE(first);
    const HostState before = HostState::now();
    for (int i = 0; i < 10000; ++i) {
        void* const module = ::dlopen(JIT_MODULE, RTLD_NOW);
        BOOST_REQUIRE(module);
        ::dlclose(module);
    }
    BOOST_TEST((HostState::now() == before));
    ::dlclose(first);
}

BOOST_AUTO_TEST_CASE(s14_hostile_arguments_are_denied) {
    listen({answer_checks(allow())});
    stack("sudo", "account requisite @ " + std::string(200'000, 'a') + "\n");
    Transaction t(dir, "sudo", me, me);
    BOOST_TEST(t.account() != PAM_SUCCESS);
    stack("sudo", "account requisite @\n");
    Transaction tty(dir, "sudo", me, me);
    tty.set(PAM_TTY, "t\xff");  // no UTF-8: no D-Bus string
    BOOST_TEST(tty.account() == PAM_AUTHINFO_UNAVAIL);
    Transaction ruser(dir, "sudo", me, std::string(1 << 20, 'r'));
    BOOST_TEST(ruser.account() == PAM_PERM_DENIED);
}

BOOST_AUTO_TEST_SUITE_END()
