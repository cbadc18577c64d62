// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE doctor_recordings
#include "jitctl/doctor/recordings.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/jitctl/doctor/ids.hpp"

using namespace jit::ctl::doctor;
using namespace jit::test;

namespace {

constexpr gid_t kJitd = 996;

/** A host where all is as the example has it. */
struct Recorded {
    Recordings recordings{"/var/log/jit-io", FileStat{0, kJitd, 040750}, kJitd, "/usr/bin/sudoreplay", true};
    Sudoers sudoers;
    Config config;
    Findings out;

    Recorded() {
        sudoers.known = true;
        sudoers.group_plugin_path = "/usr/libexec/sudo/jit_group.so";
        for (const auto& [name, value] : std::initializer_list<std::pair<const char*, const char*>>{
                 {"log_ttyout", "true"}, {"log_subcmds", "true"}, {"intercept_verify", "false"}, {"iolog_dir", "/var/log/jit-io"},
                 {"iolog_flush", "true"}, {"ignore_iolog_errors", "false"}})
            set(name, value, {"%:RECORDED"});
        policy("record = true");
    }
    void set(const std::string& name, const std::string& value, std::vector<std::string> bound = {}) {
        sudoers.options.push_back({name, value, std::move(bound)});
    }
    void unset(const std::string& name) { std::erase_if(sudoers.options, [&](const auto& option) { return option.name == name; }); }
    void policy(const std::string& more, const std::string& services = "\"sudo\"") {
        config.policy = *jit::core::parse_policy("[role.dba]\nrun_as = [\"postgres\"]\nservices = [" + services +
                                                 "]\nmax_duration = \"1h\"\n" + more + "\n", "policy.toml");
    }
    Ids ids() {
        out = {};
        judge(out, recordings, sudoers, config);
        return jit::test::ids(out);
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(with_the_lines_of_the_example_there_is_nothing_to_say) { BOOST_TEST(Recorded().ids() == Ids{}); }

BOOST_AUTO_TEST_CASE(without_a_recorded_role_for_sudo_nothing_matters) {
    Recorded host;
    host.sudoers.options.clear();
    host.recordings = {};
    host.policy("");
    BOOST_TEST(host.ids() == Ids{});
    host.policy("record = true", "\"su\"");
    BOOST_TEST(host.ids() == Ids{});
    host.config.policy.reset();
    BOOST_TEST(host.ids() == Ids{});
}

BOOST_AUTO_TEST_CASE(without_the_lines_a_recorded_role_is_refused) {
    for (const char* name : {"log_ttyout", "iolog_dir"}) {
        Recorded host;
        host.unset(name);
        BOOST_TEST(host.ids() == (Ids{"problem recorded-role-refused"}));
        BOOST_TEST(text_of(host.out, "recorded-role-refused").starts_with(std::string(name) + " is not set for %:RECORDED: "));
        BOOST_TEST(text_of(host.out, "recorded-role-refused").ends_with(": dba"));
        host.set(name, std::string(name) == "iolog_dir" ? "/var/log/jit-io" : "true");  // for everybody
        BOOST_TEST(host.ids() == Ids{});
    }
}

BOOST_AUTO_TEST_CASE(a_later_line_for_everybody_takes_it_back) {
    Recorded host;
    host.sudoers.files = {{"/etc/sudoers.d/50-x", "# x\nDefaults iolog_dir=/var/log/sudo-io\n"}};
    host.set("iolog_dir", "/var/log/sudo-io");
    BOOST_TEST(host.ids() == (Ids{"problem recorded-role-refused"}));
    BOOST_TEST(text_of(host.out, "recorded-role-refused").starts_with("/etc/sudoers.d/50-x:2: iolog_dir is /var/log/sudo-io: "));
    Recorded other;
    other.set("log_output", "false", {"bob"});
    BOOST_TEST(other.ids() == Ids{});
    other.set("log_output", "false");
    BOOST_TEST(other.ids() == (Ids{"problem recorded-role-refused"}));
}

BOOST_AUTO_TEST_CASE(what_makes_sudo_lose_the_end_of_pipes_is_a_note) {
    for (const char* name : {"log_output", "log_stdout"}) {
        Recorded host;
        host.set(name, "true", {"%:RECORDED"});
        BOOST_TEST(host.ids() == (Ids{"note recording-pipes"}));
        host.set(name, "false");
        host.set("log_ttyout", "true");
        BOOST_TEST(host.ids() == Ids{});
    }
}

BOOST_AUTO_TEST_CASE(without_the_plugin_nobody_is_recorded) {
    Recorded host;
    host.sudoers.group_plugin_path.clear();
    BOOST_TEST(host.ids().front() == "problem recorded-role-refused");
}

BOOST_AUTO_TEST_CASE(what_makes_recordings_worse_is_a_warning) {
    for (const char* name : {"log_subcmds", "intercept_verify", "iolog_flush"}) {
        Recorded host;
        host.unset(name);
        BOOST_TEST(host.ids() == (Ids{"warning recording-setting"}));
    }
    Recorded host;
    host.unset("ignore_iolog_errors");
    BOOST_TEST(host.ids() == Ids{});
    host.set("ignore_iolog_errors", "true");
    BOOST_TEST(host.ids() == (Ids{"warning recording-setting"}));
}

BOOST_AUTO_TEST_CASE(the_directory_is_roots_and_jitds_to_read) {
    for (const FileStat stat : {FileStat{1000, kJitd, 040750}, FileStat{0, 0, 040750}, FileStat{0, kJitd, 040755}, FileStat{0, kJitd, 040770},
                                FileStat{0, kJitd, 040700}, FileStat{0, kJitd, 0100750}}) {
        Recorded host;
        host.recordings.stat = stat;
        BOOST_TEST(host.ids() == (Ids{"problem recordings-mode"}));
    }
    Recorded host;
    host.recordings.stat.reset();
    BOOST_TEST(host.ids() == (Ids{"warning recordings-missing"}));
}

BOOST_AUTO_TEST_CASE(a_missing_player_and_unread_sudoers) {
    Recorded host;
    host.recordings.has_player = false;
    BOOST_TEST(host.ids() == (Ids{"note no-sudoreplay"}));
    Recorded unread;
    unread.sudoers = {};
    BOOST_TEST(unread.ids() == Ids{});
}
