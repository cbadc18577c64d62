// SPDX-License-Identifier: Apache-2.0
// Ways to root that are not sudo: groups, polkit, sshd, other programs.
#define BOOST_TEST_MODULE doctor_ways
#include <boost/test/unit_test.hpp>

#include "jitctl/doctor/accounts.hpp"
#include "jitctl/doctor/logins.hpp"
#include "jitctl/doctor/polkit.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/jitctl/doctor/ids.hpp"

using namespace jit::ctl::doctor;
using namespace jit::test;

namespace {

constexpr Gates kGated{Gate::on, Gate::on, Gate::off};

Accounts accounts() {
    return {{{"root", 0, 0}, {"alice", 1000, 1000}, {"olivia", 1003, 6}},
            {{"docker", 110, {"alice", "root"}},
             {"disk", 6, {}},
             {"lxd", 111, {}},
             {"sudo", 27, {"bob"}}},
            Password::set};
}

Ids polkit_ids(const std::vector<std::pair<std::string, std::string>>& files, Findings& out,
               Gates gates = kGated) {
    Polkit polkit;
    polkit.installed = true;
    for (const auto& [path, text] : files) polkit.files.push_back(parse_rules(path, text));
    out = {};
    judge(out, polkit, gates, accounts());
    return ids(out);
}

const std::string kDebian =
    "/* -*- mode: js; indent-tabs-mode: nil -*- */\n\n// addAdminRule in a comment\n"
    "polkit.addAdminRule(function(action, subject) {\n    return [\"unix-group:sudo\"];\n});\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(RootGroups)

BOOST_AUTO_TEST_CASE(members_of_groups_that_are_root_are_named_by_list_or_first_group) {
    Findings out;
    judge(out, accounts(), kGated);
    BOOST_TEST(ids(out) == (Ids{"problem root-group", "problem root-group"}));
    BOOST_TEST(out.sorted()[0].text.starts_with("group docker: alice is root"));
    BOOST_TEST(out.sorted()[0].remedy == "gpasswd --delete alice docker");
    BOOST_TEST(out.sorted()[1].text.starts_with("group disk: olivia is root"));
}

BOOST_AUTO_TEST_CASE(a_second_uid_0_and_an_empty_root_password_are_problems) {
    Accounts odd{{{"toor", 0, 0}}, {}, Password::none};
    Findings out;
    judge(out, odd, kGated);
    BOOST_TEST(ids(out) == (Ids{"problem uid-zero", "problem root-without-password"}));
}

BOOST_AUTO_TEST_CASE(a_password_field_is_read_as_shadow_writes_it) {
    BOOST_TEST((password_of("") == Password::none));
    BOOST_TEST((password_of("*") == Password::locked));
    BOOST_TEST((password_of("!$y$x") == Password::locked));
    BOOST_TEST((password_of("$y$x") == Password::set));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(Polkit_)

BOOST_AUTO_TEST_CASE(debians_rule_makes_administrators_of_group_sudo) {
    Findings out;
    BOOST_TEST(polkit_ids({{"/usr/share/polkit-1/rules.d/50-default.rules", kDebian}}, out) ==
               (Ids{"problem polkit-admin"}));
    BOOST_TEST(text_of(out, "polkit-admin")
                   .starts_with("/usr/share/polkit-1/rules.d/50-default.rules:4: "));
    BOOST_TEST(text_of(out, "polkit-admin").find("bob (group sudo)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_first_rule_decides_so_that_the_remedy_is_one) {
    Findings out;
    const std::string remedy =
        "polkit.addAdminRule(function(action, subject) { return [\"unix-user:root\"]; });";
    BOOST_TEST(polkit_ids({{"/etc/polkit-1/rules.d/00-admin.rules", remedy},
                           {"/usr/share/polkit-1/rules.d/50-default.rules", kDebian}},
                          out) == Ids{});
}

BOOST_AUTO_TEST_CASE(groups_without_members_are_nobody_and_what_a_rule_computes_is_told) {
    Findings out;
    const auto rule = [](const std::string& who) {
        return "polkit.addAdminRule(function(a, s) { return [" + who + "]; });";
    };
    BOOST_TEST(polkit_ids({{"/etc/x.rules", rule("'unix-group:lxd', 'unix-user:0'")}}, out) ==
               Ids{});
    BOOST_TEST(polkit_ids({{"/etc/x.rules", rule("who()")}}, out) == (Ids{"problem polkit-admin"}));
    BOOST_TEST(polkit_ids({{"/etc/x.rules", rule("'unix-user:carol'")}}, out) ==
               (Ids{"problem polkit-admin"}));
    BOOST_TEST(polkit_ids({{"/etc/x.rules", rule("'unix-user:carol'")}}, out, {}) == Ids{});
}

BOOST_AUTO_TEST_CASE(a_yes_without_a_question_is_a_warning_when_the_admin_wrote_it) {
    Findings out;
    const std::string yes =
        "// polkit.Result.YES\n\npolkit.addRule(function(a, s) { return polkit.Result.YES; });";
    BOOST_TEST(polkit_ids({{"/etc/polkit-1/rules.d/49.rules", yes}}, out) ==
               (Ids{"warning polkit-yes"}));
    BOOST_TEST(text_of(out, "polkit-yes").starts_with("/etc/polkit-1/rules.d/49.rules:3: "));
    BOOST_TEST(polkit_ids({{"/usr/share/polkit-1/rules.d/nm.rules", yes}}, out) ==
               (Ids{"note polkit-yes"}));
    BOOST_TEST(polkit_ids({{"/usr/share/polkit-1/rules.d/systemd-networkd.rules", yes}}, out) ==
               Ids{});
}

BOOST_AUTO_TEST_CASE(files_are_read_in_polkits_order_by_name_etc_first) {
    TempDir dir;
    dir.write("usr/lib/polkit-1/polkitd", "");
    dir.write("usr/share/polkit-1/rules.d/50-default.rules", kDebian);
    dir.write("etc/polkit-1/rules.d/50-default.rules", "// mine");
    dir.write("etc/polkit-1/rules.d/60-late.rules", kDebian);
    dir.write("etc/polkit-1/rules.d/README", kDebian);
    Look look(dir.path());
    const auto polkit = read_polkit(look);
    BOOST_REQUIRE(polkit.files.size() == 3U);
    BOOST_TEST(polkit.files[0].path == "/etc/polkit-1/rules.d/50-default.rules");
    BOOST_TEST(polkit.files[1].path == "/usr/share/polkit-1/rules.d/50-default.rules");
    BOOST_TEST(look.unseen().empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(Logins_)

BOOST_AUTO_TEST_CASE(roots_own_ssh_login_is_a_way_until_sshd_asks) {
    const auto found = [](const std::string& permit, const std::string& keys, Password password,
                          Gate sshd) {
        Logins logins;
        logins.sshd = parse_sshd("usepam yes\npermitrootlogin " + permit +
                                 "\npubkeyauthentication yes\npasswordauthentication yes\n");
        logins.sshd.root_keys = keys;
        Findings out;
        judge(out, logins, {Gate::on, Gate::on, sshd}, {{}, {}, password});
        return ids(out);
    };
    const std::string keys = "/root/.ssh/authorized_keys";
    BOOST_TEST(found("without-password", keys, Password::set, Gate::off) ==
               (Ids{"warning root-ssh-not-gated"}));
    BOOST_TEST(found("without-password", keys, Password::set, Gate::on) == Ids{});
    BOOST_TEST(found("without-password", keys, Password::set, Gate::permissive).size() == 1U);
    BOOST_TEST(found("without-password", "", Password::set, Gate::off) == Ids{});
    BOOST_TEST(found("no", keys, Password::set, Gate::off) == Ids{});
    BOOST_TEST(found("yes", "", Password::set, Gate::off) == (Ids{"warning root-ssh-not-gated"}));
    BOOST_TEST(found("yes", "", Password::locked, Gate::off) == Ids{});
}

BOOST_AUTO_TEST_CASE(sshd_without_pam_never_asks) {
    Logins logins;
    logins.sshd = parse_sshd("usepam no\npermitrootlogin no\n");
    Findings out;
    judge(out, logins, {Gate::on, Gate::on, Gate::on}, accounts());
    BOOST_TEST(ids(out) == (Ids{"problem sshd-without-pam"}));
}

BOOST_AUTO_TEST_CASE(a_file_of_comments_has_no_key) {
    BOOST_TEST(!has_key("# ssh-ed25519 AAAA\n\n  \n"));
    BOOST_TEST(has_key("# x\nssh-ed25519 AAAA x\n"));
}

BOOST_AUTO_TEST_SUITE_END()
