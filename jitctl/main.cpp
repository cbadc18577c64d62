// SPDX-License-Identifier: Apache-2.0
// jitctl: the people's tool. Fixes the paths; all else is in the library, which tests link.
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <clocale>
#include <cstdlib>
#include <exception>

#include "common/names.hpp"
#include "jitctl/verb.hpp"

namespace {

jit::ctl::Environment environment() {
    jit::ctl::Environment env;
    env.uid = ::getuid();
    env.bus_address = "unix:path=/run/dbus/system_bus_socket";
    // Root's calls decide who elevates: they go where nothing but this file says.
    if (const char* address = ::secure_getenv("DBUS_SYSTEM_BUS_ADDRESS");
        address != nullptr && env.uid != 0)
        env.bus_address = address;
    env.gate_socket = jit::kGateSocket;
    env.config_dir = jit::kConfigDir;
    env.vendor_dir = jit::kVendorDir;
    env.ssh_keygen = "ssh-keygen";
    env.now = [] { return std::chrono::floor<jit::core::Usec>(std::chrono::system_clock::now()); };
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

}  // namespace

int main(int argc, char** argv) try {
    const int code = jit::ctl::run_jitctl(argc, argv, environment());
    // A full disk must not look like a success.
    if (std::fflush(stdout) != 0 && code == 0) return 1;
    return code;
} catch (const std::exception& error) {
    fmt::print(stderr, "jitctl: internal error: {}\n", error.what());
    return 1;
}
