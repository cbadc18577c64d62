// SPDX-License-Identifier: Apache-2.0
// What in sudoers leads past the gate.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "jitctl/doctor/accounts.hpp"
#include "jitctl/doctor/sudoers.hpp"

namespace jit::ctl::doctor {
namespace {

constexpr std::array<std::string_view, 12> kShells = {
    "su", "sh", "bash", "dash", "zsh", "ksh", "csh", "tcsh", "fish", "ash", "busybox", "runuser"};

const SudoOption* find(const Sudoers& sudoers, std::string_view name, std::string_view value) {
    const auto it = std::ranges::find_if(sudoers.options, [&](const SudoOption& option) {
        return option.name == name && option.value == value;
    });
    return it == sudoers.options.end() ? nullptr : &*it;
}

/** " for alice": whom or what the setting is limited to. */
std::string limit_of(const SudoOption& option) {
    return option.bound.empty() ? "" : fmt::format(" for {}", fmt::join(option.bound, ", "));
}

/** visudo's option for the file of a place. */
std::string file_of(const std::string& place) {
    const std::size_t colon = place.rfind(':');
    return colon == std::string::npos ? "" : " -f " + place.substr(0, colon);
}

std::string edit_of(const std::string& place, const std::string& what) {
    const std::size_t colon = place.rfind(':');
    const std::string line =
        colon == std::string::npos ? "" : fmt::format(" of line {}", place.substr(colon + 1));
    return fmt::format("visudo{}: take {} out{}", file_of(place), what, line);
}

struct Setting {
    std::string_view name;
    std::string_view value;
    std::string_view written;  // as sudoers has it
    std::string_view id;
    std::string_view consequence;
};

constexpr auto kSettings = std::to_array<Setting>({
    {"pam_acct_mgmt", "false", "!pam_acct_mgmt", "pam-acct-mgmt-off",
     "sudo -l and sudo -v ask the gate no more, and every command is refused, with a grant or "
     "without: the session line does not know the person"},
    {"pam_session", "false", "!pam_session", "pam-session-off",
     "whoever has any grant for sudo gets every account that sudoers allows, and no session ends "
     "with its grant"},
    {"runas_allow_unknown_id", "true", "runas_allow_unknown_id", "runas-unknown-id",
     "for a uid without an account sudo skips the session lines: whoever has any grant for sudo "
     "may use such uids, and what runs there does not end with the grant"},
});

void judge_settings(Findings& out, const Sudoers& sudoers) {
    const auto* account = find(sudoers, "pam_acct_mgmt", "false");
    const bool both = account != nullptr && find(sudoers, "pam_session", "false") != nullptr;
    for (const auto& setting : kSettings) {
        const auto* option = find(sudoers, setting.name, setting.value);
        if (option == nullptr) continue;
        std::string consequence(setting.consequence);
        if (both && setting.name != "runas_allow_unknown_id")
            consequence =
                "with !pam_acct_mgmt and !pam_session sudo asks the gate nothing: whoever sudoers "
                "lets in needs no grant";
        else if (account != nullptr && setting.name == "runas_allow_unknown_id")
            consequence =
                "with !pam_acct_mgmt sudo asks the gate nothing for a uid without an account: "
                "whoever sudoers lets in may use such uids without a grant";
        const std::string place = sudoers.place({"Defaults", std::string(setting.name)});
        out.problem(std::string(setting.id),
                    fmt::format("{}: Defaults {}{}: {}", place, setting.written, limit_of(*option),
                                consequence),
                    edit_of(place, std::string(setting.written)));
    }
}

void judge_services(Findings& out, const Sudoers& sudoers,
                    const std::vector<std::string>& services) {
    for (const auto& option : sudoers.options) {
        const bool login = option.name == "pam_login_service";
        if (option.name != "pam_service" && !login && option.name != "pam_askpass_service")
            continue;
        if (option.value == "sudo" || option.value == "sudo-i") continue;
        const std::string which = login                          ? "sudo -i"
                                  : option.name == "pam_service" ? "sudo"
                                                                 : "sudo -A";
        const std::string place = sudoers.place({"Defaults", option.name});
        const bool asks = std::ranges::find(services, option.value) != services.end();
        const std::string text =
            fmt::format("{}: Defaults {}={}{}: {} uses /etc/pam.d/{}, {}", place, option.name,
                        option.value, limit_of(option), which, option.value,
                        asks ? "where grants for sudo do not count"
                             : "which has no line of the gate: no grant is needed");
        const std::string remedy = edit_of(place, option.name);
        if (asks)
            out.warning("pam-service", text, remedy);
        else
            out.problem("pam-service", text, remedy);
    }
}

bool gives_shell(const SudoRule& rule) {
    return std::ranges::any_of(rule.commands, [](const std::string& command) {
        if (command == "ALL") return true;
        if (command.starts_with('!')) return false;
        const std::string path = command.substr(0, command.find(' '));
        const std::string name = path.substr(path.rfind('/') + 1);
        return std::ranges::find(kShells, name) != kShells.end();
    });
}

bool gives_root(const SudoRule& rule) {
    const auto has = [&](std::string_view who) {
        return std::ranges::find(rule.run_as, who) != rule.run_as.end();
    };
    if (has("!root") || has("!#0")) return false;
    return rule.run_as.empty() || has("ALL") || has("root") || has("#0");
}

/** People the rule holds for, groups with their members; without root and roles of JIT. */
std::vector<std::string> people(const SudoRule& rule, const Accounts& accounts) {
    std::vector<std::string> out;
    for (const auto& who : rule.who) {
        if (who == "root" || who == "#0" || who.starts_with("%:") || who.starts_with('!')) continue;
        if (!who.starts_with('%') || who.starts_with("%#")) {
            out.push_back(who);
            continue;
        }
        const auto members = accounts.members_of(who.substr(1));
        if (!members.empty()) out.push_back(fmt::format("{} ({})", who, fmt::join(members, ", ")));
    }
    return out;
}

std::string place_of(const Sudoers& sudoers, const SudoRule& rule) {
    for (const auto& who : rule.who) {
        const std::string bare = who.substr(who.find_first_not_of("%+#!:"));
        for (const auto& words :
             {std::vector{bare, std::string(rule.nopasswd ? "NOPASSWD" : "=")}, std::vector{bare}})
            if (auto place = sudoers.place(words); place != "sudoers") return place;
    }
    return "sudoers";
}

void judge_rules(Findings& out, const Sudoers& sudoers, const Gates& gates,
                 const Accounts& accounts) {
    const bool by_role = !sudoers.group_plugin_path.empty();
    for (const auto& rule : sudoers.rules) {
        const auto who = people(rule, accounts);
        if (who.empty()) continue;
        const std::string place = place_of(sudoers, rule);
        const std::string what =
            fmt::format("{} may run {}", fmt::join(who, ", "), fmt::join(rule.commands, ", "));
        if (by_role)
            out.warning("standing-entry",
                        fmt::format("{}: {} by a standing entry: with it any role for sudo is as "
                                    "wide as this entry",
                                    place, what),
                        edit_of(place, "the entry") + "; roles have theirs: %:ROLE");
        if (!rule.nopasswd || !gives_shell(rule) || !gives_root(rule)) continue;
        if (gates.sudo == Gate::on)
            out.note("nopasswd-su",
                     fmt::format("{}: {} as root without a password: a grant is all it takes",
                                 place, what),
                     edit_of(place, "NOPASSWD") + ", or leave it: the gate asks all the same");
        else
            out.problem("nopasswd-su",
                        fmt::format("{}: {} as root with neither password nor grant", place, what),
                        "jitctl pam enable sudo --confirm 10min");
    }
}

void judge_plugins(Findings& out, const Sudoers& sudoers) {
    if (sudoers.policy)
        out.warning("sudo-policy-plugin",
                    fmt::format("/etc/sudo.conf: policy plugin {} {} decides instead of sudoers: "
                                "whether it asks PAM, and so the gate, is not known",
                                sudoers.policy->symbol, sudoers.policy->path),
                    "take the Plugin line out of /etc/sudo.conf");
    for (const auto& option : sudoers.options) {
        if (option.name != "group_plugin" || !sudoers.group_plugin_path.empty()) continue;
        const std::string place = sudoers.place({"Defaults", "group_plugin"});
        out.warning("group-plugin",
                    fmt::format("{}: group_plugin is {}: rules for %:ROLE ask it, not JIT", place,
                                option.value),
                    edit_of(place, "group_plugin"));
    }
    if (sudoers.group_plugin_path.empty()) return;
    const auto& file = sudoers.group_plugin;
    if (!file)
        out.problem(
            "group-plugin-missing",
            fmt::format("{}: not there, but sudoers names it: rules for %:ROLE match nobody",
                        sudoers.group_plugin_path),
            "apt install --reinstall jitd, or visudo: take group_plugin out");
    else if (file->uid != 0 || file->others_may_write())
        out.problem(
            "group-plugin-mode",
            fmt::format("{}: others than root may change what sudo loads as root",
                        sudoers.group_plugin_path),
            fmt::format("chown root:root {0} && chmod 0644 {0}", sudoers.group_plugin_path));
}

void judge_roles(Findings& out, const Sudoers& sudoers, const Gates& gates) {
    const auto plugin = std::ranges::find(sudoers.options, "group_plugin", &SudoOption::name);
    if (plugin == sudoers.options.end()) {
        if (gates.sudo == Gate::off) return;
        out.note("no-role-rules",
                 "sudoers has no rules for roles (%:ROLE): beside a grant people need a standing "
                 "entry in sudoers, too",
                 "install -m 0440 /usr/share/doc/jitd/examples/00-jit /etc/sudoers.d/00-jit");
        return;
    }
    if (sudoers.group_plugin_path.empty()) return;
    const auto* quiet = find(sudoers, "mail_no_user", "false");
    if (quiet != nullptr && quiet->bound.empty()) return;
    const std::string place = sudoers.place({"Defaults", "group_plugin"});
    out.note("mail-no-user",
             fmt::format("{}: who holds no grant has no entry for sudo, which mails root each time",
                         place),
             fmt::format("visudo{}: add the line Defaults !mail_no_user", file_of(place)));
}

}  // namespace

void judge(Findings& out, const Sudoers& sudoers, const Gates& gates,
           const std::vector<std::string>& services, const Accounts& accounts) {
    if (!sudoers.broken.empty())
        out.problem("sudoers-broken",
                    fmt::format("{}: sudo leaves the line out, and doctor can't tell the rest",
                                sudoers.broken),
                    "visudo -c; then jitctl doctor again");
    if (sudoers.elsewhere)
        out.note("sudoers-elsewhere",
                 fmt::format("/etc/nsswitch.conf: sudoers: {}: doctor looked at the file only",
                             sudoers.sources),
                 "sudo -l -U USER shows what the others add");
    judge_plugins(out, sudoers);
    if (!sudoers.known) return;
    if (gates.sudo != Gate::off) {
        judge_settings(out, sudoers);
        judge_services(out, sudoers, services);
    }
    judge_rules(out, sudoers, gates, accounts);
    judge_roles(out, sudoers, gates);
}

}  // namespace jit::ctl::doctor
