// SPDX-License-Identifier: Apache-2.0
// Who calls: credentials of the connection, and what /proc says of the process behind it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/names.hpp"
#include "core/event.hpp"

namespace jit::daemon {

struct Peer {
    std::uint32_t uid = kNoUid;
    pid_t pid = 0;
};

/** Evidence that may only refuse, never allow: root can forge it and pids are reused. */
struct Evidence {
    std::uint32_t loginuid = kNoUid;
    bool in_scope = false;
    std::string session;  // of the scope, if it can be told
};

/** Whose names count for more than an account's own. */
struct Roster {
    std::vector<std::string> admins, observers;
    std::vector<std::string> groups;  // those that the configuration names

    static Roster of(const core::Config& config);
};

Evidence evidence_of(pid_t pid);
/** On the worker: names and rights behind a peer. */
core::Actor resolve(const Peer& peer, const Evidence& evidence, const Roster& roster);
/** On the worker: an account with its groups among these. */
core::Member member_of(const std::string& account, const std::vector<std::string>& groups);

}  // namespace jit::daemon
