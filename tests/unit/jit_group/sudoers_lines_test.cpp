// SPDX-License-Identifier: Apache-2.0
// sudoers-lines.sh, on files of a folder and with this host's visudo.
#define BOOST_TEST_MODULE sudoers_lines
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "tests/support/temp_dir.hpp"

using namespace jit::test;

namespace {

namespace fs = std::filesystem;

const std::string kNote = "# jitd was removed: ";

struct Fixture {
    TempDir dir;
    std::string path = "/usr/sbin:/usr/bin:/sbin:/bin";

    Fixture() { dir.write("etc/sudoers", "Defaults env_reset\n@includedir /etc/sudoers.d\n"); }

    void put(const std::string& name, const std::string& text) const {
        const auto file = dir.write("etc/sudoers.d/" + name, text);
        BOOST_REQUIRE(::chmod(file.c_str(), 0440) == 0);
    }
    [[nodiscard]] std::string text(const std::string& name) const {
        return dir.read("etc/sudoers.d/" + name);
    }
    /** Its exit code; what it said is in the file `said`. */
    [[nodiscard]] int disable() const {
        return run({"/bin/sh", "-c", "PATH=$1 exec sh \"$2\" disable \"$3\" 2>\"$3/said\"", "sh",
                    path, JIT_SUDOERS_LINES, dir.path()});
    }
    [[nodiscard]] std::string said() const { return dir.read("said"); }
    [[nodiscard]] std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(dir.path("etc/sudoers.d")), {}));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(SudoersLines, Fixture)

BOOST_AUTO_TEST_CASE(the_line_is_commented_out_and_everything_else_stays) {
    const std::string head = "# ours\n",
                      tail = "Defaults !mail_no_user\n\n%:root ALL=(ALL:ALL) ALL\n";
    for (const std::string line :
         {"Defaults group_plugin=\"jit_group.so\"", "Defaults group_plugin=jit_group.so",
          "Defaults\tgroup_plugin = jit_group.so  # mine",
          "  Defaults   group_plugin=\"jit_group.so\"  ",
          "Defaults group_plugin=/usr/libexec/sudo/jit_group.so",
          "Defaults@db-01 group_plugin=\"/usr/libexec/sudo/jit_group.so -x\""}) {
        put("00-jit", head + line + "\n" + tail);
        BOOST_TEST(disable() == 0);
        BOOST_TEST(text("00-jit") == head + kNote + line + "\n" + tail);
        BOOST_TEST(
            said().ends_with("/etc/sudoers.d/00-jit: group_plugin is commented out: its plugin "
                             "goes with the package "
                             "jitd\n"));
        BOOST_TEST(disable() == 0);
        BOOST_TEST(text("00-jit") == head + kNote + line + "\n" + tail);
        BOOST_TEST(said() == "");
        BOOST_TEST(files() == 1U);
    }
}

BOOST_AUTO_TEST_CASE(the_example_is_undone_and_still_read_by_sudo) {
    std::ifstream shipped(JIT_DATA_DIR "/examples/00-jit");
    const std::string example{std::istreambuf_iterator<char>(shipped), {}};
    BOOST_REQUIRE(example.find("\nDefaults group_plugin=\"jit_group.so\"\n") != std::string::npos);
    BOOST_REQUIRE(example.find("\nDefaults !mail_no_user\n") != std::string::npos);
    BOOST_REQUIRE(example.find("\n%:root ALL=(ALL:ALL) ALL\n") != std::string::npos);
    put("00-jit", example);
    const std::string file = dir.path("etc/sudoers.d/00-jit");
    if (::access("/usr/sbin/visudo", X_OK) == 0)
        BOOST_TEST(run({"/usr/sbin/visudo", "-cqf", file}) == 0);
    BOOST_TEST(disable() == 0);
    std::string wanted = example;
    wanted.insert(wanted.find("Defaults group_plugin"), kNote);
    BOOST_TEST(text("00-jit") == wanted);
}

