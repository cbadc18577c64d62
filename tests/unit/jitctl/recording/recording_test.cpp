// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE recording
#include "jitctl/recording/recording.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "jitctl/recording/asciicast.hpp"
#include "tests/unit/jitctl/recording/io_log.hpp"

using namespace jit;
using namespace jit::ctl::recording;
using jit::test::IoLog;

namespace {

/** "0.050000 hello", "1.000000 40x160". */
std::string told(Recording recording, std::string* damage = nullptr) {
    std::string out;
    while (const auto moment = recording.next()) {
        const auto usec = moment->at.count();
        out += fmt::format("{}.{:06} ", usec / 1'000'000, usec % 1'000'000);
        if (const auto* shown = std::get_if<Shown>(&moment->what)) out += shown->bytes + "\n";
        if (const auto* size = std::get_if<Resized>(&moment->what)) out += fmt::format("{}x{}\n", size->lines, size->columns);
    }
    if (damage != nullptr) *damage = recording.damage();
    return out;
}

std::string told(const IoLog& log) { return told(Recording::open(log.path()).value()); }

/** What is damaged, as in "timing: broken"; empty: nothing. */
std::string damage_of(const IoLog& log) {
    std::string out;
    (void)told(Recording::open(log.path()).value(), &out);
    return out.starts_with(log.path() + "/") ? out.substr(log.path().size() + 1) : out;
}

std::string cast_of(const IoLog& log) {
    auto recording = Recording::open(log.path()).value();
    Asciicast cast(recording.about());
    std::string out;
    while (const auto moment = recording.next()) out += cast.line(*moment);
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Reading)

BOOST_AUTO_TEST_CASE(what_came_out_in_its_order) {
    IoLog log;
    log.file("stdout", "onethree").file("stderr", "two").file("timing", "1 0.05 3\n2 0.05 3\n5 1 40 160\n1 0 5\n");
    BOOST_TEST(told(log) == "0.050000 one\n0.100000 two\n1.100000 40x160\n1.100000 three\n");
}

BOOST_AUTO_TEST_CASE(compressed_or_not_and_cut_off_by_a_kill) {
    for (const std::size_t cut : {std::size_t{0}, std::size_t{8}}) {
        IoLog log;
        log.compressed("ttyout", "hello", cut).compressed("timing", "4 0.5 5\n", cut);
        BOOST_TEST(told(log) == "0.500000 hello\n");
    }
}

BOOST_AUTO_TEST_CASE(input_is_left_out_and_a_suspension_takes_no_time) {
    IoLog log;
    log.file("ttyin", "secret").file("ttyout", "ab");
    log.file("timing", "3 0.1 6\n4 0.1 1\n7 0.1 TSTP\n7 500 CONT\n4 0.1 1\n");
    BOOST_TEST(told(log) == "0.200000 a\n0.400000 b\n");
}

BOOST_AUTO_TEST_CASE(a_line_half_written_or_senseless_is_the_end) {
    IoLog log;
    log.file("stdout", "abc");
    for (const char* rest : {"1 0.1 1", "1 0.1 x\n1 0.1 1\n", "\n1 0.1 1\n"}) {
        log.file("timing", std::string("1 0.1 1\n") + rest);
        BOOST_TEST(told(log) == "0.100000 a\n");
    }
    log.file("timing", std::string("1 0.1 1\n\0 1\n1 0.1 1\n", 20));
    BOOST_TEST(told(log) == "0.100000 a\n");
    log.file("timing", "1 0.1 1\n" + std::string(10'000, '9') + "\n1 0.1 1\n");
    BOOST_TEST(told(log) == "0.100000 a\n");
}

BOOST_AUTO_TEST_CASE(more_bytes_than_there_are_and_no_file_at_all) {
    IoLog log;
    log.file("stdout", "abc").file("timing", "1 0.1 18446744073709551615\n2 0.1 5\n1 0.1 1\n");
    BOOST_TEST(told(log) == "0.100000 abc\n");
}

BOOST_AUTO_TEST_CASE(much_at_once_comes_in_parts) {
    IoLog log;
    const std::string much(200'000, 'x');
    log.file("stdout", much).file("timing", "1 1 200000\n");
    auto recording = Recording::open(log.path()).value();
    std::string all;
    while (const auto moment = recording.next()) {
        const auto& bytes = std::get<Shown>(moment->what).bytes;
        BOOST_TEST(bytes.size() <= 65536U);
        all += bytes;
    }
    BOOST_TEST((all == much));
}

BOOST_AUTO_TEST_CASE(the_sum_of_delays_has_a_bound) {
    IoLog log;
    std::string timing;
    for (int i = 0; i < 20; ++i) timing += "5 316224000 1 1\n";
    log.file("timing", timing);
    BOOST_TEST(told(log).ends_with("316224000.000000 1x1\n"));
}

BOOST_AUTO_TEST_CASE(no_link_is_followed) {
    IoLog log;
    log.file("elsewhere", "secret").file("timing", "1 0.1 6\n");
    BOOST_REQUIRE(::symlink("elsewhere", (log.path() + "/stdout").c_str()) == 0);
    BOOST_TEST(told(log) == "");
    BOOST_TEST(!Recording::open(log.path() + "/none").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(Damage)

BOOST_AUTO_TEST_CASE(what_sudo_writes_is_whole_with_or_without_a_kill) {
    IoLog log;
    BOOST_TEST(damage_of(log) == "");
    log.file("ttyout", "").file("ttyin", "");
    BOOST_TEST(damage_of(log) == "");
    log.file("ttyout", "abc").file("timing", "4 0.1 2\n3 0.1 100\n7 0.1 TST");
    BOOST_TEST(damage_of(log) == "");
    for (const std::size_t cut : {std::size_t{0}, std::size_t{8}}) {
        IoLog other;
        other.compressed("ttyout", "hello", cut).compressed("timing", "4 0.5 5\n", cut);
        BOOST_TEST(damage_of(other) == "");
    }
}

BOOST_AUTO_TEST_CASE(a_file_that_is_gone_or_short) {
    IoLog log;
    log.file("timing", "4 0.1 3\n4 0.1 3\n");
    BOOST_TEST(damage_of(log) == "ttyout: No such file or directory");
    log.file("ttyout", "abcd");
    BOOST_TEST(damage_of(log) == "ttyout: shorter than timing says");
    BOOST_TEST(told(log) == "0.100000 abc\n0.200000 d\n");
    log.file("timing", "");
    BOOST_TEST(damage_of(log) == "timing: empty, and ttyout is not");
    log.file("timing", "4 0.1 3\n").file("log.json", "{");
    BOOST_TEST(damage_of(log) == "log.json: not a JSON object");
    BOOST_TEST(told(log) == "0.100000 abc\n");
    BOOST_REQUIRE(::unlink((log.path() + "/log.json").c_str()) == 0);
    BOOST_TEST(damage_of(log).starts_with("log.json: "));
    BOOST_TEST(told(log) == "0.100000 abc\n");
}

BOOST_AUTO_TEST_CASE(garbage) {
    IoLog log;
    log.file("ttyout", "abc");
    for (const char* rest : {"x", "1 0.1 x\n", "\n", "\xff\xfe"}) {
        log.file("timing", std::string("4 0.1 1\n") + rest);
        BOOST_TEST(damage_of(log).starts_with("timing: "));
    }
    log.file("timing", std::string("4 0.1 1\n\0\0", 10));
    BOOST_TEST(damage_of(log) == "timing: broken");
    log.file("timing", std::string(5'000, '9'));
    BOOST_TEST(damage_of(log) == "timing: not a line of sudo's I/O log");
    IoLog other;
    std::string much;
    for (int i = 0; i < 50'000; ++i) much += std::to_string(i * 7919);
    other.compressed("ttyout", much, 0).file("timing", "4 0.1 " + std::to_string(much.size()) + "\n");
    BOOST_TEST(damage_of(other) == "");
    std::fstream(other.path() + "/ttyout", std::ios::in | std::ios::out | std::ios::binary).seekp(5000).write("xxxxxxxxxxxx", 12);
    BOOST_TEST(damage_of(other) == "ttyout: broken");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(TellingAbout)

BOOST_AUTO_TEST_CASE(a_name_that_is_no_utf8) {
    const auto about = parse_about("{\"command\": \"/bin/sh\", \"runargv\": [\"sh\", \"\xff\"], \"runcwd\": \"/tmp/a\xe4""b\", \"columns\": 100}");
    BOOST_REQUIRE(about.has_value());
    BOOST_TEST(about->command == "/bin/sh \xef\xbf\xbd");
    BOOST_TEST(about->columns == 100U);
}

BOOST_AUTO_TEST_CASE(what_log_json_says) {
    const auto about = parse_about(R"({"timestamp": {"seconds": 1795768011, "nanoseconds": 5}, "command": "/bin/bash",
        "ttyname": "/dev/pts/0", "columns": 160, "lines": 40, "runargv": ["-bash", "-c", "id -u"],
        "runenv": ["TERM=xterm", "SHELLS=no", "SHELL=/bin/bash"]})");
    BOOST_REQUIRE(about.has_value());
    BOOST_TEST(core::to_usec(about->start) == 1795768011'000'000U);
    BOOST_TEST(about->command == "/bin/bash -c id -u");
    BOOST_TEST(about->term == "xterm");
    BOOST_TEST(about->shell == "/bin/bash");
    BOOST_TEST(about->columns == 160U);
    BOOST_TEST(about->lines == 40U);
    BOOST_TEST(about->terminal);
}

BOOST_AUTO_TEST_CASE(garbage_is_no_about_and_wrong_types_are_as_if_absent) {
    for (const char* json : {"", "[]", "{", "7"}) BOOST_TEST(!parse_about(json).has_value());
    for (const char* json : {"{}", R"({"timestamp": 7, "command": [], "columns": "x", "lines": -1, "runargv": 7, "runenv": {}})",
                             R"({"timestamp": {"seconds": 1e300}, "columns": 0, "lines": 18446744073709551615, "runargv": [], "runenv": [7]})",
                             R"({"timestamp": {"seconds": 18446744073709551615}})"}) {
        const auto about = parse_about(json);
        BOOST_REQUIRE(about.has_value());
        BOOST_TEST(about->command == "");
        BOOST_TEST(about->columns == 80U);
        BOOST_TEST(about->lines == 24U);
        BOOST_TEST(core::to_usec(about->start) == 0U);
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(Casting)

BOOST_AUTO_TEST_CASE(header_and_events) {
    IoLog log;
    log.file("ttyout", "a\r\n\033[31mb").file("timing", "4 0.5 3\n5 0.25 30 100\n4 0.25 6\n");
    BOOST_TEST(cast_of(log) == "[0.500000, \"o\", \"a\\r\\n\"]\n[0.750000, \"r\", \"100x30\"]\n[1.000000, \"o\", \"\\u001b[31mb\"]\n");
    About about;
    about.command = "id\n";
    about.term = "xterm";
    BOOST_TEST(Asciicast(about).header("alice \u202e as root") ==
               R"({"version":2,"width":80,"height":24,"timestamp":0,"command":"id\n","title":"alice \u202e as root","env":{"TERM":"xterm"}})"
               "\n");
}

BOOST_AUTO_TEST_CASE(without_a_terminal_lines_get_their_return) {
    IoLog log;
    log.file("stdout", "a\nb\n").file("timing", "1 0 4\n");
    BOOST_TEST(cast_of(log) == "[0.000000, \"o\", \"a\\r\\nb\\r\\n\"]\n");
}

BOOST_AUTO_TEST_CASE(a_character_over_the_border_of_events) {
    IoLog log;
    log.file("ttyout", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80!").file("timing", "4 0 1\n4 0 2\n4 0 2\n4 0 1\n4 0 2\n4 0 2\n");
    BOOST_TEST(cast_of(log) == "[0.000000, \"o\", \"\\u00e4\"]\n[0.000000, \"o\", \"\\u20ac\"]\n"
                               "[0.000000, \"o\", \"\\ud83d\\ude00!\"]\n");
}

BOOST_AUTO_TEST_CASE(what_is_no_utf8_is_replaced_and_holds_nothing_up) {
    IoLog log;
    log.file("stdout", "\xff\x80\xc3(\xf8\xf0").file("stderr", "\xa4x").file("timing", "1 0 6\n2 0 2\n");
    const std::string cast = cast_of(log);
    BOOST_TEST(cast.find("(") != std::string::npos);
    BOOST_TEST(cast.find("\\ufffdx") != std::string::npos);
    for (const char c : cast) BOOST_TEST((c == '\n' || (c >= ' ' && c < '\177')));
}

BOOST_AUTO_TEST_SUITE_END()
