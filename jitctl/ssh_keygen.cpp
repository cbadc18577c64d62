// SPDX-License-Identifier: Apache-2.0
#include "jitctl/ssh_keygen.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "common/handle.hpp"
#include "jitctl/file_io.hpp"
#include "jitctl/interrupts.hpp"

namespace jit::ctl {
namespace {

constexpr std::size_t kMaxKeyFile = 64U << 10;
constexpr int kNoProgram = 127;

enum class Stdout { captured, to_stderr };

struct Outcome {
    int status = 0;  // exit code, or 128 + signal
    std::string out;
};

[[noreturn]] void exec_tool(const std::vector<std::string>& words, int out, bool may_ask) {
    ::dup2(out, STDOUT_FILENO);
    if (!may_ask) {
        // Without a controlling terminal there is nobody to ask: the tool fails instead of waiting.
        ::setsid();
        ::setenv("SSH_ASKPASS_REQUIRE", "never", 1);
        if (const int null = ::open("/dev/null", O_RDWR); null >= 0) ::dup2(null, STDIN_FILENO);
    }
    std::vector<char*> argv;
    for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    ::execvp(argv[0], argv.data());
    ::_exit(kNoProgram);
}

std::string read_all(int fd) {
    std::string out;
    std::string chunk(4096, '\0');
    for (;;) {
        const ssize_t n = ::read(fd, chunk.data(), chunk.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return out;
        out.append(chunk, 0, static_cast<std::size_t>(n));
    }
}

core::Result<Outcome> run_tool(const Environment& env, const std::vector<std::string>& words,
                               Stdout where) {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) < 0)
        return core::fail("FAILED", fmt::format("{}: {}", words[0], std::strerror(errno)));
    const Fd read_end(ends[0]);
    Fd write_end(ends[1]);
    const bool may_ask = env.in_tty && env.err_tty;
    std::fflush(env.err);
    const pid_t pid = ::fork();
    if (pid < 0) return core::fail("FAILED", fmt::format("{}: {}", words[0], std::strerror(errno)));
    if (pid == 0)
        exec_tool(words, where == Stdout::captured ? write_end.get() : STDERR_FILENO, may_ask);
    write_end.reset();

    Outcome outcome;
    outcome.out = read_all(read_end.get());
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return core::fail("FAILED", fmt::format("{}: {}", words[0], std::strerror(errno)));
        if (Interrupts::seen() != 0) ::kill(pid, SIGTERM);
    }
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (outcome.status == kNoProgram)
        return core::fail("FAILED", words[0] + ": not found: install openssh-client");
    return outcome;
}

core::Result<core::PublicKey> parsed(const std::string& path, std::string_view text) {
    auto key = core::parse_public_key(text.substr(0, text.find('\n')));
    if (!key) return core::fail(key.error().code, path + ": " + key.error().text);
    return key;
}

}  // namespace

core::Result<core::PublicKey> public_part(const Environment& env, const std::string& key) {
    auto text = read_file(key, kMaxKeyFile);
    if (!text) return text.failure();
    if (!text->starts_with("-----BEGIN")) return parsed(key, *text);
    if (const auto beside = read_file(key + ".pub", kMaxKeyFile))
        return parsed(key + ".pub", *beside);
    const auto shown = run_tool(env, {env.ssh_keygen, "-y", "-f", key}, Stdout::captured);
    if (!shown) return shown.failure();
    if (shown->status != 0)
        return core::fail(
            "FAILED",
            fmt::format("{}: ssh-keygen can't read it; put its public part into {}.pub", key, key));
    return parsed(key, shown->out);
}

core::Result<void> ssh_sign(const Environment& env, const std::string& key, const std::string& file, std::string_view ns) {
    const auto signing = run_tool(env,
                                  {env.ssh_keygen, "-q", "-Y", "sign", "-n",
                                   std::string(ns), "-f", key, file},
                                  Stdout::to_stderr);
    if (!signing) return signing.failure();
    if (signing->status != 0 || !exists(file + ".sig"))
        return core::fail(
            "FAILED",
            fmt::format("{}: ssh-keygen made no signature (exit code {}); nothing was changed. "
                        "A passphrase is asked for on a terminal only: use ssh-agent elsewhere",
                        key, signing->status));
    return {};
}

}  // namespace jit::ctl
