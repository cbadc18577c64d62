// SPDX-License-Identifier: Apache-2.0
// jitd: decides who may elevate on this host, and ends it. Started by systemd with its socket.
#include <fcntl.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <map>
#include <string>

#include "jitd/app.hpp"
#include "jitd/confinement.hpp"
#include "jitd/loop.hpp"

namespace {

int serve() {
    char** names = nullptr;
    const int count = sd_listen_fds_with_names(1, &names);
    jit::Fd gate;
    std::map<std::string, jit::Fd> kept;
    for (int i = 0; i < count; ++i) {
        jit::Fd fd(SD_LISTEN_FDS_START + i);
        const std::string name = names[i];
        if (name.starts_with("k-") || name.starts_with("t-")) {
            kept.insert_or_assign(name, std::move(fd));
        } else if (!gate && sd_is_socket(fd.get(), AF_UNIX, SOCK_STREAM, 1) > 0) {
            gate = std::move(fd);
        }
        std::free(names[i]);
    }
    std::free(names);
    if (!gate) {
        std::fprintf(stderr, "jitd: no listening socket was passed; start it by: systemctl start jitd.socket\n");
        return 1;
    }
    // Messages go to journald; while it is stuck they are lost, and the loop goes on.
    (void)::fcntl(STDERR_FILENO, F_SETFL, ::fcntl(STDERR_FILENO, F_GETFL) | O_NONBLOCK);
    if (auto ok = jit::daemon::confine(); !ok) {
        std::fprintf(stderr, "<2>jitd: %s\n", ok.error().text.c_str());
        return 1;
    }
    jit::daemon::App app{jit::daemon::Environment{}};
    const int code = app.run(std::move(gate), std::move(kept));
    ::_exit(code);  // not ~App: while the user database hangs that would take minutes, with nobody at the gate
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::strcmp(argv[1], "--version") == 0) {
        std::puts("jitd " JIT_VERSION);
        return 0;
    }
    if (argc > 1) {
        std::fprintf(stderr, "jitd: %s: no such option; see jitd(8)\n", argv[1]);
        return 2;
    }
    std::set_terminate(jit::daemon::give_up);
    try {
        return serve();
    } catch (const std::exception& e) {
        std::fprintf(stderr, "<2>jitd: %s\n", e.what());
        return 1;
    }
}
