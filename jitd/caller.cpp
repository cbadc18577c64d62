// SPDX-License-Identifier: Apache-2.0
#include "jitd/caller.hpp"

#include <fcntl.h>

#include <cstdlib>
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

bool in_jit_scope(std::string_view cgroup) {
    const auto at = cgroup.find("/jit.slice/jit-");
    return at != std::string_view::npos && cgroup.find(".scope", at) != std::string_view::npos;
}

}  // namespace

Evidence evidence_of(pid_t pid) {
    Evidence out;
    const auto login = read_proc(pid, "loginuid");
    if (!login.empty()) out.loginuid = static_cast<std::uint32_t>(std::strtoul(login.c_str(), nullptr, 10));
    const auto cgroup = read_proc(pid, "cgroup");
    out.in_scope = cgroup.empty() || in_jit_scope(cgroup);  // what can't be seen counts as inside
    return out;
}

core::Actor resolve(const Peer& peer, const Evidence& evidence, const std::vector<std::string>& admins) {
    core::Actor actor;
    actor.uid = peer.uid;
    actor.account = name_of(peer.uid);
    actor.loginuid = evidence.loginuid;
    if (evidence.loginuid != kNoUid) actor.login_account = name_of(evidence.loginuid);
    actor.in_scope = evidence.in_scope;
    actor.admin = peer.uid == 0 || (!actor.account.empty() && is_listed(actor.account, admins));
    return actor;
}

}  // namespace jit::daemon
