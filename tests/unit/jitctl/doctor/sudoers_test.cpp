// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE doctor_sudoers
#include "jitctl/doctor/sudoers.hpp"

#include <boost/test/unit_test.hpp>

#include "jitctl/doctor/accounts.hpp"
#include "tests/unit/jitctl/doctor/ids.hpp"

using namespace jit::ctl::doctor;
using namespace jit::test;

namespace {

/** As cvtsudoers 1.9.13 prints it. */
std::string defaults(const std::string& option, const std::string& binding = "") {
    const std::string bound = binding.empty() ? "" : R"("Binding": [)" + binding + "], ";
    return R"({"Defaults": [{)" + bound + R"("Options": [)" + option + "]}]}";
}

std::string rule(const std::string& who, const std::string& commands,
                 const std::string& options = R"({"setenv": true})",
                 const std::string& hosts = R"({"hostname": "ALL"})") {
    return R"({"User_Specs": [{"User_List": [)" + who + R"(], "Host_List": [)" + hosts +
           R"(], "Cmnd_Specs": [{"runasusers": [{"username": "ALL"}], "Options": [)" + options +
           R"(], "Commands": [)" + commands + "]}]}]}";
}

const std::string kNopasswd = R"({"authenticate": false})";
const std::string kAll = R"({"command": "ALL"})";

Accounts accounts() {
    return {{{"alice", 1000, 1000}, {"dan", 1004, 27}},
            {{"sudo", 27, {"alice", "bob"}}, {"empty", 50, {}}},
            Password::set};
}

struct Judged {
    Sudoers sudoers;
    Gates gates{Gate::on, Gate::on, Gate::off};
    Findings out;

    explicit Judged(const std::string& json, const std::string& text = "") {
        BOOST_REQUIRE(parse_sudoers(json, "db-01", sudoers));
        sudoers.files = {{"/etc/sudoers.d/x", text}};
    }
    Ids all_ids() {
        out = {};
        judge(out, sudoers, gates, {"sudo", "sudo-i", "su", "su-l"}, accounts());
        return jit::test::ids(out);
    }
    /** Those of the case at hand: what is said of rules for roles has cases of its own. */
    Ids ids() {
        auto all = all_ids();
        std::erase(all, "note no-role-rules");
        std::erase(all, "note mail-no-user");
        return all;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(Settings)

BOOST_AUTO_TEST_CASE(the_switches_that_take_the_gate_away_are_problems_with_their_line) {
    Judged session(defaults(R"({"pam_session": false})"), "# x\n\nDefaults  !pam_session\n");
    BOOST_TEST(session.ids() == (Ids{"problem pam-session-off"}));
    BOOST_TEST(
        text_of(session.out, "pam-session-off").starts_with("/etc/sudoers.d/x:3: Defaults "));
    BOOST_TEST(remedy_of(session.out, "pam-session-off") ==
               "visudo -f /etc/sudoers.d/x: take !pam_session out of line 3");
    BOOST_TEST(Judged(defaults(R"({"pam_acct_mgmt": false})")).ids() ==
               (Ids{"problem pam-acct-mgmt-off"}));
    BOOST_TEST(Judged(defaults(R"({"runas_allow_unknown_id": true})")).ids() ==
               (Ids{"problem runas-unknown-id"}));
    BOOST_TEST(Judged(defaults(R"({"pam_session": true})")).ids() == Ids{});
}

BOOST_AUTO_TEST_CASE(both_switches_together_are_a_door_for_everybody) {
    Judged judged(
        R"({"Defaults": [{"Options": [{"pam_session": false}, {"pam_acct_mgmt": false}]}]})");
    BOOST_TEST(judged.ids() == (Ids{"problem pam-acct-mgmt-off", "problem pam-session-off"}));
    BOOST_TEST(text_of(judged.out, "pam-session-off").find("needs no grant") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_later_line_takes_an_earlier_one_back) {
    BOOST_TEST(Judged(R"({"Defaults": [{"Options": [{"pam_session": false}]},
        {"Options": [{"pam_session": true}]}]})")
                   .ids() == Ids{});
    BOOST_TEST(Judged(R"({"Defaults": [{"Options": [{"pam_session": false}],
        "Binding": [{"username": "bob"}]}, {"Options": [{"pam_session": true}]}]})")
                   .ids() == (Ids{"problem pam-session-off"}));
}

BOOST_AUTO_TEST_CASE(a_limit_is_named_and_another_hosts_line_is_not_ours) {
    Judged bound(defaults(R"({"pam_session": false})", R"({"usergroup": "ops"})"));
    BOOST_TEST(bound.ids() == (Ids{"problem pam-session-off"}));
    BOOST_TEST(text_of(bound.out, "pam-session-off").find("!pam_session for %ops:") !=
               std::string::npos);
    const std::string off = R"({"pam_session": false})";
    BOOST_TEST(Judged(defaults(off, R"({"hostname": "db-02"})")).ids() == Ids{});
    BOOST_TEST(Judged(defaults(off, R"({"hostname": "db-*"})")).ids().size() == 1U);
    BOOST_TEST(
        Judged(defaults(off, R"({"hostname": "db-*"}, {"hostname": "db-01", "negated": true})"))
            .ids() == Ids{});
    BOOST_TEST(Judged(defaults(off, R"({"networkaddr": "10.0.0.0/8"})")).ids().size() == 1U);
}

