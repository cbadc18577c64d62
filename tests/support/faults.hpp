// SPDX-License-Identifier: Apache-2.0
// Fails the n-th call of what a module and its libraries use. Included once in a program, which is
// linked with export_dynamic: its symbols come before libc's.
#pragma once

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdarg>

namespace {

thread_local int countdown = -1;  // armed in the thread under test only
thread_local bool failed = false;

bool fails() {
    if (countdown < 0) return false;
    if (countdown-- > 0) return false;
    failed = true;
    return true;
}

/** Runs `step` with its n-th call failed, n = 0, 1, ... until nothing is left to fail. */
template <class Step>
void each_fault(int& faults, Step step) {
    for (int n = 0;; ++n) {
        failed = false;
        step(n);
        if (!failed) break;
        faults = n + 1;
    }
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
JIT_FAULT int getgroups(int size, gid_t* list) noexcept {
    if (!fails()) return real<int (*)(int, gid_t*)>("getgroups")(size, list);
    errno = EINVAL;
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
