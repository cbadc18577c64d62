// SPDX-License-Identifier: Apache-2.0
// What the module finds outside itself. Constants in the product; the tests link other ones.
#pragma once

#include <cstdint>

#include "common/peer_bus.hpp"

namespace jit::pam {

struct Environment {
    PeerAddress gate;
    PeerAddress systemd;
    const char* cgroup_file;
    const char* cgroup_root;
    const char* loginuid_file;
    const char* fd_dir;          // /proc/self/fd
    const char* recordings_dir;  // where sudo keeps its I/O logs
    const char* log_socket;
    const char* nsswitch_file;
    const char* passwd_file;
    std::int64_t account_msec;  // for a whole phase, user database and PID 1 included
    std::int64_t session_msec;
    std::int64_t close_msec;
};

[[nodiscard]] Environment environment() noexcept;

}  // namespace jit::pam
