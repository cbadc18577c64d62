// SPDX-License-Identifier: Apache-2.0
#include "jitd/caller.hpp"

#include <fcntl.h>

#include <cstdlib>
#include <optional>
#include <string_view>

#include "common/handle.hpp"
#include "jitd/accounts.hpp"

namespace jit::daemon {
namespace {

std::string read_proc(pid_t pid, const char* file) {
    const auto path = "/proc/" + std::to_string(pid) + "/" + file;
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    char text[4096];
    const auto n = fd ? ::read(fd.get(), text, sizeof text) : -1;
    return n > 0 ? std::string(text, static_cast<std::size_t>(n)) : "";
}

/** The id in ".../jit.slice/jit-ID.scope..."; of a path that only looks like it, whatever stands there. */
std::optional<std::string> scope_of(std::string_view cgroup) {
    constexpr std::string_view kBefore = "/jit.slice/jit-", kAfter = ".scope";
    const auto at = cgroup.find(kBefore);
    const auto end = at == std::string_view::npos ? at : cgroup.find(kAfter, at);
    if (end == std::string_view::npos) return std::nullopt;
    return std::string(cgroup.substr(at + kBefore.size(), end - at - kBefore.size()));
}

}  // namespace

Evidence evidence_of(pid_t pid) {
    Evidence out;
    const auto login = read_proc(pid, "loginuid");
    if (!login.empty()) out.loginuid = static_cast<std::uint32_t>(std::strtoul(login.c_str(), nullptr, 10));
    const auto cgroup = read_proc(pid, "cgroup");
    const auto session = scope_of(cgroup);
    out.in_scope = cgroup.empty() || session;  // what can't be seen counts as inside
    out.session = session.value_or("");
    return out;
}

Roster Roster::of(const core::Config& config) {
    return {config.settings.admins, config.settings.observers, core::groups_named(config)};
}

core::Member member_of(const std::string& account, const std::vector<std::string>& groups) {
    return {account, groups.empty() ? groups : groups_among(account, groups)};
}

core::Actor resolve(const Peer& peer, const Evidence& evidence, const Roster& roster) {
    core::Actor actor;
    actor.uid = peer.uid;
    actor.account = name_of(peer.uid);
    actor.loginuid = evidence.loginuid;
    if (evidence.loginuid != kNoUid) actor.login_account = name_of(evidence.loginuid);
    actor.in_scope = evidence.in_scope;
    actor.session = evidence.session;
    actor.admin = peer.uid == 0;
    if (actor.account.empty()) return actor;
    actor.groups = member_of(actor.account, roster.groups).groups;
    const core::Trust nobody;  // admins and observers are accounts and groups, never principals
    actor.admin = actor.admin || core::names(roster.admins, actor.member(), nobody);
    actor.observer = core::names(roster.observers, actor.member(), nobody);
    return actor;
}

}  // namespace jit::daemon
