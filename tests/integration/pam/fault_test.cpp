// SPDX-License-Identifier: Apache-2.0
// Fails the n-th call of what the module and its libraries use, for every n, and looks at the
// answer.
#define BOOST_TEST_MODULE pam_fault
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/wait.h>

#include <cstdarg>

#include <set>

#include "tests/integration/pam/fixture.hpp"

namespace {

thread_local int countdown = -1;  // armed in the thread under test only
thread_local bool failed = false;

bool fails() {
    if (countdown < 0) return false;
    if (countdown-- > 0) return false;
    failed = true;
    return true;
}

template <class Function>
Function real(const char* name) {
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

// The executable's symbols come first: the module, libpam, libsystemd and libc's callers get these.
#define JIT_FAULT extern "C" __attribute__((visibility("default")))

extern "C" void* __libc_malloc(std::size_t);
extern "C" void* __libc_calloc(std::size_t, std::size_t);
extern "C" void* __libc_realloc(void*, std::size_t);

JIT_FAULT void* malloc(std::size_t size) noexcept {
    if (!fails()) return __libc_malloc(size);
    errno = ENOMEM;
    return nullptr;
}
JIT_FAULT void* calloc(std::size_t count, std::size_t size) noexcept {
    if (!fails()) return __libc_calloc(count, size);
    errno = ENOMEM;
    return nullptr;
}
JIT_FAULT void* realloc(void* old, std::size_t size) noexcept {
    if (!fails()) return __libc_realloc(old, size);
    errno = ENOMEM;
    return nullptr;
}
JIT_FAULT int socket(int domain, int type, int protocol) noexcept {
    if (!fails()) return real<int (*)(int, int, int)>("socket")(domain, type, protocol);
    errno = EMFILE;
    return -1;
}
JIT_FAULT int connect(int fd, const sockaddr* to, socklen_t size) {
    if (!fails()) return real<int (*)(int, const sockaddr*, socklen_t)>("connect")(fd, to, size);
    errno = EACCES;
    return -1;
}
JIT_FAULT ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    if (!fails()) return real<ssize_t (*)(int, const msghdr*, int)>("sendmsg")(fd, message, flags);
    errno = EIO;
    return -1;
}
JIT_FAULT ssize_t recvmsg(int fd, msghdr* message, int flags) {
    if (!fails()) return real<ssize_t (*)(int, msghdr*, int)>("recvmsg")(fd, message, flags);
    errno = EIO;
    return -1;
}
JIT_FAULT int getpwuid_r(uid_t uid, passwd* entry, char* buffer, std::size_t size, passwd** found) {
    if (!fails())
        return real<decltype(&::getpwuid_r)>("getpwuid_r")(uid, entry, buffer, size, found);
    *found = nullptr;
    return EIO;
}
JIT_FAULT int getpwnam_r(const char* name, passwd* entry, char* buffer, std::size_t size,
                         passwd** found) {
    if (!fails())
        return real<decltype(&::getpwnam_r)>("getpwnam_r")(name, entry, buffer, size, found);
    *found = nullptr;
    return EIO;
}
JIT_FAULT ssize_t getrandom(void* buffer, std::size_t size, unsigned flags) {
    if (!fails()) return real<decltype(&::getrandom)>("getrandom")(buffer, size, flags);
    errno = EAGAIN;
    return -1;
}
JIT_FAULT int getsockopt(int fd, int level, int name, void* value, socklen_t* size) noexcept {
    if (!fails())
        return real<int (*)(int, int, int, void*, socklen_t*)>("getsockopt")(fd, level, name, value,
                                                                              size);
    errno = ENOBUFS;
    return -1;
}
JIT_FAULT int open64(const char* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    const int mode = (flags & O_CREAT) != 0 ? va_arg(more, int) : 0;
    va_end(more);
    if (!fails()) return real<int (*)(const char*, int, ...)>("open64")(path, flags, mode);
    errno = EMFILE;
    return -1;
}
JIT_FAULT ssize_t read(int fd, void* buffer, std::size_t size) {
    if (!fails()) return real<ssize_t (*)(int, void*, std::size_t)>("read")(fd, buffer, size);
    errno = EIO;
    return -1;
}
JIT_FAULT ssize_t __read_chk(int fd, void* buffer, std::size_t size, std::size_t) {
    return read(fd, buffer, size);
}
JIT_FAULT int lstat64(const char* path, struct stat64* st) noexcept {
    if (!fails()) return real<int (*)(const char*, struct stat64*)>("lstat64")(path, st);
    errno = EIO;
    return -1;
}
JIT_FAULT int ppoll(pollfd* polls, nfds_t count, const timespec* timeout, const sigset_t* mask) {
    if (!fails())
        return real<int (*)(pollfd*, nfds_t, const timespec*, const sigset_t*)>("ppoll")(
            polls, count, timeout, mask);
    errno = EINVAL;
    return -1;
}

using namespace jit;
using namespace jit::test;

namespace {

const std::set<int> kResults = {PAM_PERM_DENIED, PAM_AUTHINFO_UNAVAIL, PAM_SYSTEM_ERR, PAM_BUF_ERR,
                                PAM_USER_UNKNOWN};

struct Fixture : PamFixture {
    /** Results of `step` with its n-th call failed, n = 0, 1, ... until nothing is left to fail. */
    template <class Step>
    void each_fault(int& faults, Step step) const {
        for (int n = 0;; ++n) {
            failed = false;
            step(n);
            if (!failed) break;
            faults = n + 1;
        }
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(Fault, Fixture)

BOOST_AUTO_TEST_CASE(s01_no_fault_turns_a_denial_into_an_allow) {
    listen({answer_checks(deny())});
    deadline(2000);
    int faults = 0;
    each_fault(faults, [&](int n) {
        Transaction t(dir, "sudo", me, me);
        stack("sudo", "account required @\naccount required " JIT_PROBE "\n");
        countdown = n;
        const int r = t.account();
        countdown = -1;
        BOOST_REQUIRE_MESSAGE(r != PAM_SUCCESS && r != PAM_IGNORE, "fault " << n << " gave " << r);
    });
    BOOST_TEST(faults > 50);
    BOOST_TEST_MESSAGE(faults << " faults");
}

BOOST_AUTO_TEST_CASE(s01_s02_a_fault_before_an_allow_gives_a_denial_of_the_list) {
    listen({answer_checks(allow())});
    deadline(2000);
    int faults = 0, denied = 0;
    each_fault(faults, [&](int n) {
        Transaction t(dir, "sudo", me, me);
        stack("sudo", "account required @\n");
        countdown = n;
        const int r = t.account();
        countdown = -1;
        // libpam's own failures are ABORT; its trimmings (audit, tidying up) may fail without harm.
        BOOST_REQUIRE_MESSAGE(r == PAM_SUCCESS || r == PAM_ABORT || kResults.contains(r),
                              "fault " << n << " gave " << r);
        denied += r != PAM_SUCCESS;
    });
    BOOST_TEST(denied > 40);
    BOOST_TEST_MESSAGE(denied << " of " << faults << " faults denied");
}

BOOST_AUTO_TEST_CASE(s01_a_fault_in_the_session_phase_never_skips_the_scope) {
    start_systemd();
    listen({answer_checks(allow_session())});
    deadline(2000);
    int faults = 0;
    each_fault(faults, [&](int n) {
        cgroup("/user.slice");
        Transaction t(dir, "su", "root", me);
        BOOST_REQUIRE(t.account() == PAM_SUCCESS);
        countdown = n;
        const int r = t.open();
        countdown = -1;
        BOOST_REQUIRE_MESSAGE(r == PAM_SUCCESS || r == PAM_ABORT || kResults.contains(r),
                              "fault " << n << " gave " << r);
        const bool inside = dir.read("cgroup").find(kId) != std::string::npos;
        BOOST_REQUIRE_MESSAGE(r != PAM_SUCCESS || inside,
                              "fault " << n << " ran outside its scope");
    });
    BOOST_TEST(faults > 100);
}

BOOST_AUTO_TEST_CASE(s01_no_fault_makes_a_stack_that_is_not_ours_succeed) {
    stack("sudo", "auth sufficient @\npassword sufficient @\n");
    const std::vector<int (*)(pam_handle_t*)> calls = {
        [](pam_handle_t* pamh) { return pam_authenticate(pamh, 0); },
        [](pam_handle_t* pamh) { return pam_setcred(pamh, PAM_ESTABLISH_CRED); },
        [](pam_handle_t* pamh) { return pam_chauthtok(pamh, 0); }};
    for (const auto call : calls) {
        int faults = 0;
        each_fault(faults, [&](int n) {
            Transaction t(dir, "sudo", me, me);
            countdown = n;
            const int r = call(t.handle());
            countdown = -1;
            BOOST_REQUIRE_MESSAGE(r != PAM_SUCCESS && r != PAM_IGNORE, "fault " << n);
        });
        BOOST_TEST(faults > 0);
    }
}

BOOST_AUTO_TEST_CASE(s01_no_fault_lets_sudo_run_outside_its_scope) {
    start_systemd();
    listen({answer_checks(allow_session())});
    deadline(2000);
    // What sudo would see as a result on which it runs the command.
    const std::set<int> runs = {PAM_SUCCESS, PAM_IGNORE, PAM_SESSION_ERR};
    int faults = 0, stopped = 0;
    each_fault(faults, [&](int n) {
        cgroup("/user.slice");
        const pid_t child = ::fork();  // the scope line may end it
        if (child == 0) {
            Transaction t(dir, "sudo", me, me);
            if (t.account() != PAM_SUCCESS) ::_exit(99);
            t.set(PAM_USER, "root");
            countdown = n;
            const int r = t.open();
            countdown = -1;
            ::_exit(r | (failed ? 64 : 0));
        }
        int status = 0;
        BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
        BOOST_REQUIRE(WIFEXITED(status));
        const int code = WEXITSTATUS(status);
        BOOST_REQUIRE(code != 99);
        failed = code == 1 || (code & 64) != 0;  // 1: ended by the scope line
        const int r = code & 63;
        if (code == 1) return void(++stopped);
        stopped += r != PAM_SUCCESS;
        BOOST_REQUIRE_MESSAGE(r == PAM_SUCCESS || r == PAM_ABORT || kResults.contains(r),
                              "fault " << n << " gave " << r);
        const bool inside = dir.read("cgroup").find(kId) != std::string::npos;
        BOOST_REQUIRE_MESSAGE(!runs.contains(r) || inside,
                              "fault " << n << " ran outside its scope");
    });
    BOOST_TEST(stopped > 100);
    BOOST_TEST_MESSAGE(stopped << " of " << faults << " faults stopped sudo");
}

BOOST_AUTO_TEST_SUITE_END()
