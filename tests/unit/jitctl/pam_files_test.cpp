// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE pam_files
#include "jitctl/pam_files.hpp"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <map>

#include "tests/support/temp_dir.hpp"

using namespace jit::ctl;
using jit::test::TempDir;

namespace {

namespace fs = std::filesystem;
using Files = std::map<std::string, std::string>;
using Strings = std::vector<std::string>;

const std::string kPlain =
    "session required pam_limits.so\n@include common-auth\n@include common-account\n@include "
    "common-session\n";
const std::string kSuLogin =
    "auth include su\naccount include su\npassword include su\nsession optional pam_keyinit.so "
    "force revoke\n"
    "session include su\n";

jit::core::Result<Strings> gate(const std::string& service, PamMode mode, const std::string& root) {
    const auto changes = plan_pam_enable(service, mode, root);
    return changes ? apply(*changes) : changes.failure();
}

jit::core::Result<Strings> ungate(const std::string& service, const std::string& root) {
    const auto changes = plan_pam_disable(service, root);
    return changes ? apply(*changes) : changes.failure();
}

struct Fixture {
    TempDir dir;
    const std::string root = dir.path();

    Fixture() {
        dir.write("usr/lib/x86_64-linux-gnu/security/pam_permit.so", "");
        dir.write("usr/lib/x86_64-linux-gnu/security/pam_jit.so", "");
        for (const char* name : {"sudo", "sudo-i", "su", "sshd"})
            dir.write("etc/pam.d/" + std::string(name), kPlain);
        dir.write("etc/pam.d/su-l", kSuLogin);
    }
    [[nodiscard]] Files files() const {
        Files out;
        for (const auto& entry : fs::directory_iterator(dir.path("etc/pam.d")))
            out[entry.path().filename()] =
                dir.read("etc/pam.d/" + entry.path().filename().string());
        return out;
    }
    std::string state(const std::string& file) const {
        const auto all = pam_status({}, root);
        BOOST_REQUIRE(all);
        for (const auto& status : *all)
            if (fs::path(status.file).filename() == file) return status.state;
        return "none";
    }
    void enable(const std::string& service, PamMode mode = PamMode::enforce) const {
        const auto result = gate(service, mode, root);
        BOOST_REQUIRE_MESSAGE(result, (result ? "" : result.error().text));
    }
    void disable(const std::string& service) const { BOOST_REQUIRE(ungate(service, root)); }
    [[nodiscard]] std::string text(const std::string& file) const {
        return dir.read("etc/pam.d/" + file);
    }
};

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(PamFiles, Fixture)

BOOST_AUTO_TEST_CASE(enable_gates_the_files_of_the_service_and_disable_gives_them_back) {
    const Files before = files();
    for (const std::string service : {"sudo", "su", "sshd"}) {
        for (const auto mode : {PamMode::enforce, PamMode::permissive}) {
            enable(service, mode);
            BOOST_TEST(state(service) == (mode == PamMode::enforce ? "on" : "permissive"));
            disable(service);
            BOOST_TEST((files() == before), service);
            BOOST_TEST(state(service) == "off");
        }
    }
}

BOOST_AUTO_TEST_CASE(enable_twice_changes_nothing_and_may_change_the_mode) {
    enable("sudo");
    const Files once = files();
    const auto again = gate("sudo", PamMode::enforce, root);
    BOOST_REQUIRE(again);
    BOOST_TEST(again->empty());
    BOOST_TEST((files() == once));
    enable("sudo", PamMode::permissive);
    BOOST_TEST(state("sudo-i") == "permissive");
    enable("sudo");
    BOOST_TEST((files() == once));
}

BOOST_AUTO_TEST_CASE(the_changed_files_are_named) {
    const auto changed = gate("sudo", PamMode::enforce, root);
    BOOST_REQUIRE(changed);
    BOOST_TEST((*changed == Strings{dir.path("etc/pam.d/sudo"), dir.path("etc/pam.d/sudo-i"),
                                    dir.path("etc/pam.d/su")}));
}

BOOST_AUTO_TEST_CASE(a_login_shell_of_su_is_gated_once_by_the_file_it_includes) {
    enable("su");
    BOOST_TEST(text("su-l") == kSuLogin);
    BOOST_TEST(state("su-l") == "on");
    enable("su", PamMode::permissive);
    BOOST_TEST(state("su-l") == "permissive");
}

BOOST_AUTO_TEST_CASE(sudo_brings_nest_lines_to_an_ungated_su_only) {
    const Files before = files();
    enable("sudo");
    BOOST_TEST(has(text("su"), "session optional pam_jit.so nest # jitctl pam enable sudo\n"));
    BOOST_TEST(text("su-l") == kSuLogin);
    BOOST_TEST(state("su") == "off");
    const Files with_nest = files();
    enable("su");
    BOOST_TEST(!has(text("su"), "nest"));
    BOOST_TEST(state("su") == "on");
    enable("sudo");
    BOOST_TEST(!has(text("su"), "nest"));
    disable("su");
    BOOST_TEST((files() == with_nest));
    enable("su");
    disable("sudo");
    BOOST_TEST(state("su") == "on");
    disable("su");
    BOOST_TEST((files() == before));
}

BOOST_AUTO_TEST_CASE(a_service_without_a_file_gets_one_that_does_as_libpam_did) {
    fs::remove(dir.path("etc/pam.d/su-l"));
    fs::remove(dir.path("etc/pam.d/sudo-i"));
    dir.write("usr/lib/pam.d/sudo-i", kPlain);
    const Files before = files();
    enable("su");
    BOOST_TEST(has(text("su-l"), "account include other # jitctl pam enable su (new file)\n"));
    BOOST_TEST(state("su-l") == "on");
    enable("sudo");
    BOOST_TEST(has(text("sudo-i"),
                   "session include /usr/lib/pam.d/sudo-i # jitctl pam enable sudo (new file)\n"));
    struct stat st {};
    BOOST_TEST(::stat(dir.path("etc/pam.d/su-l").c_str(), &st) == 0);
    BOOST_TEST((st.st_mode & 07777) == 0644U);
    disable("sudo");
    disable("su");
    BOOST_TEST((files() == before));
}

BOOST_AUTO_TEST_CASE(a_missing_su_l_that_sudo_made_is_taken_over_by_su_and_goes_in_the_end) {
    fs::remove(dir.path("etc/pam.d/su-l"));
    const Files before = files();
    enable("sudo");
    BOOST_TEST(has(text("su-l"), "(new file)"));
    enable("su");
    disable("sudo");
    BOOST_TEST(state("su-l") == "on");
    disable("su");
    BOOST_TEST((files() == before));
}

BOOST_AUTO_TEST_CASE(without_the_module_enable_refuses) {
    fs::remove(dir.path("usr/lib/x86_64-linux-gnu/security/pam_jit.so"));
    const Files before = files();
    const auto result = gate("sudo", PamMode::enforce, root);
    BOOST_REQUIRE(!result);
    BOOST_TEST(result.error().code == "MISSING");
    BOOST_TEST(has(result.error().text, "install libpam-jit"));
    BOOST_TEST((files() == before));
    // Where libpam does not look does not count.
    dir.write("usr/lib/security/pam_jit.so", "");
    BOOST_TEST(!gate("sudo", PamMode::enforce, root));
}

BOOST_AUTO_TEST_CASE(unknown_services_and_missing_programs_are_refused) {
    BOOST_TEST(gate("cron", PamMode::enforce, root).error().code == "USAGE");
    BOOST_TEST(ungate("", root).error().code == "USAGE");
    BOOST_TEST(pam_status("cron", root).error().code == "USAGE");
    fs::remove(dir.path("etc/pam.d/sshd"));
    BOOST_TEST(gate("sshd", PamMode::enforce, root).error().code == "MISSING");
    BOOST_TEST(bool(ungate("sshd", root)));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_gated_leaves_all_files_alone) {
    dir.write("etc/pam.d/sudo-i", "session sufficient pam_x.so\n");
    const Files before = files();
    const auto result = gate("sudo", PamMode::enforce, root);
    BOOST_REQUIRE(!result);
    BOOST_TEST(has(result.error().text, "etc/pam.d/sudo-i: \"session sufficient pam_x.so\""));
    BOOST_TEST((files() == before));
}

BOOST_AUTO_TEST_CASE(mode_owner_and_attributes_are_kept) {
    const std::string path = dir.path("etc/pam.d/sshd");
    ::chmod(path.c_str(), 0640);
    const bool attributes = ::setxattr(path.c_str(), "user.note", "x", 1, 0) == 0;
    if (::geteuid() == 0) BOOST_REQUIRE(::chown(path.c_str(), 0, 4) == 0);
    enable("sshd");
    struct stat st {};
    BOOST_TEST(::stat(path.c_str(), &st) == 0);
    BOOST_TEST((st.st_mode & 07777) == 0640U);
    if (::geteuid() == 0) BOOST_TEST(st.st_gid == 4U);
    char value = 0;
    if (attributes) BOOST_TEST(::getxattr(path.c_str(), "user.note", &value, 1) == 1);
    for (const auto& [name, text] : files()) BOOST_TEST(!name.starts_with('.'));
}

BOOST_AUTO_TEST_CASE(a_link_stays_a_link) {
    dir.write("etc/authselect/sudo", kPlain);
    fs::remove(dir.path("etc/pam.d/sudo"));
    fs::create_symlink("../authselect/sudo", dir.path("etc/pam.d/sudo"));
    enable("sudo");
    BOOST_TEST(fs::is_symlink(dir.path("etc/pam.d/sudo")));
    BOOST_TEST(has(dir.read("etc/authselect/sudo"), "pam_jit.so"));
    disable("sudo");
    BOOST_TEST(dir.read("etc/authselect/sudo") == kPlain);
    fs::remove(dir.path("etc/pam.d/sudo"));
    fs::create_directory(dir.path("etc/pam.d/sudo"));
    BOOST_TEST(!gate("sudo", PamMode::enforce, root));
}

BOOST_AUTO_TEST_CASE(lines_moved_by_hand_are_seen) {
    enable("sudo");
    dir.write("etc/pam.d/sudo", "session required pam_x.so\n" + text("sudo"));
    BOOST_TEST(state("sudo") == "out of order");
    BOOST_TEST(state("sudo-i") == "on");
}

BOOST_AUTO_TEST_CASE(the_package_script_undoes_everything_without_jitctl) {
    fs::remove(dir.path("etc/pam.d/su-l"));
    dir.write("etc/pam.d/sshd", "@include common-session");  // no newline at the end
    dir.write("etc/pam.d/sudo", "");
    dir.write("etc/pam.d/other", "auth required pam_deny.so # jitctl pam enable sudo, says bob\n");
    dir.write("etc/authselect/sudo-i", kPlain);
    fs::remove(dir.path("etc/pam.d/sudo-i"));
    fs::create_symlink("../authselect/sudo-i", dir.path("etc/pam.d/sudo-i"));
    const Files before = files();
    for (const char* service : {"sudo", "su", "sshd"}) enable(service, PamMode::permissive);
    BOOST_REQUIRE((files() != before));
    BOOST_TEST(::system((std::string(JIT_PAM_LINES) + " disable " + root).c_str()) == 0);
    BOOST_TEST((files() == before));
    BOOST_TEST(fs::is_symlink(dir.path("etc/pam.d/sudo-i")));
}

BOOST_AUTO_TEST_SUITE_END()
