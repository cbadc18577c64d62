// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE config_files
#include "jitd/config_files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "tests/support/temp_dir.hpp"

using namespace jit::core;
using namespace jit::daemon;
using namespace jit::test;
using namespace std::chrono_literals;

namespace {

const std::string kRoot = "[role.root]\nrun_as = [\"root\"]\nservices = [\"sudo\"]\nmax_duration = \"8h\"\n";
const std::string kDba = "[role.dba]\nrun_as = [\"postgres\"]\nservices = [\"sudo\"]\nmax_duration = \"1h\"\n";

struct Etc {
    TempDir dir;
    Environment environment;
    std::shared_ptr<const Config> last;
    std::vector<std::string> problems;

    Etc() {
        environment.config_dir = dir.path("etc");
        environment.vendor_dir = dir.path("vendor");
        environment.root_uid = ::getuid();
        vendor("policy.toml", kRoot);
    }
    void etc(const std::string& name, const std::string& text) { put("etc/" + name, text); }
    void vendor(const std::string& name, const std::string& text) { put("vendor/" + name, text); }
    const Config& read() {
        auto reading = read_config(environment, last);
        last = reading.config;
        problems = reading.problems;
        return *last;
    }

  private:
    void put(const std::string& name, const std::string& text) {
        const auto path = dir.write(name, text);
        BOOST_REQUIRE(::chmod(path.c_str(), 0644) == 0);
    }
};

bool tells(const Etc& etc, const std::string& part) {
    return etc.problems.size() == 1 && etc.problems[0].find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ConfigFiles)

BOOST_AUTO_TEST_CASE(an_empty_etc_serves_the_vendors_policy_and_no_host_or_trust) {
    Etc etc;
    const auto& config = etc.read();
    BOOST_TEST(etc.problems.empty());
    BOOST_TEST(config.policy.role("root") != nullptr);
    BOOST_TEST(!config.policy_broken);
    BOOST_TEST(config.host.name.empty());
    BOOST_TEST(config.trust.keys.empty());
}

BOOST_AUTO_TEST_CASE(an_own_policy_replaces_the_vendors_whole) {
    Etc etc;
    etc.etc("policy.toml", kDba);
    const auto& config = etc.read();
    BOOST_TEST(config.policy.role("dba") != nullptr);
    BOOST_TEST(config.policy.role("root") == nullptr);
}

BOOST_AUTO_TEST_CASE(settings_are_layered_vendor_etc_drop_ins_by_name) {
    Etc etc;
    etc.vendor("jitd.toml", "grace = \"1s\"\nrequest_ttl = \"1h\"\npending_total = 1\n");
    etc.etc("jitd.toml", "grace = \"2s\"\nrequest_ttl = \"2h\"\n");
    etc.etc("jitd.toml.d/20-b.toml", "grace = \"4s\"\n");
    etc.etc("jitd.toml.d/10-a.toml", "grace = \"3s\"\n");
    etc.etc("jitd.toml.d/30-c.conf", "grace = \"5s\"\n");
    etc.etc("jitd.toml.d/.40-d.toml", "grace = \"6s\"\n");
    const auto& settings = etc.read().settings;
    BOOST_TEST((settings.grace == 4s));
    BOOST_TEST((settings.request_ttl == 2h));
    BOOST_TEST(settings.pending_total == 1);
}

BOOST_AUTO_TEST_CASE(a_wrong_setting_is_told_with_its_place_and_the_last_reading_serves) {
    Etc etc;
    etc.etc("jitd.toml", "exempt = [\"bob\"]\ngrace = \"2s\"\n");
    (void)etc.read();
    etc.etc("jitd.toml", "exempt = []\ngrase = \"3s\"\n");
    const auto& settings = etc.read().settings;
    BOOST_TEST(tells(etc, "jitd.toml:2:1"));
    BOOST_TEST((settings.grace == 2s));
    BOOST_TEST(settings.exempt == std::vector<std::string>{"bob"});
}

BOOST_AUTO_TEST_CASE(a_wrong_drop_in_undoes_the_layers_before_it) {
    Etc etc;
    etc.etc("jitd.toml", "exempt = [\"bob\"]\n");
    etc.etc("jitd.toml.d/10.toml", "exempt = 7\n");
    BOOST_TEST(etc.read().settings.exempt.empty());
    BOOST_TEST(etc.problems.size() == 1);
}

BOOST_AUTO_TEST_CASE(drop_ins_that_can_not_be_listed_are_an_error_and_the_last_reading_serves) {
    Etc etc;
    etc.etc("jitd.toml.d/10.toml", "exempt = [\"bob\"]\n");
    (void)etc.read();
    std::filesystem::remove_all(etc.dir.path("etc/jitd.toml.d"));
    etc.etc("jitd.toml.d", "");  // nor is this a folder; one of mode 0700 root could read
    BOOST_TEST(etc.read().settings.exempt == std::vector<std::string>{"bob"});
    BOOST_TEST(tells(etc, "jitd.toml.d: can't be read: Not a directory"));
}

BOOST_AUTO_TEST_CASE(a_wrong_host_trust_or_policy_keeps_its_last_reading) {
    Etc etc;
    etc.etc("host.toml", "name = \"db-01\"\n");
    etc.etc("trust.toml", "format = 1\norg = \"example\"\n");
    etc.etc("policy.toml", kRoot + kDba);
    (void)etc.read();
    BOOST_TEST(etc.problems.empty());
    etc.etc("host.toml", "name = 1\n");
    etc.etc("trust.toml", "format = 2\n");
    etc.etc("policy.toml", "[role.root]\nbogus = 1\n");
    const auto& config = etc.read();
    BOOST_TEST(etc.problems.size() == 3);
    BOOST_TEST(config.host.name == "db-01");
    BOOST_TEST(config.trust.org == "example");
    BOOST_TEST(config.policy.role("dba") != nullptr);
    BOOST_TEST(!config.policy_broken);
}

BOOST_AUTO_TEST_CASE(a_policy_that_was_never_good_is_broken_and_the_vendors_does_not_stand_in) {
    Etc etc;
    etc.etc("policy.toml", "[role.root\n");
    BOOST_TEST(etc.read().policy_broken);
    BOOST_TEST(etc.last->policy.roles.empty());
    BOOST_TEST(etc.read().policy_broken);
    etc.etc("policy.toml", kDba);
    BOOST_TEST(!etc.read().policy_broken);
    BOOST_TEST(etc.last->policy.role("dba") != nullptr);
}

BOOST_AUTO_TEST_CASE(a_loose_mode_or_another_owner_is_no_configuration) {
    Etc etc;
    etc.etc("jitd.toml", "exempt = [\"bob\"]\n");
    BOOST_REQUIRE(::chmod(etc.dir.path("etc/jitd.toml").c_str(), 0664) == 0);
    BOOST_TEST(etc.read().settings.exempt.empty());
    BOOST_TEST(tells(etc, "[MODE]"));
    ++etc.environment.root_uid;
    BOOST_TEST(etc.read().settings.exempt.empty());
    BOOST_TEST(etc.problems.size() == 2);
    BOOST_TEST(!etc.last->policy_broken);  // what was good before still serves
    etc.last.reset();
    BOOST_TEST(etc.read().policy_broken);
}

BOOST_AUTO_TEST_CASE(a_removed_file_is_gone_and_no_problem) {
    Etc etc;
    etc.etc("host.toml", "name = \"db-01\"\n");
    etc.etc("policy.toml", kDba);
    (void)etc.read();
    BOOST_REQUIRE(::unlink(etc.dir.path("etc/host.toml").c_str()) == 0);
    BOOST_REQUIRE(::unlink(etc.dir.path("etc/policy.toml").c_str()) == 0);
    const auto& config = etc.read();
    BOOST_TEST(etc.problems.empty());
    BOOST_TEST(config.host.name.empty());
    BOOST_TEST(config.policy.role("dba") == nullptr);
    BOOST_TEST(config.policy.role("root") != nullptr);
}

BOOST_AUTO_TEST_CASE(no_policy_at_all_has_no_roles) {
    Etc etc;
    BOOST_REQUIRE(::unlink(etc.dir.path("vendor/policy.toml").c_str()) == 0);
    BOOST_TEST(etc.read().policy.roles.empty());
}

BOOST_AUTO_TEST_CASE(an_oversized_file_is_refused) {
    Etc etc;
    etc.etc("host.toml", "#" + std::string(1U << 20, 'x'));
    (void)etc.read();
    BOOST_TEST(tells(etc, "[TOO_BIG]"));
}

BOOST_AUTO_TEST_CASE(a_whole_small_file_is_read) {
    const TempDir dir;
    const auto path = dir.write("f", std::string("a\0b", 3));
    BOOST_REQUIRE(::chmod(path.c_str(), 0644) == 0);
    const auto text = read_owned(path, ::getuid(), 3);
    BOOST_REQUIRE(text.has_value());
    BOOST_TEST((*text == std::string("a\0b", 3)));
    BOOST_TEST(read_owned(path, ::getuid(), 2).error().code == "TOO_BIG");
    BOOST_TEST(read_owned(dir.path("none"), ::getuid(), 2).error().code == "MISSING");
}

BOOST_AUTO_TEST_SUITE_END()