BOOST_AUTO_TEST_CASE(another_pam_service_is_another_stack) {
    for (const char* name : {"pam_service", "pam_login_service", "pam_askpass_service"}) {
        const auto option = [&](const std::string& value) {
            return defaults("{\"" + std::string(name) + "\": \"" + value + "\"}");
        };
        BOOST_TEST(Judged(option("other")).ids() == (Ids{"problem pam-service"}));
        BOOST_TEST(Judged(option("su-l")).ids() == (Ids{"warning pam-service"}));
        BOOST_TEST(Judged(option("sudo")).ids() == Ids{});
        BOOST_TEST(Judged(option("sudo-i")).ids() == Ids{});
    }
}

BOOST_AUTO_TEST_CASE(without_a_gate_its_switches_do_not_matter) {
    Judged judged(defaults(R"({"pam_session": false})"));
    judged.gates = {};
    BOOST_TEST(judged.ids() == Ids{});
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(Rules)

BOOST_AUTO_TEST_CASE(su_or_a_shell_without_password_is_open_only_without_the_gate) {
    for (const char* command :
         {"/bin/su", "/usr/bin/su -", "/bin/bash", "ALL", "/usr/sbin/runuser"}) {
        Judged judged(rule(R"({"username": "alice"})",
                           "{\"command\": \"" + std::string(command) + "\"}", kNopasswd));
        BOOST_TEST(judged.ids() == (Ids{"note nopasswd-su"}));
        judged.gates.sudo = Gate::permissive;
        BOOST_TEST(judged.ids() == (Ids{"problem nopasswd-su"}));
    }
    for (const char* command : {"/bin/ls", "!/bin/su", "/usr/bin/suspicious"})
        BOOST_TEST(Judged(rule(R"({"username": "alice"})",
                               "{\"command\": \"" + std::string(command) + "\"}", kNopasswd))
                       .ids() == Ids{});
    BOOST_TEST(Judged(rule(R"({"username": "alice"})", kAll)).ids() == Ids{});
    const std::string as = R"("runasusers": [{"username": "ALL"}])";
    std::string other = rule(R"({"username": "alice"})", kAll, kNopasswd);
    other.replace(other.find(as), as.size(),
                  R"("runasusers": [{"username": "ALL"}, {"username": "root", "negated": true}])");
    BOOST_TEST(Judged(other).ids() == Ids{});
}

BOOST_AUTO_TEST_CASE(a_group_is_its_members_and_nobody_when_it_has_none) {
    Judged judged(rule(R"({"usergroup": "sudo"})", kAll, kNopasswd), "%sudo ALL=NOPASSWD: ALL\n");
    BOOST_TEST(judged.ids() == (Ids{"note nopasswd-su"}));
    BOOST_TEST(text_of(judged.out, "nopasswd-su")
                   .starts_with("/etc/sudoers.d/x:1: %sudo (alice, bob, dan) may run ALL"));
    BOOST_TEST(Judged(rule(R"({"usergroup": "empty"})", kAll, kNopasswd)).ids() == Ids{});
    BOOST_TEST(Judged(rule(R"({"username": "root"})", kAll, kNopasswd)).ids() == Ids{});
    BOOST_TEST(Judged(rule(R"({"nonunixgroup": "root"})", kAll, kNopasswd)).ids() == Ids{});
    BOOST_TEST(Judged(rule(R"({"username": "alice"})", kAll, kNopasswd, R"({"hostname": "db-02"})"))
                   .ids() == Ids{});
}

BOOST_AUTO_TEST_CASE(standing_entries_are_told_where_roles_have_entries) {
    Judged judged(rule(R"({"username": "alice"}, {"username": "root"})", kAll));
    judged.sudoers.group_plugin_path = "/usr/libexec/sudo/jit_group.so";
    judged.sudoers.group_plugin = FileStat{0, 0, 0100644};
    BOOST_TEST(judged.ids() == (Ids{"warning standing-entry"}));
    BOOST_TEST(text_of(judged.out, "standing-entry").find(" alice may run ALL ") !=
               std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(Plugins)

BOOST_AUTO_TEST_CASE(a_group_plugin_must_be_ours_there_and_roots) {
    BOOST_TEST(Judged(defaults(R"({"group_plugin": "/usr/lib/x.so y"})")).ids() ==
               (Ids{"warning group-plugin"}));
    Judged judged(defaults(R"({"group_plugin": "jit_group.so"})"));
    judged.sudoers.group_plugin_path = "/usr/libexec/sudo/jit_group.so";
    BOOST_TEST(judged.ids() == (Ids{"problem group-plugin-missing"}));
    for (const FileStat stat :
         {FileStat{1000, 0, 0100644}, FileStat{0, 0, 0100664}, FileStat{0, 0, 0100646}}) {
        judged.sudoers.group_plugin = stat;
        BOOST_TEST(judged.ids() == (Ids{"problem group-plugin-mode"}));
    }
    judged.sudoers.group_plugin = FileStat{0, 0, 0100644};
    BOOST_TEST(judged.ids() == Ids{});
}

BOOST_AUTO_TEST_CASE(a_missing_plugin_comes_with_the_package_of_jitd) {
    Judged judged(defaults(R"({"group_plugin": "jit_group.so"})"));
    judged.sudoers.group_plugin_path = "/usr/libexec/sudo/jit_group.so";
    BOOST_TEST(judged.ids() == (Ids{"problem group-plugin-missing"}));
    BOOST_TEST(remedy_of(judged.out, "group-plugin-missing")
                   .starts_with("apt install --reinstall jitd, "));
}

BOOST_AUTO_TEST_CASE(a_gated_sudo_without_rules_for_roles_is_noted) {
    Judged judged("{}");
    for (const auto gate : {Gate::on, Gate::permissive}) {
        judged.gates.sudo = gate;
        BOOST_TEST(judged.all_ids() == (Ids{"note no-role-rules"}));
    }
    BOOST_TEST(remedy_of(judged.out, "no-role-rules") ==
               "install -m 0440 /usr/share/doc/jitd/examples/00-jit /etc/sudoers.d/00-jit");
    judged.gates.sudo = Gate::off;
    BOOST_TEST(judged.all_ids() == Ids{});
    BOOST_TEST(Judged(defaults(R"({"group_plugin": "/usr/lib/x.so y"})")).all_ids() ==
               (Ids{"warning group-plugin"}));
    Sudoers unread;
    Findings out;
    judge(out, unread, {Gate::on, Gate::on, Gate::off}, {}, accounts());
    BOOST_TEST(ids(out) == Ids{});
}

BOOST_AUTO_TEST_CASE(mail_for_everybody_without_a_grant_is_noted) {
    const auto with = [](const std::string& more) {
        Judged judged(
            R"({"Defaults": [{"Options": [{"group_plugin": "jit_group.so"}]})" + more + "]}",
            "Defaults env_reset\nDefaults group_plugin=jit_group.so\n");
        judged.sudoers.group_plugin_path = "/usr/libexec/sudo/jit_group.so";
        judged.sudoers.group_plugin = FileStat{0, 0, 0100644};
        return judged;
    };
    Judged judged = with("");
    BOOST_TEST(judged.all_ids() == (Ids{"note mail-no-user"}));
    BOOST_TEST(text_of(judged.out, "mail-no-user").starts_with("/etc/sudoers.d/x:2: "));
    BOOST_TEST(remedy_of(judged.out, "mail-no-user") ==
               "visudo -f /etc/sudoers.d/x: add the line Defaults !mail_no_user");
    judged.gates.sudo = Gate::off;
    BOOST_TEST(judged.all_ids() == (Ids{"note mail-no-user"}));
    BOOST_TEST(with(R"(, {"Options": [{"mail_no_user": false}]})").all_ids() == Ids{});
    BOOST_TEST(with(R"(, {"Options": [{"mail_no_user": true}]})").all_ids() ==
               (Ids{"note mail-no-user"}));
    BOOST_TEST(with(R"(, {"Binding": [{"username": "bob"}], "Options": [{"mail_no_user": false}]})")
                   .all_ids() == (Ids{"note mail-no-user"}));
}

BOOST_AUTO_TEST_CASE(what_could_not_be_read_is_told_and_not_taken_for_fine) {
    Sudoers sudoers;
    sudoers.broken = "/etc/sudoers.d/y:2:27: syntax error";
    sudoers.policy = Plugin{"x_policy", "/opt/x.so"};
    sudoers.elsewhere = true;
    sudoers.sources = "files sss";
    Findings out;
    judge(out, sudoers, {Gate::on, Gate::on, Gate::on}, {}, accounts());
    BOOST_TEST(ids(out) == (Ids{"problem sudoers-broken", "warning sudo-policy-plugin",
                                "note sudoers-elsewhere"}));
    BOOST_TEST(!parse_sudoers("", "db-01", sudoers));
    BOOST_TEST(!parse_sudoers("[1", "db-01", sudoers));
    BOOST_TEST(!sudoers.known);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(Place)

BOOST_AUTO_TEST_CASE(the_last_line_with_the_words_counts_and_no_comment) {
    const std::string text =
        "# Defaults !pam_session\nDefaults !pam_session\nDefaults !pam_sessions\n";
    BOOST_TEST(line_with(text, {"Defaults", "pam_session"}) == 2U);
    BOOST_TEST(line_with(text, {"pam_service"}) == 0U);
    BOOST_TEST(line_with("a\nDefaults x", {"x"}) == 2U);
    Sudoers sudoers;
    BOOST_TEST(sudoers.place({"x"}) == "sudoers");
}

BOOST_AUTO_TEST_SUITE_END()
