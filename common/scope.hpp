// SPDX-License-Identifier: Apache-2.0
// The scope of an elevated session, asked of PID 1 without the bus. Used by pam_jit, as root.
#pragma once

#include <cstdint>

#include "common/fixed_text.hpp"
#include "common/peer_bus.hpp"

namespace jit {

using SessionId = FixedText<33>;    // 32 lower-case hex digits
using CgroupPath = FixedText<512>;  // as in /proc/self/cgroup, from the cgroup root

/** 32 lower-case hex digits. */
[[nodiscard]] bool is_session_id(const char* text) noexcept;
/** "jit-<id>.scope". */
[[nodiscard]] FixedText<48> scope_name(const SessionId& id) noexcept;

struct Scope {
    SessionId session;
    std::uint64_t runtime_max_usec;  // from now; PID 1 ends the scope then
    std::uint64_t grace_usec;        // between TERM and KILL
};

// All return 0 or a negative errno.

/** Starts the scope with this process in it, and the switch jitd ends it by. */
[[nodiscard]] int start_scope(PeerBus& systemd, const Scope& scope, Deadline deadline) noexcept;
/** Moves this process into a running scope (made with Delegate=). */
[[nodiscard]] int join_scope(PeerBus& systemd, const SessionId& session,
                             Deadline deadline) noexcept;
/** The cgroup of this process in the unified hierarchy. `file` is /proc/self/cgroup. */
[[nodiscard]] int own_cgroup(const char* file, CgroupPath& out) noexcept;
/** The session whose scope `cgroup` lies in; false if in none. */
[[nodiscard]] bool session_of(const CgroupPath& cgroup, SessionId& out) noexcept;
/** PID 1 moves us after it has answered: waits until we are in the session's scope. */
[[nodiscard]] int await_scope(const char* file, const SessionId& session, Deadline deadline,
                              CgroupPath& out) noexcept;

}  // namespace jit
