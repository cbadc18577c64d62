// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>

#include "common/handle.hpp"
#include "jitctl/doctor/look.hpp"

namespace jit::ctl::doctor {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::seconds(10);
constexpr std::size_t kMaxOutput = 8U << 20;

struct Pipe {
    Fd read, write;
};

bool open_pipe(Pipe& pipe) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) < 0) return false;
    pipe.read.reset(ends[0]);
    pipe.write.reset(ends[1]);
    return true;
}

[[noreturn]] void become(const std::vector<std::string>& words, int out, int err) {
    // A caller's environment must not choose what is loaded or where is looked.
    static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    static char locale[] = "LC_ALL=C";
    std::array<char*, 3> environment = {path, locale, nullptr};
    if (const int null = ::open("/dev/null", O_RDONLY); null >= 0) ::dup2(null, STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    std::vector<char*> argv;
    for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    ::execve(argv[0], argv.data(), environment.data());
    ::_exit(127);
}

/** Reads both until both have ended; false when it took too long or was too much. */
bool listen(Pipe& out, Pipe& err, Said& said) {
    const auto deadline = Clock::now() + kPatience;
    std::array<pollfd, 2> fds = {pollfd{out.read.get(), POLLIN, 0},
                                 pollfd{err.read.get(), POLLIN, 0}};
    std::array<std::string*, 2> texts = {&said.out, &said.err};
    while (fds[0].fd >= 0 || fds[1].fd >= 0) {
        const auto rest =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (rest <= 0) return false;
        if (::poll(fds.data(), fds.size(), static_cast<int>(rest)) < 0 && errno != EINTR)
            return false;
        for (std::size_t i = 0; i < fds.size(); ++i) {
            if (fds[i].fd < 0 || fds[i].revents == 0) continue;
            char buffer[4096];
            const ssize_t n = ::read(fds[i].fd, buffer, sizeof buffer);
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) {
                fds[i].fd = -1;
                continue;
            }
            texts[i]->append(buffer, static_cast<std::size_t>(n));
            if (texts[i]->size() > kMaxOutput) return false;
        }
    }
    return true;
}

}  // namespace

std::optional<Said> Look::run(const std::vector<std::string>& words) {
    if (::access(words[0].c_str(), X_OK) != 0) return std::nullopt;
    Pipe out, err;
    if (!open_pipe(out) || !open_pipe(err)) return std::nullopt;
    const pid_t pid = ::fork();
    if (pid < 0) return std::nullopt;
    if (pid == 0) become(words, out.write.get(), err.write.get());
    out.write.reset();
    err.write.reset();

    Said said;
    if (!listen(out, err, said)) ::kill(pid, SIGKILL);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return std::nullopt;
    said.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return said;
}

}  // namespace jit::ctl::doctor
