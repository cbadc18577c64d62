// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE sudo_commands
#include "jitctl/recording/sudo_commands.hpp"

#include <boost/test/unit_test.hpp>

using namespace jit;
using namespace jit::ctl::recording;

namespace {

constexpr std::uint64_t kSecond = 1'000'000, kOpened = 1000 * kSecond;
constexpr std::uint32_t kUid = 1001, kSudo = 76;

Session session(const std::string& id = "s1", std::uint32_t pid = kSudo) {
    Session out;
    out.id = id;
    out.uid = kUid;
    out.pid = pid;
    out.boot = "boot";
    out.opened = core::from_usec(kOpened);
    out.recording = "alice/00/00/05";
    return out;
}

/** A line in the second after the session was opened. */
SudoLine line(std::int64_t second, const std::string& command, const std::string& unit = "jit-s1.scope") {
    SudoLine out;
    out.time_usec = static_cast<std::uint64_t>(static_cast<std::int64_t>(kOpened) + second * static_cast<std::int64_t>(kSecond));
    out.boot = "boot";
    out.pid = kSudo;
    out.uid = kUid;
    out.unit = unit;
    out.message = "   alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; TSID=05@0.12 ; COMMAND=" + command;
    return out;
}

SudoLine before(std::int64_t second, const std::string& command) { return line(-second, command, "session-1.scope"); }

/** "COMMAND|" of each. */
std::string told(const std::vector<SudoLine>& lines, const std::vector<Session>& sessions = {session()}) {
    std::string out;
    for (const auto& command : commands_of(sessions, lines)) out += command.session->id + ":" + command.what.command + "|";
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Lines)

BOOST_AUTO_TEST_CASE(the_parts_of_a_line) {
    const auto command = parse_sudo_line(
        "     bob : TTY=pts/0 ; PWD=/tmp ; USER=postgres ; GROUP=postgres ; TSID=05@1.06 ; COMMAND=/usr/bin/sh -c 'a ; COMMAND=b'");
    BOOST_REQUIRE(command.has_value());
    BOOST_TEST(command->cwd == "/tmp");
    BOOST_TEST(command->run_as == "postgres");
    BOOST_TEST((command->log_ids == std::vector<std::string>{"05"}));
    BOOST_TEST(command->command == "/usr/bin/sh -c 'a ; COMMAND=b'");
}

BOOST_AUTO_TEST_CASE(a_directory_of_any_name_is_only_a_directory) {
    for (const char* name : {"/tmp/x ; EXIT=0 ; y", "/tmp/x ; SIGNAL=TERM ; y", "/tmp/x ; COMMAND=/innocent", "/tmp/x ; USER=root",
                             "/tmp/x ; USER=root ; GROUP=root", "/tmp/x ; USER=root ; y ; COMMAND=/innocent", "/x ; PWD=/y", "/x ; ENV=A", " ; ",
                             "/tmp/x ; TSID=01"}) {
        const auto command = parse_sudo_line(std::string("bob : TTY=pts/0 ; PWD=") + name +
                                             " ; USER=postgres ; TSID=03@1.00 ; ENV=A=b ; COMMAND=/usr/bin/cat /etc/shadow");
        BOOST_REQUIRE(command.has_value());
        BOOST_TEST(command->cwd == name);
        BOOST_TEST(command->run_as == "postgres");
        BOOST_TEST(command->command == "/usr/bin/cat /etc/shadow");
        BOOST_TEST(command->log_ids.back() == "03");
    }
}

BOOST_AUTO_TEST_CASE(what_can_be_read_in_two_ways_is_shown_whole) {
    for (const char* text : {"PWD=/x ; USER=root ; COMMAND=/innocent ; USER=root ; TSID=03 ; COMMAND=/usr/bin/rm -r /srv",
                             "PWD=/x ; USER=root ; EXIT=0 ; USER=root ; COMMAND=/innocent ; USER=root ; TSID=03 ; COMMAND=/usr/bin/rm",
                             "PWD=/x ; USER=root ; ENV=A=b ; USER=root ; TSID=03 ; COMMAND=/usr/bin/rm",
                             "PWD=/ ; USER=root ; TSID=03 ; ENV=A=b ; COMMAND=/innocent ; COMMAND=/usr/bin/rm",
                             "PWD=/ ; USER=root ; TSID=03 ; COMMAND=/usr/bin/echo ; USER=root ; COMMAND=b",
                             "TTY=pts/0 ; CHROOT=/x ; PWD=/innocent ; PWD=/ ; USER=root ; TSID=03 ; COMMAND=/usr/bin/rm",
                             "PWD=/ ; USER=root ; TSID=03 ; NEW=x ; COMMAND=/usr/bin/rm", "USER=root ; TSID=03 ; COMMAND=/usr/bin/rm"}) {
        const auto command = parse_sudo_line(std::string("bob : ") + text);
        BOOST_REQUIRE(command.has_value());
        BOOST_TEST(command->command == text);
        BOOST_TEST(command->cwd == "");
        BOOST_TEST((command->log_ids == std::vector<std::string>{"03"}));
    }
}

BOOST_AUTO_TEST_CASE(a_new_root_is_no_directory) {
    const auto command = parse_sudo_line("bob : CHROOT=/srv ; PWD=/tmp ; USER=root ; COMMAND=/usr/bin/id");
    BOOST_TEST(command->cwd == "/tmp");
    BOOST_TEST(command->command == "/usr/bin/id");
}

BOOST_AUTO_TEST_CASE(what_ends_like_an_exit_is_a_command) {
    BOOST_TEST(parse_sudo_line("bob : PWD=/ ; USER=root ; COMMAND=/usr/bin/false ; EXIT=1")->command == "/usr/bin/false ; EXIT=1");
}

BOOST_AUTO_TEST_CASE(other_lines_are_none) {
    for (const char* message : {"", "COMMAND=/bin/sh", "bob : ", "bob : x", "bob : TTY=pts/0 ; PWD=/", "bob : TTY=pts/0 ; PWD=/COMMAND=",
                                "pam_unix(sudo:session): session opened"})
        BOOST_TEST(!parse_sudo_line(message).has_value(), message);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(OfSessions)

BOOST_AUTO_TEST_CASE(the_first_and_those_below_it) {
    BOOST_TEST(told({before(1, "/bin/bash"), line(1, "/usr/bin/ls"), line(2, "/usr/bin/id")}) ==
               "s1:/bin/bash|s1:/usr/bin/ls|s1:/usr/bin/id|");
}

BOOST_AUTO_TEST_CASE(a_long_command_is_put_together) {
    SudoLine more = before(1, "");
    more.message = "   alice : (command continued) two three";
    SudoLine other = more;
    other.pid = kSudo + 1;
    BOOST_TEST(told({before(1, "/bin/echo one"), other, more}) == "s1:/bin/echo one two three|");
}

BOOST_AUTO_TEST_CASE(s44_only_the_sessions_own_sudo_is_believed) {
    const auto with = [](auto change) {
        SudoLine forged = line(1, "/usr/bin/forged");
        change(forged);
        return told({forged});
    };
    BOOST_TEST(with([](SudoLine&) {}) == "s1:/usr/bin/forged|");
    BOOST_TEST(with([](SudoLine& l) { l.pid = 77; }) == "");
    BOOST_TEST(with([](SudoLine& l) { l.uid = 0; }) == "");
    BOOST_TEST(with([](SudoLine& l) { l.uid = 1002; }) == "");
    BOOST_TEST(with([](SudoLine& l) { l.boot = "another"; }) == "");
}

BOOST_AUTO_TEST_CASE(journald_notices_the_scope_late_and_a_pid_is_used_again) {
    BOOST_TEST(told({line(4, "/usr/bin/ls", "session-1.scope"), line(600, "/usr/bin/id")}) == "s1:/usr/bin/ls|s1:/usr/bin/id|");
    BOOST_TEST(told({line(6, "/usr/bin/forged", "session-1.scope")}) == "");
    BOOST_TEST(told({line(600, "/usr/bin/forged", "jit-s2.scope")}) == "");
}

BOOST_AUTO_TEST_CASE(s44_what_the_process_wrote_before_it_was_sudo_is_not_believed) {
    BOOST_TEST(told({before(2, "/usr/bin/forged"), before(1, "/bin/bash")}) == "s1:/bin/bash|");
    BOOST_TEST(told({before(61, "/usr/bin/forged")}) == "");
}

BOOST_AUTO_TEST_CASE(in_the_background_the_log_is_in_common) {
    SudoLine parent = before(1, "/usr/bin/sleep 5");
    parent.pid = kSudo - 1;
    BOOST_TEST(told({parent}) == "s1:/usr/bin/sleep 5|");
    parent.message = "   alice : PWD=/x ; USER=root ; COMMAND=/innocent ; USER=root ; TSID=05 ; COMMAND=/usr/bin/sleep";
    BOOST_TEST(told({parent}) == "s1:" + parent.message.substr(11) + "|");
    parent = before(1, "/usr/bin/sleep 5");
    parent.pid = kSudo - 1;
    BOOST_TEST(told({parent, parent}) == "s1:/usr/bin/sleep 5|s1:/usr/bin/sleep 5|");  // who knew the id could write: none is hidden
    BOOST_TEST(told({parent, before(1, "/bin/bash")}) == "s1:/bin/bash|");
    Session other = session();
    other.recording = "alice/00/00/06";
    BOOST_TEST(told({parent}, {other}) == "");
    other.recording = "";
    BOOST_TEST(told({parent}, {other}) == "");
}

BOOST_AUTO_TEST_CASE(sessions_side_by_side_and_one_without_a_pid) {
    SudoLine other = line(1, "/usr/bin/id", "jit-s2.scope");
    other.pid = 99;
    BOOST_TEST(told({line(1, "/usr/bin/ls"), other}, {session(), session("s2", 99)}) == "s1:/usr/bin/ls|s2:/usr/bin/id|");
    SudoLine none = line(1, "/usr/bin/ls");
    none.pid = 0;
    BOOST_TEST(told({none}, {session("s1", 0)}) == "");
}

BOOST_AUTO_TEST_SUITE_END()
