// SPDX-License-Identifier: Apache-2.0
#include "jitctl/pager.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>

namespace jit::ctl {
namespace {

std::string pager_command() {
    for (const char* name : {"JITCTL_PAGER", "SYSTEMD_PAGER", "PAGER"})
        if (const char* value = std::getenv(name); value != nullptr) return value;
    return "less";
}

[[noreturn]] void exec_pager(int input, const std::string& command) {
    ::dup2(input, STDIN_FILENO);
    std::signal(SIGPIPE, SIG_DFL);
    ::setenv("LESS", "FRSXMK", 1);
    ::setenv("LESSCHARSET", "utf-8", 0);
    ::setenv("LESSSECURE", "1", 1);  // no shell, no files: the reader may be root
    ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    ::_exit(127);
}

}  // namespace

Pager::Pager(std::FILE* fallback) : file_(fallback) {
    const std::string command = pager_command();
    if (command.empty() || command == "cat") return;
    int ends[2] = {-1, -1};
    std::fflush(fallback);
    if (::pipe2(ends, O_CLOEXEC) < 0) return;
    pid_ = ::fork();
    if (pid_ == 0) exec_pager(ends[0], command);
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
