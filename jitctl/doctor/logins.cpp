// SPDX-License-Identifier: Apache-2.0
#include "jitctl/doctor/logins.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <sstream>

namespace jit::ctl::doctor {
namespace {

constexpr char kSshd[] = "/usr/sbin/sshd";

struct Other {
    const char* program;
    const char* configuration;  // without it the program refuses everybody
};
constexpr Other kOthers[] = {{"/usr/bin/doas", "/etc/doas.conf"},
                             {"/usr/bin/opendoas", "/etc/doas.conf"},
                             {"/usr/bin/ksu", "/root/.k5login"}};

std::map<std::string, std::string> settings(std::string_view text) {
    std::map<std::string, std::string> out;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        const std::size_t space = line.find(' ');
        if (space != std::string::npos) out[line.substr(0, space)] = line.substr(space + 1);
    }
    return out;
}

/** AuthorizedKeysFile as sshd_config(5): relative to root's home, %h and %u of root. */
std::string key_path(std::string name) {
    for (const auto& [token, value] : {std::pair{std::string("%h"), std::string("/root")},
                                       std::pair{std::string("%u"), std::string("root")}})
        for (auto at = name.find(token); at != std::string::npos; at = name.find(token))
            name.replace(at, token.size(), value);
    return name.starts_with('/') ? name : "/root/" + name;
}

}  // namespace

bool has_key(std::string_view text) {
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        const std::size_t start = line.find_first_not_of(" \t");
        if (start != std::string::npos && line[start] != '#') return true;
    }
    return false;
}

Sshd parse_sshd(std::string_view text) {
    auto all = settings(text);
    Sshd out;
    out.known = !all.empty();
    out.permit_root_login = all["permitrootlogin"];
    out.password =
        all["passwordauthentication"] == "yes" || all["kbdinteractiveauthentication"] == "yes";
    out.uses_pam = all["usepam"] != "no";
    out.root_keys = all["pubkeyauthentication"] == "no" ? "" : all["authorizedkeysfile"];
    return out;
}

Logins read_logins(Look& look) {
    Logins out;
    for (const auto& other : kOthers) {
        const auto stat = look.stat(other.program);
        if (stat && stat->uid == 0 && (stat->mode & S_ISUID) != 0 && look.stat(other.configuration))
            out.setuid.emplace_back(other.program);
    }
    if (!look.stat(kSshd)) return out;
    // As sshd itself reads it, for root coming from anywhere.
    const auto said = look.run({kSshd, "-T", "-C", "user=root,host=localhost,addr=127.0.0.1"});
    if (!said || said->status != 0) {
        look.could_not("sshd -T");
        return out;
    }
    out.sshd = parse_sshd(said->out);
    std::istringstream names(out.sshd.root_keys);
    out.sshd.root_keys.clear();
    for (std::string name; names >> name;) {
        if (name == "none") continue;
        const std::string path = key_path(name);
        if (has_key(look.text(path).value_or(""))) out.sshd.root_keys = path;
    }
    return out;
}

void judge(Findings& out, const Logins& logins, const Gates& gates, const Accounts& accounts) {
    if (!gates.any()) return;
    for (const auto& program : logins.setuid)
        out.problem(
            "other-setuid",
            fmt::format("{}: makes root beside sudo and su, and asks for no grant", program),
            fmt::format("remove it, or chmod u-s {}", program));
    const Sshd& sshd = logins.sshd;
    if (!sshd.known) return;
    if (gates.sshd != Gate::off && !sshd.uses_pam)
        out.problem("sshd-without-pam", "sshd_config: UsePAM no: sshd never asks the gate",
                    "set UsePAM yes in sshd_config, and systemctl reload ssh");
    if (gates.sshd == Gate::on && sshd.uses_pam) return;
    const bool by_key = sshd.permit_root_login != "no" &&
                        sshd.permit_root_login != "forced-commands-only" && !sshd.root_keys.empty();
    const bool by_password =
        sshd.permit_root_login == "yes" && sshd.password && accounts.root != Password::locked;
    if (!by_key && !by_password) return;
    out.warning("root-ssh-not-gated",
                fmt::format("sshd: root may log in {} without a grant (PermitRootLogin {})",
                            by_key ? "with a key of " + sshd.root_keys : "with a password",
                            sshd.permit_root_login),
                "jitctl pam enable sshd --confirm 10min, or PermitRootLogin no in sshd_config and "
                "systemctl reload ssh");
}

}  // namespace jit::ctl::doctor
