// SPDX-License-Identifier: Apache-2.0
// The environment of the tests' module: everything below JIT_TEST_DIR, owned by whoever runs the
// test.
#include <stdlib.h>
#include <unistd.h>

#include "common/fixed_text.hpp"
#include "pam_jit/environment.hpp"

namespace jit::pam {
namespace {

const char* below(const char* name) noexcept {
    char* path = nullptr;
    return ::asprintf(&path, "%s/%s", ::getenv("JIT_TEST_DIR"), name) < 0 ? ""
                                                                          : path;  // leaks: a test
}

}  // namespace

Environment environment() noexcept {
    return {.gate = {below("gate"), ::geteuid()},
            .systemd = {below("systemd"), ::geteuid()},
            .cgroup_file = below("cgroup"),
            .cgroup_root = below("fs"),
            .loginuid_file = below("loginuid"),
            .fd_dir = "/proc/self/fd",
            .recordings_dir = below("jit-io"),
            .log_socket = below("log"),
            .nsswitch_file = "/etc/nsswitch.conf",
            .passwd_file = "/etc/passwd",
            .account_msec = ::atoi(::getenv("JIT_TEST_MSEC")),
            .session_msec = ::atoi(::getenv("JIT_TEST_MSEC")),
            .close_msec = 500};
}

}  // namespace jit::pam
