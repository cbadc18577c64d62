// SPDX-License-Identifier: Apache-2.0
#include "pam_jit/environment.hpp"

#include "common/names.hpp"

namespace jit::pam {

Environment environment() noexcept {
    return {.gate = {kGateSocket, 0},
            .systemd = {kSystemdPrivate, 0},
            .cgroup_file = "/proc/self/cgroup",
            .cgroup_root = "/sys/fs/cgroup",
            .loginuid_file = "/proc/self/loginuid",
            .fd_dir = "/proc/self/fd",
            .recordings_dir = kRecordingsDir,
            .log_socket = "/dev/log",
            .nsswitch_file = "/etc/nsswitch.conf",
            .passwd_file = "/etc/passwd",
            // Of the 3 s a person waits at most: jit_group has had 0.75 s before the account phase,
            // and sudo on a busy host needs some.
            .account_msec = 1750,
            .session_msec = 2500,
            .close_msec = 500};
}

}  // namespace jit::pam
