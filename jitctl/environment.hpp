// SPDX-License-Identifier: Apache-2.0
// Everything jitctl takes from the outside world; main.cpp fills in the fixed values, tests others.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <string>

#include "core/time.hpp"

namespace jit::ctl {

struct Environment {
    std::string bus_address;  // D-Bus address list of the system bus
    std::string gate_socket;
    uid_t gate_peer = 0;   // who must listen on it
    bool use_gate = true;  // root asks peer to peer, first
    std::string config_dir;
    std::string vendor_dir;
    bool reads_journal = true;  // itself, if it may; otherwise jitd is asked
    std::string recordings_dir;  // sudo's I/O logs of recorded sessions
    std::string cache_dir;       // what can be made again
    std::string sudoreplay;
    std::string ssh_keygen;  // name looked up in PATH, or a path
    uid_t uid = 0;
    core::Usec timeout = std::chrono::seconds(5);  // of one call to jitd, all of it
    std::function<core::Wall()> now;

    std::FILE* out = nullptr;
    std::FILE* err = nullptr;
    bool in_tty = false, out_tty = false, err_tty = false;
    bool color = false;
    int columns = 80;
};

/** The fixed paths and this process's terminal. */
Environment system_environment();

}  // namespace jit::ctl
