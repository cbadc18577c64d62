// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE pam_jit_accounts
#include "pam_jit/accounts.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>

#include "tests/support/temp_dir.hpp"

using namespace jit;
using namespace jit::pam;

namespace {

struct Fixture {
    test::TempDir dir;
    std::string nsswitch = dir.write("nsswitch.conf", "passwd: files systemd\n");
    std::string passwd = dir.write("passwd",
                                   "+nis:x:4001:1::/:\nalice:x:4001:1::/:\nbob:x:4002:1::/:\n"
                                   "again:x:4002:1::/:\n");
    Person person{};

    int find(const AccountKey& key) {
        Environment env{};
        env.nsswitch_file = nsswitch.c_str();
        env.passwd_file = passwd.c_str();
        return find_account(env, key, Deadline::in_msec(5000), person);
    }
};

volatile sig_atomic_t seen = 0;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(accounts, Fixture)

BOOST_AUTO_TEST_CASE(
    the_passwd_file_is_asked_first_only_if_nsswitch_conf_says_so_and_takes_its_word) {
    const std::pair<const char*, bool> cases[] = {{"passwd: files systemd\n", true},
                                                  {"# x\n passwd :\tfiles\n", true},
                                                  {"passwd: files # local\n", true},
                                                  {"passwd: files", true},
                                                  {"passwd: files [SUCCESS=continue] sss\n", false},
                                                  {"passwd: files[SUCCESS=merge] sss\n", false},
                                                  {"passwd: sss files\n", false},
                                                  {"passwd: files2 files\n", false},
                                                  {"passwd: compat\n", false},
                                                  {"passwdx: files\n", false},
                                                  {"group: files\n", false},
                                                  {"passwd: files\npasswd: sss files\n", false},
                                                  {"", false}};
    for (const auto& [text, expected] : cases) {
        const auto file = dir.write("case", text);
        BOOST_TEST(asks_files_first(file.c_str()) == expected, text);
    }
    BOOST_TEST(!asks_files_first("/nonexistent"));
    BOOST_TEST(!asks_files_first(
        dir.write("long", "passwd: " + std::string(5000, ' ') + "files\n").c_str()));
}

BOOST_AUTO_TEST_CASE(the_first_entry_of_the_passwd_file_counts) {
    BOOST_TEST(find({nullptr, 4001}) == 0);
    BOOST_TEST(person.account.c_str() == "alice");
    BOOST_TEST(find({nullptr, 4002}) == 0);
    BOOST_TEST(person.account.c_str() == "bob");
    BOOST_TEST(find({"again", 0}) == 0);
    BOOST_TEST(person.uid == 4002U);
}

BOOST_AUTO_TEST_CASE(who_is_not_in_the_file_is_asked_for_in_the_user_database) {
    BOOST_TEST(find({"root", 0}) == 0);
    BOOST_TEST(person.uid == 0U);
    BOOST_TEST(find({nullptr, 0}) == 0);
    BOOST_TEST(person.account.c_str() == "root");
    BOOST_TEST(find({"no-such-account", 0}) == -ENOENT);
    passwd = "/nonexistent";
    BOOST_TEST(find({"root", 0}) == 0);
}

BOOST_AUTO_TEST_CASE(the_host_sees_no_child_and_keeps_its_handler) {
    struct sigaction mine {};
    mine.sa_handler = [](int) { seen = 1; };
    BOOST_REQUIRE(::sigaction(SIGCHLD, &mine, nullptr) == 0);
    BOOST_TEST(find({"root", 0}) == 0);
    BOOST_TEST(seen == 0);
    struct sigaction now {};
    ::sigaction(SIGCHLD, nullptr, &now);
    BOOST_TEST((now.sa_handler == mine.sa_handler));
    BOOST_TEST(::waitpid(-1, nullptr, WNOHANG | __WALL) == -1);
    BOOST_TEST(errno == ECHILD);
}

BOOST_AUTO_TEST_CASE(a_host_that_ignores_its_children_is_answered) {
    ::signal(SIGCHLD, SIG_IGN);
    BOOST_TEST(find({"root", 0}) == 0);
    ::signal(SIGCHLD, SIG_DFL);
}

BOOST_AUTO_TEST_SUITE_END()