BOOST_AUTO_TEST_CASE(other_lines_and_files_that_sudo_does_not_read_are_left_alone) {
    const std::map<std::string, std::string> all = {
        {"a", "Defaults group_plugin=\"group_file.so /etc/group\"\n"},
        {"b", "# Defaults group_plugin=\"jit_group.so\"\n"},
        {"c", "Defaults group_plugin=\"not_jit_group.so\"\n"},
        {"d", "%:root ALL=(ALL:ALL) ALL\nalice ALL=(ALL) /usr/bin/jit_group.so\n"},
        {"e.bak", "Defaults group_plugin=\"jit_group.so\"\n"},
        {"f~", "Defaults group_plugin=\"jit_group.so\"\n"}};
    for (const auto& [name, content] : all) put(name, content);
    BOOST_TEST(disable() == 0);
    BOOST_TEST(said() == "");
    for (const auto& [name, content] : all) BOOST_TEST(text(name) == content, name);
}

BOOST_AUTO_TEST_CASE(what_is_not_alone_on_its_line_is_named_and_stays) {
    const std::string both = "\nDefaults env_reset, group_plugin=\"jit_group.so\"\n";
    const std::string broken_up = "Defaults group_plugin=\"jit_group.so\", \\\n  env_reset\n";
    put("a", both);
    put("b", broken_up);
    dir.write("etc/sudoers", "Defaults group_plugin=\"jit_group.so\"\n");
    BOOST_TEST(disable() == 1);
    BOOST_TEST(text("a") == both);
    BOOST_TEST(text("b") == broken_up);
    BOOST_TEST(dir.read("etc/sudoers") == "Defaults group_plugin=\"jit_group.so\"\n");
    for (const char* place : {"/etc/sudoers.d/a:2: ", "/etc/sudoers.d/b:1: ", "/etc/sudoers:1: "})
        BOOST_TEST(
            said().find(std::string(place) + "take group_plugin out by hand") != std::string::npos,
            place);
}

BOOST_AUTO_TEST_CASE(mode_owner_and_a_link_are_kept) {
    put("real", "Defaults group_plugin=\"jit_group.so\"\n");
    const std::string real = dir.path("etc/sudoers.d/real");
    fs::rename(real, dir.path("elsewhere"));
    fs::create_symlink(dir.path("elsewhere"), real);
    if (::geteuid() == 0) BOOST_REQUIRE(::chown(dir.path("elsewhere").c_str(), 0, 33) == 0);
    BOOST_TEST(disable() == 0);
    BOOST_TEST(fs::is_symlink(real));
    struct stat st {};
    BOOST_REQUIRE(::lstat(dir.path("elsewhere").c_str(), &st) == 0);
    BOOST_TEST((st.st_mode & 07777) == 0440U);
    if (::geteuid() == 0) BOOST_TEST(st.st_gid == 33U);
    BOOST_TEST(text("real").starts_with(kNote));
}

BOOST_AUTO_TEST_CASE(a_file_that_visudo_would_not_take_stays_and_is_named) {
    const std::string content = "Defaults group_plugin=\"jit_group.so\"\n";
    put("00-jit", content);
    const auto visudo = dir.write("bin/visudo", "#!/bin/sh\nexit 1\n");
    BOOST_REQUIRE(::chmod(visudo.c_str(), 0755) == 0);
    path = dir.path("bin") + ":" + path;
    BOOST_TEST(disable() == 1);
    BOOST_TEST(text("00-jit") == content);
    BOOST_TEST(files() == 1U);
    BOOST_TEST(said().find("/etc/sudoers.d/00-jit:1: take group_plugin out by hand") !=
               std::string::npos);
    BOOST_TEST(said().find("commented out") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_sudoers_there_is_nothing_to_do) {
    fs::remove_all(dir.path("etc"));
    BOOST_TEST(disable() == 0);
    BOOST_TEST(said() == "");
    BOOST_TEST(run({"/bin/sh", JIT_SUDOERS_LINES, "other", dir.path()}) == 2);
}

BOOST_AUTO_TEST_SUITE_END()
