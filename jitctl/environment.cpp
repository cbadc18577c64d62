// SPDX-License-Identifier: Apache-2.0
#include "jitctl/environment.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "common/names.hpp"

namespace jit::ctl {

Environment system_environment() {
    Environment env;
    env.uid = ::getuid();
    env.bus_address = "unix:path=/run/dbus/system_bus_socket";
    // Root's calls decide who elevates: they go where nothing but this file says.
    if (const char* address = ::secure_getenv("DBUS_SYSTEM_BUS_ADDRESS");
        address != nullptr && env.uid != 0)
        env.bus_address = address;
    env.gate_socket = kGateSocket;
    env.config_dir = kConfigDir;
    env.vendor_dir = kVendorDir;
    env.recordings_dir = kRecordingsDir;
    env.cache_dir = "/var/cache/jit";
    env.sudoreplay = "/usr/bin/sudoreplay";
    env.ssh_keygen = "ssh-keygen";
    env.now = [] { return std::chrono::floor<core::Usec>(std::chrono::system_clock::now()); };
    env.out = stdout;
    env.err = stderr;
    env.in_tty = ::isatty(STDIN_FILENO) == 1;
    env.out_tty = ::isatty(STDOUT_FILENO) == 1;
    env.err_tty = ::isatty(STDERR_FILENO) == 1;
    const char* no_color = std::getenv("NO_COLOR");
    const char* term = std::getenv("TERM");
    env.color = env.out_tty && (no_color == nullptr || *no_color == '\0') &&
                (term == nullptr || std::string_view(term) != "dumb");
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        env.columns = size.ws_col;
    return env;
}

}  // namespace jit::ctl
