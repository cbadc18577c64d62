// SPDX-License-Identifier: Apache-2.0
#include "jitctl/doctor/polkit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace jit::ctl::doctor {
namespace {

constexpr std::array<std::string_view, 4> kFolders = {
    "/etc/polkit-1/rules.d", "/run/polkit-1/rules.d", "/usr/local/share/polkit-1/rules.d",
    "/usr/share/polkit-1/rules.d"};
/** Comes with systemd, for its own account. */
constexpr std::string_view kHarmless = "systemd-networkd.rules";
constexpr char kRemedy[] =
    "write /etc/polkit-1/rules.d/00-admin.rules: polkit.addAdminRule(function(action, subject) { "
    "return [\"unix-user:root\"]; });";

/** Without comments, the lines kept. */
std::string code_of(std::string_view text) {
    std::string out;
    char quote = '\0';
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const char next = i + 1 < text.size() ? text[i + 1] : '\0';
        if (quote == '\0' && c == '/' && next == '/') {
            while (i < text.size() && text[i] != '\n') ++i;
            out += '\n';
        } else if (quote == '\0' && c == '/' && next == '*') {
            const std::size_t end = std::min(text.find("*/", i + 2), text.size());
            out.append(static_cast<std::size_t>(
                           std::count(text.begin() + static_cast<std::ptrdiff_t>(i),
                                      text.begin() + static_cast<std::ptrdiff_t>(end), '\n')),
                       '\n');
            i = end + 1;
        } else {
            if (quote == c && (i == 0 || text[i - 1] != '\\'))
                quote = '\0';
            else if (quote == '\0' && (c == '"' || c == '\''))
                quote = c;
            out += c;
        }
    }
    return out;
}

std::size_t line_of(std::string_view text, std::string_view word) {
    const std::size_t at = text.find(word);
    if (at == std::string_view::npos) return 0;
    const auto before = text.substr(0, at);
    return 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
}

/** People an identity stands for; empty when there are none, and for root. */
std::string people(const std::string& identity, const Accounts& accounts) {
    constexpr std::string_view kUser = "unix-user:", kGroup = "unix-group:";
    if (identity.starts_with(kUser)) {
        const std::string name = identity.substr(kUser.size());
        return name == "root" || name == "0" ? "" : name;
    }
    if (!identity.starts_with(kGroup)) return identity;
    const std::string group = identity.substr(kGroup.size());
    const auto members = accounts.members_of(group);
    return members.empty() ? "" : fmt::format("{} (group {})", fmt::join(members, ", "), group);
}

void judge_admins(Findings& out, const PolkitRules& file, const Accounts& accounts) {
    std::vector<std::string> who;
    for (const auto& identity : file.admins)
        if (auto them = people(identity, accounts); !them.empty()) who.push_back(std::move(them));
    if (file.admins.empty()) who.emplace_back("whom it returns");
    if (who.empty()) return;
    out.problem("polkit-admin",
                fmt::format("{}:{}: polkit takes for an administrator: {}: pkexec and systemd-run "
                            "make them root with a password and without a grant",
                            file.path, file.admin_line, fmt::join(who, ", ")),
                kRemedy);
}

}  // namespace

PolkitRules parse_rules(std::string path, std::string_view text) {
    PolkitRules out;
    out.path = std::move(path);
    const std::string code = code_of(text);
    out.admin_line = line_of(code, "addAdminRule");
    out.yes_line = line_of(code, "Result.YES");
    if (out.admin_line == 0) return out;
    for (const std::string_view kind : {"unix-user:", "unix-group:", "unix-netgroup:"})
        for (std::size_t at = code.find(kind); at != std::string::npos;
             at = code.find(kind, at + 1)) {
            const std::size_t end = code.find_first_of("\"'`\n", at);
            out.admins.push_back(code.substr(at, end - at));
        }
    return out;
}

Polkit read_polkit(Look& look) {
    Polkit out;
    out.installed = look.stat("/usr/lib/polkit-1/polkitd").has_value() ||
                    look.stat("/usr/libexec/polkitd").has_value();
    if (!out.installed) return out;
    std::vector<std::pair<std::string, std::string>> found;  // name, path
    for (const auto folder : kFolders)
        for (const auto& name : look.names(std::string(folder)))
            if (name.ends_with(".rules"))
                found.emplace_back(name, fmt::format("{}/{}", folder, name));
    std::ranges::stable_sort(found, {}, &std::pair<std::string, std::string>::first);
    for (const auto& [name, path] : found)
        if (const auto text = look.text(path)) out.files.push_back(parse_rules(path, *text));
    return out;
}

void judge(Findings& out, const Polkit& polkit, const Gates& gates, const Accounts& accounts) {
    if (!polkit.installed || !gates.any()) return;
    // The first rule that answers decides; ours is put in front of all others.
    const auto first = std::ranges::find_if(
        polkit.files, [](const PolkitRules& file) { return file.admin_line > 0; });
    if (first != polkit.files.end()) judge_admins(out, *first, accounts);
    for (const auto& file : polkit.files) {
        if (file.yes_line == 0 || file.path.ends_with(kHarmless)) continue;
        const std::string text = fmt::format(
            "{}:{}: a polkit rule that answers YES lets people do what it names without password "
            "and grant",
            file.path, file.yes_line);
        if (file.path.starts_with("/etc/"))
            out.warning("polkit-yes", text,
                        "make it answer polkit.Result.AUTH_ADMIN, or remove it");
        else
            out.note("polkit-yes", text,
                     "read it; a file of the same name in "
                     "/etc/polkit-1/rules.d takes its place");
    }
}

}  // namespace jit::ctl::doctor
