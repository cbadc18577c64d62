// SPDX-License-Identifier: Apache-2.0
#include "jitctl/doctor/accounts.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <array>

namespace jit::ctl::doctor {
namespace {

struct RootGroup {
    std::string_view name;
    Severity severity;
    std::string_view how;
};

constexpr auto kRootGroups = std::to_array<RootGroup>({
    {"docker", Severity::problem, "a container may mount the host's disk"},
    {"lxd", Severity::problem, "a container may mount the host's disk"},
    {"incus-admin", Severity::problem, "a container may mount the host's disk"},
    {"libvirt", Severity::problem, "a virtual machine may be given the host's disk"},
    {"microk8s", Severity::problem, "a pod may mount the host's disk"},
    {"disk", Severity::problem, "it writes the raw disks"},
    {"kmem", Severity::problem, "it reads and writes the kernel's memory"},
    {"shadow", Severity::warning, "it reads the password hashes, root's among them"},
});

Password read_root(Look& look) {
    const auto text = look.text("/etc/shadow");
    if (!text) return Password::unknown;
    constexpr std::string_view kRoot = "root:";
    for (std::string_view rest = *text; !rest.empty();) {
        const std::size_t newline = rest.find('\n');
        const std::string_view line = rest.substr(0, newline);
        rest.remove_prefix(newline == std::string_view::npos ? rest.size() : newline + 1);
        if (!line.starts_with(kRoot)) continue;
        const std::string_view field = line.substr(kRoot.size());
        return password_of(field.substr(0, field.find(':')));
    }
    return Password::unknown;
}

}  // namespace

std::vector<std::string> Accounts::members_of(std::string_view name) const {
    const auto group = std::ranges::find(groups, name, &Group::name);
    if (group == groups.end()) return {};
    std::vector<std::string> out = group->members;
    for (const auto& account : accounts)
        if (account.gid == group->gid) out.push_back(account.name);
    std::ranges::sort(out);
    out.erase(std::unique(out.begin(), out.end()), out.end());
    std::erase(out, "root");
    return out;
}

Password password_of(std::string_view field) {
    if (field.empty()) return Password::none;
    return field[0] == '!' || field[0] == '*' ? Password::locked : Password::set;
}

Accounts read_accounts(Look& look) {
    Accounts out;
    ::setpwent();
    while (const passwd* entry = ::getpwent())
        out.accounts.push_back({entry->pw_name, entry->pw_uid, entry->pw_gid});
    ::endpwent();
    ::setgrent();
    while (const group* entry = ::getgrent()) {
        Group next{entry->gr_name, entry->gr_gid, {}};
        for (char** member = entry->gr_mem; *member != nullptr; ++member)
            next.members.emplace_back(*member);
        out.groups.push_back(std::move(next));
    }
    ::endgrent();
    out.root = read_root(look);
    return out;
}

void judge(Findings& out, const Accounts& accounts, const Gates& gates) {
    for (const auto& root : kRootGroups) {
        const auto members = accounts.members_of(root.name);
        if (members.empty()) continue;
        const std::string text =
            fmt::format("group {}: {} {} root without a grant: {}", root.name,
                        fmt::join(members, ", "), members.size() == 1 ? "is" : "are", root.how);
        std::string remedy;
        for (const auto& member : members)
            remedy += fmt::format("{}gpasswd --delete {} {}", remedy.empty() ? "" : "; ", member,
                                  root.name);
        if (root.severity == Severity::problem)
            out.problem("root-group", text, remedy);
        else
            out.warning("root-group", text, remedy);
    }
    for (const auto& account : accounts.accounts)
        if (account.uid == 0 && account.name != "root")
            out.problem(
                "uid-zero",
                fmt::format("account {}: has uid 0, and root is never asked for a grant",
                            account.name),
                fmt::format("usermod --uid UID {}, or userdel {}", account.name, account.name));
    if (accounts.root == Password::none)
        out.problem("root-without-password",
                    gates.su == Gate::on
                        ? "root has an empty password: at the console anybody is root"
                        : "root has an empty password: su and the console make anybody root",
                    "passwd root, or passwd --lock root");
}

}  // namespace jit::ctl::doctor
