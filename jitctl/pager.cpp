// SPDX-License-Identifier: Apache-2.0
#include "jitctl/pager.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <string>

namespace jit::ctl {
namespace {

// Of sh. What could not be started has read nothing, so that the next shows it all. Not more(1): it has a shell for the
// reader, who may be root by a rule for jitctl alone.
constexpr const char* kChosen = "eval \"$1\"; case $? in 126|127) ;; *) exit;; esac; ";
constexpr const char* kDefault = "command -v less >/dev/null && exec less; exec cat";

std::optional<std::string> chosen_pager() {
    for (const char* name : {"JITCTL_PAGER", "SYSTEMD_PAGER", "PAGER"})
        if (const char* value = std::getenv(name); value != nullptr) return value;
    return std::nullopt;
}

[[noreturn]] void exec_pager(int input, const std::optional<std::string>& chosen) {
    ::dup2(input, STDIN_FILENO);
    std::signal(SIGPIPE, SIG_DFL);
    ::setenv("LESS", "FRSXMK", 1);
    ::setenv("LESSCHARSET", "utf-8", 0);
    ::setenv("LESSSECURE", "1", 1);  // no shell, no files: the reader may be root
    const std::string script = (chosen ? kChosen : "") + std::string(kDefault);
    ::execl("/bin/sh", "sh", "-c", script.c_str(), "sh", chosen.value_or("").c_str(), nullptr);
    ::_exit(127);
}

}  // namespace

Pager::Pager(std::FILE* fallback) : file_(fallback) {
    const auto chosen = chosen_pager();
    if (chosen && (chosen->empty() || *chosen == "cat")) return;
    int ends[2] = {-1, -1};
    std::fflush(fallback);
    if (::pipe2(ends, O_CLOEXEC) < 0) return;
    pid_ = ::fork();
    if (pid_ == 0) exec_pager(ends[0], chosen);
    ::close(ends[0]);
    std::FILE* file = pid_ > 0 ? ::fdopen(ends[1], "w") : nullptr;
    if (file == nullptr) {
        ::close(ends[1]);
        return;
    }
    std::signal(SIGPIPE, SIG_IGN);  // leaving the pager early is no error
    file_ = file;
}

Pager::~Pager() {
    if (pid_ <= 0) return;
    std::fclose(file_);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

}  // namespace jit::ctl
