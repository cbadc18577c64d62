// SPDX-License-Identifier: Apache-2.0
#include "jitctl/doctor/daemon.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>

#include "common/names.hpp"
#include "jitctl/manager_client.hpp"
#include "jitctl/view.hpp"
#include "jitctl/when.hpp"

namespace jit::ctl::doctor {
namespace {

constexpr core::Usec kFileSoon = std::chrono::hours(4);
constexpr std::uint64_t kRoom = 4U << 20;

/** What a call failed of, without what a person is told to do about it: that is the remedy here. */
std::string reason_of(const core::Error& error) {
    constexpr std::string_view kBefore = "jitd does not answer: ";
    std::string text = error.text.substr(0, error.text.find(". "));
    if (text.starts_with(kBefore)) text.erase(0, kBefore.size());
    if (text.ends_with('.')) text.pop_back();
    return text;
}

/** As jitd(8) says to stop it: `mask --runtime`. */
std::string start_command(const Daemon& daemon) {
    constexpr std::string_view kUnits = "jitd.socket jitd.service";
    const std::string start = fmt::format("systemctl start {}", kUnits);
    if (!daemon.socket_enabled.starts_with("masked")) return start;
    return fmt::format("systemctl unmask {}{} && {}", daemon.socket_enabled == "masked-runtime" ? "--runtime " : "", kUnits, start);
}

void judge_answer(Findings& out, const Daemon& daemon, const Gates& gates) {
    if (!daemon.silence.empty()) {
        const std::string text =
            fmt::format("jitd does not answer ({}): every gated service refuses everybody but root",
                        daemon.silence);
        const std::string remedy = start_command(daemon) + "; why: journalctl -u jitd";
        if (gates.enforced())
            out.problem("jitd-silent", text, remedy);
        else
            out.warning("jitd-silent", text, remedy);
        return;
    }
    if (const auto state = text_of(daemon.status, "state"); !state.empty() && state != "ok")
        out.problem("state-" + state,
                    fmt::format("{}: jitd can't use its state: nobody elevates", kStateDir),
                    "journalctl -u jitd says why; free or repair the disk, or put a copy of "
                    "/var/lib/jit back, then systemctl restart jitd; if it is lost: jitctl state recover");
}

bool is_socket_right(const FileStat& stat) {
    return S_ISSOCK(stat.mode) && stat.uid == 0 && (stat.mode & 0777U) == 0600;
}

void judge_places(Findings& out, const Daemon& daemon, const Gates& gates) {
    constexpr char kAgain[] = "systemctl stop jitd.socket jitd && systemctl start jitd.socket jitd";
    if (!daemon.socket && gates.any())
        out.problem("gate-missing", fmt::format("{}: not there: no service can ask", kGateSocket),
                    kAgain);
    if (daemon.socket && !is_socket_right(*daemon.socket))
        out.problem(
            "gate-mode",
            fmt::format("{}: must be a socket of root with mode 0600, and is of uid {} with "
                        "mode {:04o}",
                        kGateSocket, daemon.socket->uid, daemon.socket->mode & 07777U),
            kAgain);
    if (daemon.run_dir && (daemon.run_dir->uid != 0 || daemon.run_dir->others_may_write()))
        out.problem("gate-mode",
                    fmt::format("{}: others than root may replace the gate's socket", kRuntimeDir),
                    fmt::format("chown root:root {0} && chmod 0711 {0}", kRuntimeDir));
    if (daemon.state_dir && daemon.owner &&
        (daemon.state_dir->uid != *daemon.owner || (daemon.state_dir->mode & 077U) != 0))
        out.problem("state-mode",
                    fmt::format("{}: must belong to jitd with mode 0700: others may change what is "
                                "granted",
                                kStateDir),
                    fmt::format("chown jitd:jitd {0} && chmod 0700 {0}", kStateDir));
    if (daemon.room && *daemon.room < kRoom)
        out.warning("state-full",
                    fmt::format("{}: {} KiB left: without room no grant can be made or ended for "
                                "good",
                                kStateDir, *daemon.room / 1024),
                    fmt::format("free room on the file system of {}", kStateDir));
    if (gates.any() && daemon.socket_enabled == "masked-runtime")
        out.problem("socket-not-enabled", "jitd.socket: masked-runtime: until the next reboot no service can ask",
                    start_command(daemon));
    else if (gates.any() && !daemon.socket_enabled.empty() && daemon.socket_enabled != "enabled")
        out.problem("socket-not-enabled",
                    fmt::format("jitd.socket: {}: after the next reboot no service can ask",
                                daemon.socket_enabled),
                    "systemctl unmask jitd.socket jitd.service; systemctl enable --now jitd.socket "
                    "jitd.service");
}

bool has_live(const Json& grants, std::string_view origin) {
    return std::ranges::any_of(grants, [&](const Json& grant) {
        const auto state = text_of(grant, "state");
        return text_of(grant, "origin") == origin && (state == "active" || state == "scheduled");
    });
}

void judge_grant_file(Findings& out, const Daemon& daemon, core::Wall now) {
    const auto it = daemon.status.find("file");
    if (it == daemon.status.end() || !it->is_object()) return;
    const auto state = text_of(*it, "state");
    const auto ends = time_of(*it, "expires_usec");
    if (state == "refused")
        out.problem(
            "grant-file-refused",
            fmt::format("/etc/jit/grants.toml: refused: {} [{}]; what was accepted before "
                        "goes on serving",
                        text_of(*it, "text"), text_of(*it, "code")),
            "jitctl verify --against-accepted /etc/jit/grants.toml, and deliver a file that "
            "passes");
    if (state == "expired" && ends)
        out.note("grant-file-expired",
                 fmt::format("/etc/jit/grants.toml: expired {}: its grants no longer serve",
                             format_left(*ends, now)),
                 "deliver a newer file, if grants come by file");
    if (state != "expired" && ends && *ends > now && *ends - now < kFileSoon &&
        has_live(daemon.grants, "file"))
        out.warning("grant-file-near-end",
                    fmt::format("/etc/jit/grants.toml: expires in {}, and its grants and sessions "
                                "with it",
                                format_left(*ends, now)),
                    "deliver a newer file");
}

void judge_roles(Findings& out, const Daemon& daemon) {
    for (const auto& grant : daemon.grants)
        if (text_of(grant, "code") == "ROLE_UNKNOWN")
            out.warning("role-unknown",
                        fmt::format("/etc/jit/policy.toml: has no role {}: grant {} of {} lets "
                                    "nobody in",
                                    text_of(grant, "role"), text_of(grant, "id"),
                                    text_of(grant, "account")),
                        fmt::format("add [role.{}] to /etc/jit/policy.toml, then jitctl reload",
                                    text_of(grant, "role")));
}

}  // namespace

Daemon read_daemon(Look& look, const Environment& env, const Accounts& accounts) {
    Daemon out;
    ManagerClient client(env);
    if (auto status = client.status())
        out.status = *std::move(status);
    else
        out.silence = reason_of(status.error());
    if (out.silence.empty())
        if (auto grants = client.grants({.user = {}, .all = false}))
            out.grants = *std::move(grants);
    const auto jitd = std::ranges::find(accounts.accounts, kServiceUser, &Account::name);
    if (jitd != accounts.accounts.end()) out.owner = jitd->uid;
    out.run_dir = look.stat(kRuntimeDir);
    out.socket = look.stat(kGateSocket);
    out.state_dir = look.stat(kStateDir);
    struct statvfs disk {};
    if (::statvfs(look.at(kStateDir).c_str(), &disk) == 0)
        out.room = std::uint64_t{disk.f_bavail} * disk.f_frsize;
    if (const auto said = look.run({"/usr/bin/systemctl", "is-enabled", "jitd.socket"}))
        out.socket_enabled = said->out.substr(0, said->out.find('\n'));
    return out;
}

void judge(Findings& out, const Daemon& daemon, const Gates& gates, core::Wall now) {
    judge_answer(out, daemon, gates);
    judge_places(out, daemon, gates);
    judge_roles(out, daemon);
    judge_grant_file(out, daemon, now);
}

}  // namespace jit::ctl::doctor
