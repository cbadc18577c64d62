// SPDX-License-Identifier: Apache-2.0
#include "jitctl/pam_timer.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

namespace jit::ctl {
namespace {

enum class Words { shown, silent };

/** The exit code, or -1 with errno. Over root's private way to PID 1: no bus is needed. */
int run_program(const std::vector<std::string>& words, Words said) {
    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
    if (said == Words::silent)
        for (const int fd : {STDOUT_FILENO, STDERR_FILENO})
            ::posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_WRONLY, 0);
    std::vector<char*> argv;
    for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    pid_t pid = -1;
    const int error = ::posix_spawn(&pid, argv[0], &files, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    errno = error;
    if (error != 0) return -1;
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

core::Result<void> start_timer(const PamPending& pending, core::Usec span) {
    const auto wall = std::chrono::ceil<std::chrono::seconds>(pending.wall);
    // The deadline is a whole second: one later is never before it.
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(span) + std::chrono::seconds(1);
    const int code = run_program({"/usr/bin/systemd-run", "--quiet", "--unit=" + pending.timer,
                                  fmt::format("--on-active={}s", seconds.count()),
                                  fmt::format("--on-calendar={:%Y-%m-%d %H:%M:%S} UTC", wall),
                                  "--timer-property=AccuracySec=100ms",
                                  "--timer-property=Description=Unconfirmed PAM change"},
                                 Words::shown);
    if (code == 0) return {};
    return core::fail(
        "FAILED",
        fmt::format(
            "pam enable: no timer for --confirm: systemd-run {}; nothing was changed",
            code < 0 ? std::string(::strerror(errno)) : fmt::format("ended with {}", code)));
}

void stop_timer(const PamPending& pending) {
    if (!pending.timer.empty())
        (void)run_program({"/usr/bin/systemctl", "stop", pending.timer}, Words::silent);
}

}  // namespace jit::ctl
