// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE pam_lines
#include <boost/test/unit_test.hpp>

#include "jitctl/pam_rollout.hpp"
#include "tests/support/pam_host.hpp"

using namespace jit::ctl;
using jit::test::PamTree;

namespace {

namespace fs = std::filesystem;

struct Fixture : PamTree {
    PamHost host{root, {}, {}};

    void enable(const std::string& service, PamMode mode = PamMode::enforce) const {
        const auto outcome = pam_enable(host, service, mode, {});
        BOOST_REQUIRE_MESSAGE(outcome, (outcome ? "" : outcome.error().text));
    }
};

const std::vector<std::string> kNewFiles = {
    "#%PAM-1.0\n# A header.\n\nauth required pam_unix.so\naccount required pam_unix.so\nsession "
    "required pam_limits.so\n",
    "@include common-account\n@include common-session",  // no newline at the end
    "# nothing but a comment",
    "",
    "session required \\\n  pam_limits.so \\\n# inside\n  conf=/x\naccount required pam_unix.so\n",
    "-session optional pam_systemd.so\r\nACCOUNT required pam_unix.so\r\n\n\n   "};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(PamLines, Fixture)

BOOST_AUTO_TEST_CASE(restore_gates_a_replaced_file_as_enable_would) {
    for (const auto mode : {PamMode::enforce, PamMode::permissive}) {
        for (const std::string service : {"sudo", "su", "sshd"}) {
            const std::string state = mode == PamMode::enforce ? "on" : "permissive";
            for (const auto& replaced : kNewFiles) {
                const auto before = files();
                enable(service, mode);
                dir.write("etc/pam.d/" + service, replaced);
                BOOST_TEST(lines("restore") == 0);
                const auto wanted = service == "sshd" ? state + " " : state + " " + state + " ";
                BOOST_TEST(states(service) == wanted, service << ": " << text(service));
                const auto once = files();
                BOOST_TEST(lines("restore") == 0);
                BOOST_TEST((files() == once));
                BOOST_REQUIRE(pam_disable(host, service));
                BOOST_TEST(text(service) == replaced);
                dir.write("etc/pam.d/" + service, before.at(service));
                BOOST_TEST((files() == before));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(restore_brings_back_the_nest_lines_of_su) {
    const std::string plain = text("su");
    enable("sudo");
    const auto before = files();
    dir.write("etc/pam.d/su", "# new\n" + plain);
    BOOST_TEST(lines("restore") == 0);
    BOOST_TEST(text("su").find("session optional pam_jit.so nest # jitctl pam enable sudo\n") !=
               std::string::npos);
    BOOST_TEST(
        text("su").ends_with("session optional pam_jit.so scope nest # jitctl pam enable sudo\n"));
    BOOST_TEST(text("su-l") == before.at("su-l"));
    enable("su");
    dir.write("etc/pam.d/su", plain);
    BOOST_TEST(lines("restore") == 0);
    BOOST_TEST(text("su").find("nest") == std::string::npos);
    BOOST_TEST(states() == "on on on on off ");
}

BOOST_AUTO_TEST_CASE(restore_makes_a_file_that_went_away_anew) {
    enable("su");
    fs::remove(dir.path("etc/pam.d/su-l"));
    BOOST_TEST(lines("restore") == 0);
    BOOST_TEST(text("su-l").find("account include other # jitctl pam enable su (new file)\n") !=
               std::string::npos);
    BOOST_TEST(states() == "off off on on off ");
    BOOST_REQUIRE(pam_disable(host, "su"));
    BOOST_TEST(!fs::exists(dir.path("etc/pam.d/su-l")));
}

BOOST_AUTO_TEST_CASE(restore_gates_nothing_that_is_not_enabled_or_not_there) {
    const auto before = files();
    enable("sudo");
    BOOST_REQUIRE(pam_disable(host, "sudo"));
    BOOST_TEST(lines("restore") == 0);
    BOOST_TEST((files() == before));
    enable("sshd");
    fs::remove(dir.path("etc/pam.d/sshd"));  // the package is purged
    BOOST_TEST(lines("restore") == 0);
    BOOST_TEST(!fs::exists(dir.path("etc/pam.d/sshd")));
    dir.write("etc/pam.d/sshd", before.at("sshd"));
    fs::remove(dir.path("usr/lib/x86_64-linux-gnu/security/pam_jit.so"));
    BOOST_TEST(lines("restore") == 0);
    BOOST_TEST((files() == before));
}

BOOST_AUTO_TEST_CASE(restore_gates_a_su_that_came_back_with_the_lines_of_sudo) {
    enable("sudo");
    const std::string nested = text("su");
    enable("su");
    dir.write("etc/pam.d/su", nested);
    BOOST_TEST(lines("restore") == 0);
    BOOST_TEST(text("su").find("nest") == std::string::npos);
    BOOST_TEST(states() == "on on on on off ");
}

BOOST_AUTO_TEST_CASE(restore_leaves_lines_written_by_hand_alone) {
    enable("sudo");
    const std::string own = "account required pam_jit.so # mine\n";
    dir.write("etc/pam.d/sudo", own);
    BOOST_TEST(lines("restore") == 0);
    BOOST_TEST(text("sudo") == own);
}

BOOST_AUTO_TEST_CASE(disable_leaves_no_marked_line_in_copies_either) {
    const auto before = files();
    for (const char* service : {"sudo", "su", "sshd"}) enable(service);
    dir.write("etc/pam.d/sudo.dpkg-old", text("sudo"));
    dir.write("etc/pam.d/.sudo.jit-a1B2c3", text("sudo"));  // of an edit that was cut off
    BOOST_TEST(lines("disable") == 0);
    auto after = files();
    BOOST_TEST(after["sudo.dpkg-old"] == before.at("sudo"));
    after.erase("sudo.dpkg-old");
    BOOST_TEST((after == before));
    BOOST_TEST(fs::is_empty(dir.path("var/lib/jit-pam")));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_changed_is_said_and_the_others_are_done) {
    for (const char* service : {"sudo", "sshd"}) enable(service);
    const std::string held = text("sudo");
    const std::string file = dir.path("etc/pam.d/sudo");
    // A mount point can't be renamed over, as little as an immutable file.
    if (jit::test::run({"/bin/mount", "--bind", file, file}) != 0) {
        BOOST_TEST_MESSAGE("may not mount here: left to the machine test");
        return;
    }
    BOOST_TEST(lines("disable") != 0);
    BOOST_TEST(text("sudo") == held);
    BOOST_TEST(text("sshd").find("pam_jit") == std::string::npos);
    BOOST_TEST(remembers("enabled-sudo"));
    BOOST_REQUIRE(jit::test::run({"/bin/umount", file}) == 0);
    BOOST_TEST(lines("disable") == 0);
    BOOST_TEST(text("sudo").find("pam_jit") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
