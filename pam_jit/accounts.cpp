// SPDX-License-Identifier: Apache-2.0
#include "pam_jit/accounts.hpp"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/handle.hpp"
#include "common/names.hpp"

namespace jit::pam {
namespace {

using FilePtr = std::unique_ptr<FILE, Deleter<::fclose>>;

constexpr std::size_t kLine = 4096;
constexpr std::int64_t kReapMsec = 1;
constexpr int kReapTries = 50;
constexpr int kIfEnded = WNOHANG | static_cast<int>(__WCLONE);

int keep(const passwd& entry, Person& out) noexcept {
    out.uid = entry.pw_uid;
    return entry.pw_uid == kNoUid || !out.account.set(entry.pw_name) ? -EINVAL : 0;
}

bool matches(const passwd& entry, const AccountKey& key) noexcept {
    if (entry.pw_name[0] == '+' || entry.pw_name[0] == '-') return false;  // as nss_files
    return key.name ? ::strcmp(entry.pw_name, key.name) == 0 : entry.pw_uid == key.uid;
}

/** The first match, as nss_files finds it. */
int find_in_file(const char* path, const AccountKey& key, Person& out) noexcept {
    const FilePtr file(::fopen(path, "re"));
    if (!file) return -errno;
    char line[kLine];
    passwd entry{};
    passwd* found = nullptr;
    int error = 0;
    while ((error = ::fgetpwent_r(file.get(), &entry, line, sizeof line, &found)) == 0) {
        if (found && matches(entry, key)) return keep(entry, out);
    }
    return error == ENOENT ? -ENOENT : -error;
}

int ask_here(const AccountKey& key, Person& out) noexcept {
    constexpr std::size_t kLast = 1 << 20;
    using Buffer = std::unique_ptr<char, Deleter<::free>>;
    for (std::size_t size = kLine; size <= kLast; size *= 4) {
        const Buffer buffer(static_cast<char*>(::malloc(size)));
        if (!buffer) return -ENOMEM;
        passwd entry{};
        passwd* found = nullptr;
        const int error = key.name ? ::getpwnam_r(key.name, &entry, buffer.get(), size, &found)
                                   : ::getpwuid_r(key.uid, &entry, buffer.get(), size, &found);
        if (error == ERANGE) continue;
        if (!found) return error && error != ENOENT ? -error : -ENOENT;
        return keep(entry, out);
    }
    return -ERANGE;
}

struct Answer {
    int result = -EIO;
    Person person{};
};

int read_answer(int fd, Deadline deadline, Answer& out) noexcept {
    for (;;) {
        pollfd poll{fd, POLLIN, 0};
        const timespec left = deadline.left();
        const int ready = ::ppoll(&poll, 1, &left, nullptr);
        if (ready < 0 && errno != EINTR) return -errno;
        if (ready > 0) break;
        if (deadline.passed()) return -ETIMEDOUT;
    }
    // The child writes it in one piece, or has ended without an answer.
    return ::read(fd, &out, sizeof out) == ssize_t{sizeof out} ? 0 : -EIO;
}

/** Never waits for long: a child that the kernel itself holds is left to PID 1. */
void end(pid_t child) noexcept {
    ::kill(child, SIGKILL);
    for (int i = 0; i < kReapTries && ::waitpid(child, nullptr, kIfEnded) == 0; ++i) {
        const timespec pause{0, kReapMsec * 1'000'000};
        ::nanosleep(&pause, nullptr);
    }
}

/** Without a signal at its end, and unseen by the host's wait(2): sudo, su and sshd have one
 * thread, so what fork() does for the others is not needed. */
pid_t quiet_fork() noexcept {
    return static_cast<pid_t>(::syscall(SYS_clone, 0UL, nullptr, nullptr, nullptr, nullptr));
}

int ask_in_child(const AccountKey& key, Deadline deadline, Person& out) noexcept {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) < 0) return -errno;
    const Fd from(ends[0]);
    Fd to(ends[1]);
    const pid_t child = quiet_fork();
    if (child < 0) return -errno;
    if (child == 0) {
        (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
        Answer answer;
        answer.result = ask_here(key, answer.person);
        (void)!::write(to.get(), &answer, sizeof answer);
        ::_exit(0);
    }
    to.reset();
    Answer answer;
    const int r = read_answer(from.get(), deadline, answer);
    end(child);
    if (r < 0) return r;
    out = answer.person;
    return answer.result;
}

}  // namespace

bool asks_files_first(const char* nsswitch_file) noexcept {
    const FilePtr file(::fopen(nsswitch_file, "re"));
    bool answer = false;
    char line[kLine];
    while (file && ::fgets(line, sizeof line, file.get())) {
        if (!::strchr(line, '\n') && !::feof(file.get())) return false;
        const char* at = line + ::strspn(line, " \t");
        if (::strncmp(at, "passwd", 6) != 0) continue;
        at += 6 + ::strspn(at + 6, " \t");
        if (*at++ != ':') continue;
        at += ::strspn(at, " \t");
        const bool files = ::strncmp(at, "files", 5) == 0 && ::strchr(" \t\r\n#", at[5]);
        if (files) at += 5 + ::strspn(at + 5, " \t");
        answer = files && *at != '[';  // an action may ask the next service all the same
    }
    return answer;
}

int find_account(const Environment& env, const AccountKey& key, Deadline deadline,
                 Person& out) noexcept {
    if (asks_files_first(env.nsswitch_file) && find_in_file(env.passwd_file, key, out) == 0)
        return 0;
    return ask_in_child(key, deadline, out);
}

}  // namespace jit::pam
