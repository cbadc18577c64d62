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
    Recordings recordings{"/var/log/jit-io", FileStat{0, kJitd, 040750}, "", kJitd, "/usr/bin/sudoreplay", true, false};
    Sudoers sudoers;
    Config config;
    Findings out;

    Recorded() {
        sudoers.known = true;
        sudoers.group_plugin_path = "/usr/libexec/sudo/jit_group.so";
        for (const auto& [name, value] : std::initializer_list<std::pair<const char*, const char*>>{
                 {"log_ttyout", "true"}, {"log_subcmds", "true"}, {"intercept_verify", "false"}, {"iolog_dir", "/var/log/jit-io"},
                 {"iolog_flush", "true"}, {"ignore_iolog_errors", "false"}, {"iolog_file", "%{user}/%{seq}"}, {"iolog_user", "root"},
                 {"iolog_group", "jitd"}, {"iolog_mode", "0640"}})
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
    other.set("log_output", "false");
    BOOST_TEST(other.ids() == (Ids{"problem recorded-role-refused"}));
}

BOOST_AUTO_TEST_CASE(a_line_for_some_takes_it_back_for_them) {
    Recorded host;
    host.sudoers.files = {{"/etc/sudoers.d/50-x", "# x\nDefaults:alice !log_ttyout\nDefaults:bob !log_ttyout\n"}};
    host.set("log_ttyout", "false", {"alice"});
    BOOST_TEST(host.ids() == (Ids{"warning recorded-role-partly"}));
    BOOST_TEST(text_of(host.out, "recorded-role-partly").starts_with("/etc/sudoers.d/50-x:2: log_ttyout is false for alice: "));
    host.set("iolog_dir", "/srv", {"%ops", "!bob"});
    BOOST_TEST(host.ids() == (Ids{"warning recorded-role-partly", "warning recorded-role-partly"}));
    host.unset("iolog_dir");
    host.set("iolog_dir", "/srv", {"bob"});
    host.set("iolog_dir", "/var/log/jit-io");
    BOOST_TEST(host.ids() == (Ids{"warning recorded-role-partly"}));
    host.set("iolog_flush", "false", {"bob"});
    BOOST_TEST(host.ids() == (Ids{"warning recorded-role-partly", "warning recording-setting"}));
}

BOOST_AUTO_TEST_CASE(a_line_for_a_command_or_a_target_holds_wherever_it_is) {
    const auto first = [](Recorded& host, const char* bound) {
        host.sudoers.options.insert(host.sudoers.options.begin(), {"log_output", "false", {bound}});
    };
    for (const char* command : {"/usr/bin/echo", "!/usr/bin/echo"}) {
        Recorded host;
        first(host, command);
        BOOST_TEST(host.ids() == (Ids{"warning recorded-role-partly"}));
    }
    Recorded host;
    first(host, "root");
    BOOST_TEST(host.ids() == Ids{});
    host.sudoers.files = {{"/etc/sudoers", "Defaults>root !log_output\n"}};
    BOOST_TEST(host.ids() == (Ids{"warning recorded-role-partly"}));
}

BOOST_AUTO_TEST_CASE(a_directory_below_or_written_in_another_way_is_as_good) {
    for (const char* path : {"/var/log/jit-io/", "/var/log/../log/jit-io", "/var/log/jit-io/x", "/var/log/jit-io/%{user}", "/var//log/./jit-io"}) {
        Recorded host;
        host.set("iolog_dir", path, {"%:RECORDED"});
        BOOST_TEST(host.ids() == Ids{}, path);
    }
    for (const char* path : {"/var/log/jit-io2", "/var/log", "/var/log/jit-io/../x", "/"}) {
        Recorded host;
        host.set("iolog_dir", path, {"%:RECORDED"});
        BOOST_TEST(host.ids() == (Ids{"problem recorded-role-refused"}), path);
    }
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
    for (const char* name : {"log_subcmds", "intercept_verify", "iolog_flush", "iolog_group", "iolog_mode"}) {
        Recorded host;
        host.unset(name);
        BOOST_TEST(host.ids() == (Ids{"warning recording-setting"}));
    }
    for (const auto& [name, bad] : std::initializer_list<std::pair<const char*, const char*>>{
             {"ignore_iolog_errors", "true"}, {"iolog_file", "%{user}"}, {"iolog_user", "alice"}, {"log_format", "json"}, {"syslog", "false"},
             {"syslog_goodpri", "none"}, {"log_allowed", "false"}}) {
        Recorded host;
        host.unset(name);
        BOOST_TEST(host.ids() == Ids{}, name);
        host.set(name, bad);
        BOOST_TEST(host.ids() == (Ids{"warning recording-setting"}), name);
    }
    for (const char* mode : {"0666", "0644", "0600", "0660", "0750", "x", ""}) {
        Recorded host;
        host.set("iolog_mode", mode);
        BOOST_TEST(host.ids() == (Ids{"warning recording-setting"}), mode);
    }
}

BOOST_AUTO_TEST_CASE(the_directory_is_roots_and_jitds_to_read) {
    for (const FileStat stat : {FileStat{1000, kJitd, 040750}, FileStat{0, 0, 040750}, FileStat{0, kJitd, 040755}, FileStat{0, kJitd, 040770},
                                FileStat{0, kJitd, 040700}}) {
        Recorded host;
        host.recordings.stat = stat;
        BOOST_TEST(host.ids() == (Ids{"problem recordings-mode"}));
    }
    Recorded host;
    host.recordings.stat.reset();
    BOOST_TEST(host.ids() == (Ids{"warning recordings-missing"}));
}

BOOST_AUTO_TEST_CASE(no_directory_and_one_elsewhere_are_no_matter_of_modes) {
    Recorded host;
    host.recordings.stat = FileStat{0, kJitd, 0100750};
    BOOST_TEST(host.ids() == (Ids{"problem recordings-no-directory"}));
    BOOST_TEST(remedy_of(host.out, "recordings-no-directory").starts_with("mv /var/log/jit-io "));
    host = {};
    host.recordings.leads_to = "/srv/io";
    BOOST_TEST(host.ids() == (Ids{"problem recordings-link"}));
    BOOST_TEST(text_of(host.out, "recordings-link").starts_with("/var/log/jit-io: leads to /srv/io: "));
}

BOOST_AUTO_TEST_CASE(a_limit_of_journalds_is_a_warning) {
    Recorded host;
    host.recordings.rate_limited = true;
    BOOST_TEST(host.ids() == (Ids{"warning recording-rate-limit"}));
    for (const char* conf : {"", "[Journal]\n#RateLimitIntervalSec=0\n", "RateLimitIntervalSec=0\nRateLimitIntervalSec=30s\n", "RateLimitBurst=100",
                             "RateLimitIntervalSec=\n", "RateLimitIntervalSec=0min 5s", "RateLimitBurstX=0"})
        BOOST_TEST(is_rate_limited(conf), conf);
    for (const char* conf : {"RateLimitIntervalSec=0", "[Journal]\n  RateLimitIntervalSec = 0s \n", "RateLimitBurst=0\nx",
                             "RateLimitIntervalSec=30s\n# /etc/x\nRateLimitIntervalSec=0\n"})
        BOOST_TEST(!is_rate_limited(conf), conf);
}

BOOST_AUTO_TEST_CASE(a_missing_player_and_unread_sudoers) {
    Recorded host;
    host.recordings.has_player = false;
    BOOST_TEST(host.ids() == (Ids{"note no-sudoreplay"}));
    Recorded unread;
    unread.sudoers = {};
    BOOST_TEST(unread.ids() == Ids{});
}
