// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE pam_edit
#include "jitctl/pam_edit.hpp"

#include <boost/test/unit_test.hpp>

using namespace jit::ctl;

namespace {

const std::vector<std::string> kNone;

const std::string kSudo =
    "#%PAM-1.0\n"
    "\n"
    "# Set up user limits from /etc/security/limits.conf.\n"
    "session    required   pam_limits.so\n"
    "\n"
    "@include common-auth\n"
    "@include common-account\n"
    "@include common-session-noninteractive\n";

const std::string kSuLogin =
    "#%PAM-1.0\n"
    "auth\t\tinclude\t\tsu\n"
    "account\t\tinclude\t\tsu\n"
    "password\tinclude\t\tsu\n"
    "session\t\toptional\tpam_keyinit.so force revoke\n"
    "session\t\tinclude\t\tsu\n";

std::string enabled(const std::string& text, PamMode mode = PamMode::enforce,
                    const std::string& service = "sudo",
                    const std::vector<std::string>& siblings = kNone) {
    auto result = insert_lines(text, gate_lines(service, mode), siblings);
    BOOST_REQUIRE(result);
    return *result;
}

PamState state(const std::string& text, const std::string& service = "sudo") {
    return read_state(text, service, kNone).state;
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(PamState)

BOOST_AUTO_TEST_SUITE(PamEdit)

BOOST_AUTO_TEST_CASE(the_lines_stand_first_and_last_in_debians_sudo) {
    BOOST_TEST(enabled(kSudo) ==
               "#%PAM-1.0\n"
               "\n"
               "# Set up user limits from /etc/security/limits.conf.\n"
               "session requisite pam_jit.so # jitctl pam enable sudo\n"
               "session    required   pam_limits.so\n"
               "\n"
               "account requisite pam_jit.so # jitctl pam enable sudo\n"
               "@include common-auth\n"
               "@include common-account\n"
               "@include common-session-noninteractive\n"
               "session required pam_jit.so scope # jitctl pam enable sudo\n");
}

BOOST_AUTO_TEST_CASE(permissive_is_written_on_the_lines_that_ask) {
    const std::string text = enabled(kSudo, PamMode::permissive);
    BOOST_TEST(text.find("account requisite pam_jit.so permissive # jitctl pam enable sudo\n") !=
               std::string::npos);
    BOOST_TEST(text.find("session requisite pam_jit.so permissive # jitctl pam enable sudo\n") !=
               std::string::npos);
    BOOST_TEST(text.find("session required pam_jit.so scope # jitctl pam enable sudo\n") !=
               std::string::npos);
    BOOST_TEST(state(text) == PamState::permissive);
}

BOOST_AUTO_TEST_CASE(a_login_has_no_scope_line) {
    BOOST_TEST(enabled(kSudo, PamMode::enforce, "sshd").find("scope") == std::string::npos);
    BOOST_TEST(state(enabled(kSudo, PamMode::enforce, "sshd"), "sshd") == PamState::on);
}

BOOST_AUTO_TEST_CASE(removal_gives_back_every_byte) {
    const std::vector<std::string> files = {
        kSudo,
        kSuLogin,
        "",
        "\n",
        "# nothing but a comment",
        "session required pam_limits.so",  // no newline at the end
        "session required pam_limits.so\r\n@include common-auth\r\n",
        "session required \\\n  pam_limits.so \\\n# a comment inside\n  conf=/x\nauth required "
        "pam_unix.so\n",
        "-session optional pam_systemd.so # here\n\n\n",
        "ACCOUNT required pam_unix.so\nSession required pam_unix.so\n   ",
        std::string("session required pam_x.so\0y\n", 28)};
    for (const auto& file : files)
        for (const auto mode : {PamMode::enforce, PamMode::permissive})
            BOOST_TEST(remove_lines(enabled(file, mode), "sudo") == file);
}

BOOST_AUTO_TEST_CASE(edits_of_others_in_between_stay) {
    std::string text = enabled(kSudo);
    const std::string theirs = "session optional pam_lastlog.so # ours\n";
    text.insert(text.find("@include common-auth"), theirs);
    text += "# the end";
    std::string expected = kSudo;
    expected.insert(expected.find("@include common-auth"), theirs);
    BOOST_TEST(remove_lines(text, "sudo") == expected + "# the end");
}

BOOST_AUTO_TEST_CASE(only_the_lines_of_the_service_go) {
    const std::string text = enabled(kSudo);
    BOOST_TEST(remove_lines(text, "su") == text);
    BOOST_TEST(remove_lines("x # jitctl pam enable sudo, they say\n", "sudo") ==
               "x # jitctl pam enable sudo, they say\n");
}

BOOST_AUTO_TEST_CASE(a_continued_rule_is_not_torn) {
    const std::string text =
        enabled("session required \\\n  pam_limits.so \\\n\n# inside\n  conf=/x\n");
    BOOST_TEST(text ==
               "session requisite pam_jit.so # jitctl pam enable sudo\n"
               "session required \\\n  pam_limits.so \\\n\n# inside\n  conf=/x\n"
               "session required pam_jit.so scope # jitctl pam enable sudo\n"
               "account requisite pam_jit.so # jitctl pam enable sudo\n");
}

BOOST_AUTO_TEST_CASE(a_file_pam_does_not_read_is_refused) {
    const auto result = insert_lines("session required pam_limits.so \\\n",
                                     gate_lines("sudo", PamMode::enforce), kNone);
    BOOST_REQUIRE(!result);
    BOOST_TEST(result.error().code == "FIELD");
}

BOOST_AUTO_TEST_CASE(lines_written_by_hand_are_not_doubled) {
    const auto result = insert_lines("account required pam_jit.so\n" + kSudo,
                                     gate_lines("sudo", PamMode::enforce), kNone);
    BOOST_REQUIRE(!result);
    BOOST_TEST(result.error().text.find("account required pam_jit.so") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_line_that_may_skip_the_scope_line_is_refused) {
    for (const std::string control : {"sufficient", "[success=done default=ignore]"}) {
        const auto text = "session " + control + " pam_x.so\n";
        BOOST_TEST(!insert_lines(text, gate_lines("sudo", PamMode::enforce), kNone));
        BOOST_TEST(bool(insert_lines(text, gate_lines("sshd", PamMode::enforce), kNone)));
        BOOST_TEST(state(enabled("") + text) == PamState::out_of_order);
    }
}

BOOST_AUTO_TEST_CASE(a_stack_that_includes_a_sibling_is_not_gated_twice) {
    const std::vector<std::string> siblings = {"su"};
    BOOST_TEST(enabled(kSuLogin, PamMode::enforce, "su", siblings) == kSuLogin);
    const auto reading = read_state(kSuLogin, "su", siblings);
    BOOST_TEST(reading.by_sibling);
    BOOST_TEST(reading.state == PamState::off);
    const std::string half = "account include su\nsession required pam_unix.so\n";
    BOOST_TEST(enabled(half, PamMode::enforce, "su", siblings) ==
               "account include su\n"
               "session requisite pam_jit.so # jitctl pam enable su\n"
               "session required pam_unix.so\n"
               "session required pam_jit.so scope # jitctl pam enable su\n");
    BOOST_TEST(enabled("@include /etc/pam.d/su\n", PamMode::enforce, "su", siblings) ==
               "@include /etc/pam.d/su\n");
}

BOOST_AUTO_TEST_CASE(the_state_is_read_off_the_lines) {
    const std::string on = enabled(kSudo);
    BOOST_TEST(state(kSudo) == PamState::off);
    BOOST_TEST(state(on) == PamState::on);
    for (const char* line :
         {"account requisite", "session requisite", "session required pam_jit"}) {
        std::string text = on;
        const auto at = text.find(line);
        text.erase(at, text.find('\n', at) + 1 - at);
        BOOST_TEST(state(text) == PamState::partial, line);
    }
    std::string loose = on;
    loose.replace(loose.find("account requisite"), 17, "account optional ");
    BOOST_TEST(state(loose) == PamState::partial);
    BOOST_TEST(state(enabled(kSudo, PamMode::enforce, "su"), "sudo") == PamState::on);
}

BOOST_AUTO_TEST_CASE(lines_out_of_order_are_seen) {
    const std::string on = enabled(kSudo);
    BOOST_TEST(state("session required pam_x.so\n" + on) == PamState::out_of_order);
    BOOST_TEST(state("-account required pam_x.so\n" + on) == PamState::out_of_order);
    BOOST_TEST(state(on + "session required pam_x.so\n") == PamState::out_of_order);
    BOOST_TEST(state(on + "@include common-session\n") == PamState::out_of_order);
    BOOST_TEST(state(on + "session required pam_jit.so scope\n") == PamState::out_of_order);
    BOOST_TEST(state("auth required pam_x.so\n" + on + "# end\npassword required pam_x.so\n") ==
               PamState::on);
}

BOOST_AUTO_TEST_CASE(nest_lines_gate_nobody_and_go_with_sudo) {
    const auto text = insert_lines(kSudo, nest_lines(), kNone);
    BOOST_REQUIRE(text);
    const auto reading = read_state(*text, "su", kNone);
    BOOST_TEST(reading.nests);
    BOOST_TEST(reading.state == PamState::off);
    BOOST_TEST(text->find("account requisite") == std::string::npos);
    BOOST_TEST(
        text->ends_with("session optional pam_jit.so scope nest # jitctl pam enable sudo\n"));
    BOOST_TEST(remove_lines(*text, "sudo") == kSudo);
}

BOOST_AUTO_TEST_CASE(a_new_file_does_as_the_one_libpam_would_have_taken) {
    const std::string made = new_file("su", "other");
    BOOST_TEST(made.starts_with(
        "auth include other # jitctl pam enable su (new file)\naccount include other"));
    BOOST_TEST(is_new_file(enabled(made, PamMode::enforce, "su"), "su"));
    BOOST_TEST(!is_new_file(enabled(kSudo, PamMode::enforce, "su"), "su"));
    BOOST_TEST(state(enabled(made, PamMode::enforce, "su"), "su") == PamState::on);
    BOOST_TEST(remove_lines(enabled(made, PamMode::enforce, "su"), "su") == "");
}

BOOST_AUTO_TEST_SUITE_END()
