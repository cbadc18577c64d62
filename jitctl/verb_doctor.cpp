// SPDX-License-Identifier: Apache-2.0
// Reads the host, judges what was read, tells it. Changes nothing.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/names.hpp"
#include "core/text.hpp"
#include "jitctl/doctor/accounts.hpp"
#include "jitctl/doctor/clock.hpp"
#include "jitctl/doctor/config.hpp"
#include "jitctl/doctor/daemon.hpp"
#include "jitctl/doctor/journal_storage.hpp"
#include "jitctl/doctor/logins.hpp"
#include "jitctl/doctor/pam.hpp"
#include "jitctl/doctor/polkit.hpp"
#include "jitctl/doctor/recordings.hpp"
#include "jitctl/doctor/sudoers.hpp"
#include "jitctl/verb.hpp"
#include "jitctl/view.hpp"

namespace jit::ctl {
namespace {

using doctor::Finding;
using doctor::Findings;
using doctor::Severity;

std::string node_name() {
    std::string name(256, '\0');
    if (::gethostname(name.data(), name.size() - 1) < 0) return {};
    return name.substr(0, name.find('\0'));
}

std::optional<gid_t> service_group(const doctor::Accounts& accounts) {
    const auto group = std::ranges::find(accounts.groups, kServiceUser, &doctor::Group::name);
    if (group == accounts.groups.end()) return std::nullopt;
    return group->gid;
}

void judge_unseen(Findings& out, const doctor::Look& look, uid_t uid) {
    if (look.unseen().empty()) return;
    out.note("not-looked-at", fmt::format("could not look at {}", fmt::join(look.unseen(), ", ")),
             uid == 0 ? "see why, and jitctl doctor again" : "as root: jitctl doctor");
}

Findings examine(const Environment& env, std::string& host) {
    doctor::Look look;
    const std::string node = node_name();
    const auto accounts = doctor::read_accounts(look);
    const auto pam = doctor::read_pam(look);
    const auto sudoers = doctor::read_sudoers(look, node);
    const auto polkit = doctor::read_polkit(look);
    const auto logins = doctor::read_logins(look);
    const auto config =
        doctor::read_config(look, env.config_dir, env.vendor_dir, service_group(accounts));
    const auto daemon = doctor::read_daemon(look, env, accounts);
    const auto journal = doctor::read_journal_storage(look);
    const auto recordings =
        doctor::read_recordings(look, env.recordings_dir, env.sudoreplay, service_group(accounts));
    const auto clock_error = doctor::read_clock_error(look);
    host = config.host.name.empty() ? node : config.host.name;

    const core::Wall now = env.now();
    const doctor::Gates gates = pam.gates();
    Findings out;
    judge(out, pam, accounts);
    judge(out, sudoers, gates, pam.asking(), accounts);
    judge(out, accounts, gates);
    judge(out, polkit, gates, accounts);
    judge(out, logins, gates, accounts);
    judge(out, daemon, gates, now);
    judge(out, config, gates, now);
    judge_lockout(out, config, gates, accounts, logins, now);
    judge(out, recordings, sudoers, config);
    judge(out, journal);
    judge_clock(out, clock_error);
    judge_unseen(out, look, env.uid);
    return out;
}

std::string counted(std::size_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string summary(const Findings& findings, const std::string& host) {
    std::string parts;
    for (const auto severity : {Severity::problem, Severity::warning, Severity::note})
        if (const auto count = findings.count(severity); count > 0)
            parts += (parts.empty() ? "" : ", ") + counted(count, to_string(severity));
    if (parts.empty()) return fmt::format("no problems found on {}", host);
    if (findings.count(Severity::problem) + findings.count(Severity::warning) == 0)
        return fmt::format("no problems found on {} ({})", host, parts);
    return fmt::format("{} on {}", parts, host);
}

/** Broken at blanks to the terminal's width, each line behind `indent` blanks but the first. */
std::string wrapped(std::string_view text, std::size_t indent, std::size_t columns) {
    const std::size_t width = std::max<std::size_t>(columns > indent ? columns - indent : 0, 40);
    std::string out;
    while (text.size() > width) {
        std::size_t end = text.rfind(' ', width);
        if (end == std::string_view::npos) end = text.find(' ');
        if (end == std::string_view::npos) break;
        out += std::string(text.substr(0, end)) + "\n" + std::string(indent, ' ');
        text.remove_prefix(end + 1);
    }
    return out + std::string(text) + "\n";
}

std::string block(const Context& context, const Finding& finding) {
    const auto style = finding.severity == Severity::problem   ? Style::bad
                       : finding.severity == Severity::warning ? Style::warn
                                                               : Style::dim;
    constexpr std::size_t kIndent = 9;
    const auto columns = static_cast<std::size_t>(context.env.columns);
    return fmt::format("{}{} {}", context.out.styled(style, to_string(finding.severity)),
                       std::string(kIndent - 1 - to_string(finding.severity).size(), ' '),
                       wrapped(fmt::format("{} [{}]", core::escape(finding.text), finding.id),
                               kIndent, columns)) +
           fmt::format("{:>8} {}", "fix", wrapped(core::escape(finding.remedy), kIndent, columns));
}

}  // namespace

int run(const Context& context, const DoctorOptions&) {
    std::string host;
    const Findings findings = examine(context.env, host);
    const auto sorted = findings.sorted();
    if (context.out.json()) {
        context.out.object({{"findings", to_json(sorted)}});
    } else if (context.out.terminal()) {
        for (const auto& finding : sorted) context.out.text(block(context, finding) + "\n");
    } else {
        Table table({"SEVERITY", "ID", "TEXT", "REMEDY"});
        for (const auto& finding : sorted)
            table.add({std::string(to_string(finding.severity)), finding.id, finding.text,
                       finding.remedy});
        context.out.table(table);
    }
    context.out.note(summary(findings, host));
    const bool fine = findings.count(Severity::problem) + findings.count(Severity::warning) == 0;
    return static_cast<int>(fine ? Exit::ok : Exit::failure);
}

}  // namespace jit::ctl
