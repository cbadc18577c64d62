// SPDX-License-Identifier: Apache-2.0
// Where jitd finds the world. main() passes the fixed places; tests pass others.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "common/names.hpp"

namespace jit::daemon {

struct Environment {
    std::string config_dir = kConfigDir;
    std::string vendor_dir = kVendorDir;
    std::string state_dir = kStateDir;
    std::string end_dir = kEndDir;
    std::string cgroup_dir = "/sys/fs/cgroup/jit.slice";
    std::string journal_socket = "/run/systemd/journal/socket";
    std::string terminals_dir = "/dev/pts";
    std::string recordings_dir = kRecordingsDir;
    std::string machine_id = "/etc/machine-id";
    std::string accounts_file = "/etc/passwd";
    std::uint32_t root_uid = 0;  // owner of the files in config_dir and peer on the gate
    bool system_bus = true;
    std::chrono::microseconds quiet = std::chrono::milliseconds(200);  // a delivery is two files: nothing moves so long
};

}  // namespace jit::daemon
