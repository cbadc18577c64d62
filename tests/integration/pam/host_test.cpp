// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE pam_host
#include <dlfcn.h>
#include <errno.h>

#include <cstdio>
#include <random>

#include "tests/integration/pam/fixture.hpp"
#include "tests/support/host_state.hpp"
#include "tests/support/loading.hpp"
#include "tests/support/long_run.hpp"

using namespace jit;
using namespace jit::test;

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
    const auto load_once = [] {
        void* const module = ::dlopen(JIT_MODULE, RTLD_NOW);
        BOOST_REQUIRE(module);
        ::dlclose(module);
    };
    check_that_loading_leaks_nothing(load_once, 10'000, 100'000);
}

/** Whatever a caller may put into an item, by length and by byte. */
std::string hostile_text(std::mt19937& random) {
    static const std::size_t sizes[] = {0, 1, 2, 31, 32, 255, 256, 257, 4095, 4096, 65536, 1 << 20};
    std::string text(sizes[random() % (random() % 8 ? 8 : std::size(sizes))], '\0');
    const unsigned low = random() % 3 ? 1 : 0x20;
    const unsigned span = random() % 3 ? 0xff : 0x5e;
    for (char& c : text) c = static_cast<char>(low + random() % span);
    return text;
}

BOOST_AUTO_TEST_CASE(s05_s14_no_item_and_no_argument_makes_an_allow) {
    listen({answer_checks(deny())});
    std::mt19937 random(4711);
    const int count = runs(300, 200'000);
    int passed = 0;
    for (int i = 0; i < count; ++i) {
        const char* services[] = {"sudo", "sudo-i", "su", "su-l", "sshd"};
        const char* service = services[random() % 5];
        if (random() % 4 == 0) {
            std::string line = hostile_text(random).substr(0, 900);
            std::erase_if(line, [](char c) { return c == '\n' || c == '\0' || c == '\\'; });
            stack(service, "account requisite @ x" + line + "\n");
        } else {
            stack(service, kLines);
        }
        Transaction t(dir, service, random() % 2 ? me : hostile_text(random), me);
        if (random() % 2) t.set(PAM_TTY, hostile_text(random));
        if (random() % 2) t.set(PAM_RHOST, hostile_text(random));
        if (random() % 4 == 0) t.set(PAM_RUSER, hostile_text(random));
        if (random() % 8 == 0) pam_set_item(t.handle(), PAM_USER, nullptr);
        const int r = t.account();
        passed += r == PAM_SUCCESS || r == PAM_IGNORE || r == PAM_SESSION_ERR ||
                  r == PAM_NEW_AUTHTOK_REQD || r == PAM_AUTHTOK_EXPIRED;
        for (const std::string& line : t.errors)
            BOOST_REQUIRE(std::all_of(line.begin(), line.end(),
                                      [](char c) { return c >= 0x20 && c < 0x7f; }));
    }
    BOOST_TEST(passed == 0);
    if (long_run()) std::printf("long: %d hostile PAM transactions, 0 allowed\n", count);
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
