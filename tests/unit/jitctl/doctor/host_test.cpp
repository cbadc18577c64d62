// SPDX-License-Identifier: Apache-2.0
// The gate itself: PAM lines, jitd, its files, who can grant, clock and journal.
#define BOOST_TEST_MODULE doctor_host
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "jitctl/doctor/clock.hpp"
#include "jitctl/doctor/config.hpp"
#include "jitctl/doctor/daemon.hpp"
#include "jitctl/doctor/journal_storage.hpp"
#include "jitctl/doctor/pam.hpp"
#include "tests/support/pam_host.hpp"
#include "tests/unit/jitctl/doctor/ids.hpp"

using namespace jit;
using namespace jit::ctl::doctor;
using namespace jit::test;

namespace {

constexpr Gates kGated{Gate::on, Gate::on, Gate::off};
constexpr core::Wall kNow{std::chrono::seconds(1'763'812'800)};

struct GatedTree : PamTree {
    GatedTree() { dir.write("etc/pam.d/cron", "@include common-account\n"); }
    void enable(const char* service, ctl::PamMode mode = ctl::PamMode::enforce) const {
        const auto changes = ctl::plan_pam_enable(service, mode, root);
        BOOST_REQUIRE(changes && ctl::apply(*changes));
    }
    Ids found(Password password = Password::set) {
        Look look(root);
        auto pam = read_pam(look);
        for (auto& module : pam.modules) module.stat = {0, 0, 0100644};
        out = {};
        judge(out, pam, {{}, {}, password});
        return ids(out);
    }
    Findings out;
};

core::TrustKey key(const std::string& id, std::optional<core::Wall> until = {}) {
    core::TrustKey out;
    out.id = id;
    out.principal = id;
    out.use_grant = true;
    out.hosts = *core::HostPatterns::parse({"*"});
    out.not_after = until;
    return out;
}

Config config(std::vector<core::TrustKey> keys, std::uint32_t threshold = 1) {
    Config out;
    out.trust.emplace();
    out.trust->keys = std::move(keys);
    out.trust->grant_threshold = threshold;
    out.policy.emplace();
    out.policy->roles["root"].name = "root";
    return out;
}

Ids config_ids(const Config& config, const Gates& gates = kGated) {
    Findings out;
    judge(out, config, gates, kNow);
    return ids(out);
}

Ids lockout(const Config& config, Password root, const std::string& root_keys = "",
            const Gates& gates = kGated) {
    Logins logins;
    logins.sshd = {true, "without-password", false, root_keys, true};
    Findings out;
    judge_lockout(out, config, gates, {{}, {}, root}, logins, kNow);
    return ids(out);
}

Daemon daemon() {
    Daemon out;
    out.status = {{"state", "ok"}, {"file", {{"state", "ok"}, {"expires_usec", nullptr}}}};
    out.owner = 996;
    out.run_dir = FileStat{0, 0, 040711};
    out.socket = FileStat{0, 0, 0140600};
    out.state_dir = FileStat{996, 996, 040700};
    out.room = 1U << 30;
    out.socket_enabled = "enabled";
    return out;
}

Ids daemon_ids(const Daemon& daemon, const Gates& gates = kGated) {
    Findings out;
    judge(out, daemon, gates, kNow);
    return ids(out);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Findings_)

BOOST_AUTO_TEST_CASE(the_worst_comes_first_and_json_has_the_four_fields) {
    Findings out;
    out.note("n", "a", "b");
    out.problem("p", "c", "d");
    out.warning("w", "e", "f");
    out.problem("q", "g", "h");
    BOOST_TEST(ids(out) == (Ids{"problem p", "problem q", "warning w", "note n"}));
    BOOST_TEST(to_json(out.sorted())[2].dump() ==
               R"({"id":"w","severity":"warning","text":"e","remedy":"f"})");
    BOOST_TEST(to_json({}).dump() == "[]");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(PamLines, GatedTree)

BOOST_AUTO_TEST_CASE(a_gated_host_has_nothing_to_say) {
    BOOST_TEST(found() == (Ids{"warning nothing-gated"}));
    enable("sudo");
    BOOST_TEST(found() == (Ids{"note su-not-gated"}));
    BOOST_TEST(found(Password::locked) == Ids{});
    enable("su");
    BOOST_TEST(found() == Ids{});
}

BOOST_AUTO_TEST_CASE(su_alone_leaves_sudo_open) {
    enable("su");
    BOOST_TEST(found() == (Ids{"problem sudo-not-gated"}));
}

BOOST_AUTO_TEST_CASE(a_sibling_without_lines_is_a_way_around) {
    enable("sudo");
    enable("su");
    dir.write("etc/pam.d/sudo-i", "@include common-account\n");
    BOOST_TEST(found() == (Ids{"problem sudo-i-not-gated"}));
    BOOST_TEST(remedy_of(out, "sudo-i-not-gated") ==
               "jitctl pam disable sudo && jitctl pam enable sudo --confirm 10min");
    dir.write("etc/pam.d/su-l", "@include common-account\n");
    BOOST_TEST(found() == (Ids{"problem sudo-i-not-gated", "problem su-l-not-gated"}));
}

BOOST_AUTO_TEST_CASE(lines_out_of_order_are_told_with_the_line_in_the_way) {
    enable("sudo");
    enable("su");
    const auto text = dir.read("etc/pam.d/sudo");
    dir.write("etc/pam.d/sudo", "account sufficient pam_x.so\n" + text);
    BOOST_TEST(found() == (Ids{"problem pam-out-of-order"}));
    BOOST_TEST(text_of(out, "pam-out-of-order").starts_with("/etc/pam.d/sudo:1: "));
    dir.write("etc/pam.d/sudo", text + "# x\nsession optional pam_x.so\n");
    BOOST_TEST(found() == (Ids{"problem pam-out-of-order"}));
    const auto line = 2 + std::ranges::count(text, '\n');
    BOOST_TEST(text_of(out, "pam-out-of-order")
                   .starts_with("/etc/pam.d/sudo:" + std::to_string(line) + ": "));
}

BOOST_AUTO_TEST_CASE(lines_missing_permissive_or_elsewhere_are_told) {
    enable("sudo", ctl::PamMode::permissive);
    enable("su");
    BOOST_TEST(found() == (Ids{"warning pam-permissive"}));
    enable("sudo");
    auto text = dir.read("etc/pam.d/sudo");
    const auto account = text.find("account requisite");
    text.erase(account, text.find('\n', account) + 1 - account);
    dir.write("etc/pam.d/sudo", text);
    dir.write("etc/pam.d/cron", "# x\nsession required pam_jit.so\n");
    BOOST_TEST(found() == (Ids{"problem pam-lines-missing", "problem pam-line-elsewhere"}));
    BOOST_TEST(text_of(out, "pam-line-elsewhere").starts_with("/etc/pam.d/cron:2: "));
}

BOOST_AUTO_TEST_CASE(backups_are_no_services) {
    enable("sudo");
    enable("su");
    for (const char* name : {"cron.dpkg-old", "cron.ucf-dist", "cron~", ".cron.swp"})
        dir.write("etc/pam.d/" + std::string(name), "session required pam_jit.so\n");
    BOOST_TEST(found() == Ids{});
}

BOOST_AUTO_TEST_CASE(a_repair_keeps_the_mode_and_waits_for_a_confirmation) {
    enable("sudo", ctl::PamMode::permissive);
    enable("su");
    const auto text = dir.read("etc/pam.d/sudo");
    dir.write("etc/pam.d/sudo", "account sufficient pam_x.so\n" + text);
    found();
    BOOST_TEST(remedy_of(out, "pam-out-of-order") ==
               "jitctl pam disable sudo && jitctl pam enable sudo --permissive");
    dir.write("etc/pam.d/sudo", text);
    found();
    BOOST_TEST(remedy_of(out, "pam-permissive") == "jitctl pam enable sudo --confirm 10min");
    for (const char* name : {"sudo", "sudo-i"})
        dir.write("etc/pam.d/" + std::string(name), "@include common-account\n");
    for (const auto& [mode, with] : {std::pair{"mode=permissive\n", "--permissive"},
                                     std::pair{"mode=on\n", "--confirm 10min"}}) {
        dir.write("var/lib/jit-pam/enabled-sudo", mode);
        found();
        for (const char* id : {"pam-lines-gone", "sudo-not-gated"})
            BOOST_TEST(remedy_of(out, id) == "jitctl pam enable sudo " + std::string(with));
    }
}

BOOST_AUTO_TEST_CASE(a_change_that_waits_and_lines_that_went_are_told) {
    enable("sudo");
    enable("su");
    dir.write("var/lib/jit-pam/enabled-sudo", "mode=on\n");
    BOOST_TEST(found() == Ids{});
    dir.write("var/lib/jit-pam/pending-su", "undo=on\nwall=1\nboot=1600\nboot_id=one\ntimer=x\n");
    dir.write("var/lib/jit-pam/reverted-sshd", "undo=off\nwhy=reboot\nwall=1\n");
    BOOST_TEST(found() == (Ids{"warning pam-unconfirmed", "warning pam-reverted"}));
    BOOST_TEST(text_of(out, "pam-unconfirmed").find("su goes back to on in ") != std::string::npos);
    BOOST_TEST(text_of(out, "pam-reverted").find("sshd went back to off: ") != std::string::npos);
    for (const char* name : {"sudo", "sudo-i"})
        dir.write("etc/pam.d/" + std::string(name), "@include common-account\n");
    BOOST_TEST(found() == (Ids{"problem pam-lines-gone", "problem sudo-not-gated",
                               "warning pam-unconfirmed", "warning pam-reverted"}));
}

BOOST_AUTO_TEST_CASE(a_missing_or_writable_module_is_a_problem) {
    enable("sudo");
    enable("su");
    Look look(dir.path());
    auto pam = read_pam(look);
    BOOST_REQUIRE(pam.modules.size() == 1U);
    pam.modules[0].stat = {0, 0, 0100666};
    Findings writable;
    judge(writable, pam, {});
    BOOST_TEST(ids(writable) == (Ids{"problem pam-module-mode"}));
    pam.modules.clear();
    Findings missing;
    judge(missing, pam, {});
    BOOST_TEST(ids(missing) == (Ids{"problem pam-module-missing"}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(Configuration)

BOOST_AUTO_TEST_CASE(a_threshold_that_no_keys_can_reach_is_a_problem) {
    BOOST_TEST(config_ids(config({key("a"), key("b")}, 2)) == Ids{});
    BOOST_TEST(config_ids(config({key("a")}, 2)) == (Ids{"problem threshold-unreachable"}));
    BOOST_TEST(config_ids(config({key("a", kNow - std::chrono::seconds(1))})) ==
               (Ids{"problem threshold-unreachable"}));
    auto revoked = config({key("a")});
    revoked.trust->keys[0].revoked = true;
    BOOST_TEST(config_ids(revoked) == (Ids{"problem threshold-unreachable"}));
    auto other_host = config({key("a")});
    other_host.trust->keys[0].hosts = *core::HostPatterns::parse({"web-*"});
    BOOST_TEST(config_ids(other_host) == (Ids{"problem threshold-unreachable"}));
    auto same_person = config({key("a"), key("b")}, 2);
    same_person.trust->keys[1].principal = "a";
    BOOST_TEST(config_ids(same_person) == (Ids{"problem threshold-unreachable"}));
}

BOOST_AUTO_TEST_CASE(a_key_is_told_two_weeks_before_its_end) {
    BOOST_TEST(config_ids(config({key("a", kNow + std::chrono::days(13))})) ==
               (Ids{"warning key-near-end"}));
    BOOST_TEST(config_ids(config({key("a", kNow + std::chrono::days(15))})) == Ids{});
}

BOOST_AUTO_TEST_CASE(settings_that_open_something_are_told) {
    auto odd = config({key("a")});
    odd.settings.exempt = {"backup"};
    odd.settings.on_audit_failure = core::OnAuditFailure::allow;
    odd.settings.default_role = "dba";
    odd.missing = {"/etc/jit/host.toml", "/etc/jit/trust.toml"};
    odd.refused = {{"/etc/jit/policy.toml:2:1: x", "FIELD", "edit"}};
    BOOST_TEST(config_ids(odd) == (Ids{"problem config-refused", "warning audit-failure-allows",
                                       "warning default-role-unknown", "note exempt",
                                       "note host-missing", "note trust-missing"}));
}

BOOST_AUTO_TEST_CASE(somebody_must_be_able_to_grant) {
    Config none;
    BOOST_TEST(lockout(none, Password::set) == Ids{});
    BOOST_TEST(lockout(none, Password::locked) == (Ids{"problem nobody-can-grant"}));
    BOOST_TEST(lockout(none, Password::locked, "", {Gate::permissive, Gate::off, Gate::off}) ==
               Ids{});
    BOOST_TEST(lockout(none, Password::locked, "/root/.ssh/authorized_keys") == Ids{});
    BOOST_TEST(lockout(none, Password::locked, "/root/.ssh/authorized_keys",
                       {Gate::on, Gate::on, Gate::on}) == (Ids{"problem nobody-can-grant"}));
    none.settings.local_grants = core::LocalGrants::admins;
    BOOST_TEST(lockout(none, Password::locked) == (Ids{"problem nobody-can-grant"}));
    none.settings.admins = {"olivia"};
    BOOST_TEST(lockout(none, Password::locked) == (Ids{"warning root-locked"}));
    none.settings.local_grants = core::LocalGrants::off;
    BOOST_TEST(lockout(none, Password::locked) == (Ids{"problem nobody-can-grant"}));
    BOOST_TEST(lockout(none, Password::set) == (Ids{"problem nobody-can-grant"}));
    BOOST_TEST(lockout(config({key("a")}), Password::locked) == (Ids{"warning root-locked"}));
    BOOST_TEST(lockout(config({key("a")}), Password::set) == Ids{});
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(Jitd)

BOOST_AUTO_TEST_CASE(a_silent_or_stateless_jitd_is_a_problem) {
    BOOST_TEST(daemon_ids(daemon()) == Ids{});
    auto silent = daemon();
    silent.silence = "jitd does not answer";
    silent.status = {};
    BOOST_TEST(daemon_ids(silent) == (Ids{"problem jitd-silent"}));
    BOOST_TEST(daemon_ids(silent, {}) == (Ids{"warning jitd-silent"}));
    auto stateless = daemon();
    stateless.status["state"] = "needs-recovery";
    BOOST_TEST(daemon_ids(stateless) == (Ids{"problem state-needs-recovery"}));
}

BOOST_AUTO_TEST_CASE(a_masked_jitd_is_unmasked_as_it_was_masked) {
    const auto remedy = [](const std::string& enabled, std::string_view id) {
        auto stopped = daemon();
        stopped.silence = "no answer";
        stopped.socket_enabled = enabled;
        Findings out;
        judge(out, stopped, kGated, kNow);
        return remedy_of(out, id);
    };
    BOOST_TEST(remedy("enabled", "jitd-silent").starts_with("systemctl start "));
    BOOST_TEST(remedy("masked", "jitd-silent").starts_with("systemctl unmask jitd.socket jitd.service && systemctl start "));
    for (const char* id : {"jitd-silent", "socket-not-enabled"})
        BOOST_TEST(remedy("masked-runtime", id).starts_with("systemctl unmask --runtime jitd.socket jitd.service && systemctl start "));
}

BOOST_AUTO_TEST_CASE(places_that_others_may_change_are_problems) {
    const auto with = [](auto change) {
        auto out = daemon();
        change(out);
        return daemon_ids(out);
    };
    BOOST_TEST(with([](Daemon& d) { d.socket.reset(); }) == (Ids{"problem gate-missing"}));
    BOOST_TEST(with([](Daemon& d) { d.socket->mode = 0140666; }) == (Ids{"problem gate-mode"}));
    BOOST_TEST(with([](Daemon& d) { d.socket->uid = 1000; }) == (Ids{"problem gate-mode"}));
    BOOST_TEST(with([](Daemon& d) { d.socket->mode = 0100600; }) == (Ids{"problem gate-mode"}));
    BOOST_TEST(with([](Daemon& d) { d.run_dir->mode = 040777; }) == (Ids{"problem gate-mode"}));
    BOOST_TEST(with([](Daemon& d) { d.state_dir->mode = 040750; }) == (Ids{"problem state-mode"}));
    BOOST_TEST(with([](Daemon& d) { d.state_dir->uid = 0; }) == (Ids{"problem state-mode"}));
    BOOST_TEST(with([](Daemon& d) { d.room = 4096; }) == (Ids{"warning state-full"}));
    BOOST_TEST(with([](Daemon& d) { d.socket_enabled = "masked"; }) ==
               (Ids{"problem socket-not-enabled"}));
}

BOOST_AUTO_TEST_CASE(a_grant_file_is_told_when_it_is_refused_or_near_its_end) {
    auto d = daemon();
    auto& file = d.status["file"];
    file = {
        {"state", "refused"}, {"code", "ROLLBACK"}, {"text", "older"}, {"expires_usec", nullptr}};
    BOOST_TEST(daemon_ids(d) == (Ids{"problem grant-file-refused"}));
    file = {{"state", "ok"}, {"expires_usec", core::to_usec(kNow + std::chrono::hours(3))}};
    BOOST_TEST(daemon_ids(d) == Ids{});  // nobody's grant ends with it
    d.grants.push_back({{"origin", "file"}, {"state", "active"}});
    BOOST_TEST(daemon_ids(d) == (Ids{"warning grant-file-near-end"}));
    file["expires_usec"] = core::to_usec(kNow + std::chrono::hours(5));
    BOOST_TEST(daemon_ids(d) == Ids{});
    file = {{"state", "expired"},
            {"code", "EXPIRED"},
            {"expires_usec", core::to_usec(kNow - std::chrono::hours(1))}};
    BOOST_TEST(daemon_ids(d) == (Ids{"note grant-file-expired"}));
}

BOOST_AUTO_TEST_CASE(a_grant_of_a_role_that_is_gone_is_told) {
    auto d = daemon();
    d.grants.push_back({{"id", "x"},
                        {"account", "alice"},
                        {"role", "dba"},
                        {"state", "inactive"},
                        {"code", "ROLE_UNKNOWN"}});
    BOOST_TEST(daemon_ids(d) == (Ids{"warning role-unknown"}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(ClockAndJournal)

BOOST_AUTO_TEST_CASE(a_clock_that_nothing_keeps_is_told) {
    const auto found = [](std::optional<long> error) {
        Findings out;
        judge_clock(out, error);
        return ids(out);
    };
    BOOST_TEST(found(16'000'000) == (Ids{"warning clock-not-synchronised"}));
    BOOST_TEST(found(15'999'999) == Ids{});
    BOOST_TEST(found({}) == Ids{});
}

BOOST_AUTO_TEST_CASE(the_journal_is_judged_by_the_files_journald_writes) {
    const std::string kept = "/var/log/journal/abc/system.journal",
                      runtime = "/run/log/journal/abc/system.journal";
    BOOST_TEST(
        (storage_of({"socket:[1]", kept, "/run/log/journal/abc"}) == JournalStorage::persistent));
    BOOST_TEST((storage_of({"socket:[1]", runtime}) == JournalStorage::is_volatile));
    BOOST_TEST((storage_of({"socket:[1]"}) == JournalStorage::none));
    for (const auto& [storage, id] :
         {std::pair{JournalStorage::persistent, ""},
          std::pair{JournalStorage::is_volatile, "warning journal-volatile"},
          std::pair{JournalStorage::none, "problem journal-none"}}) {
        Findings out;
        judge(out, storage);
        BOOST_TEST(ids(out) == (*id == '\0' ? Ids{} : Ids{id}));
    }
}

BOOST_AUTO_TEST_SUITE_END()
