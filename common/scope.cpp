// SPDX-License-Identifier: Apache-2.0
#include "common/scope.hpp"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/names.hpp"

namespace jit {
namespace {

constexpr char kSystemd[] = "org.freedesktop.systemd1";
constexpr char kSystemdPath[] = "/org/freedesktop/systemd1";
constexpr char kManager[] = "org.freedesktop.systemd1.Manager";
constexpr char kHex[] = "0123456789abcdef";
constexpr std::size_t kIdSize = 32;
constexpr long kPollNsec = 500'000;  // the move follows the answer by 0.6 ms, at times by 30

int new_call(PeerBus& systemd, const char* member, MessagePtr& out) noexcept {
    sd_bus_message* made = nullptr;
    const int r = sd_bus_message_new_method_call(systemd.get(), &made, kSystemd, kSystemdPath,
                                                 kManager, member);
    out.reset(made);
    return r;
}

int append_properties(sd_bus_message* m, const Scope& scope) noexcept {
    FixedText<80> description;
    FixedText<64> end_socket;
    if (!description.format("JIT elevated session %s", scope.session.c_str()) ||
        !end_socket.format("jit-end@%s.socket", scope.session.c_str()))
        return -ENOBUFS;
    return sd_bus_message_append(m, "a(sv)", 9,                                            //
                                 "Description", "s", description.c_str(),                  //
                                 "PIDs", "au", 1, static_cast<std::uint32_t>(::getpid()),  //
                                 "Slice", "s", kSlice,                                     //
                                 "Delegate", "b", 1,                        // for join_scope
                                 "TimeoutStopUSec", "t", scope.grace_usec,  //
                                 "SendSIGHUP", "b", 1,                      // shells ignore TERM
                                 "CollectMode", "s", "inactive-or-failed",  //
                                 "RuntimeMaxUSec", "t", scope.runtime_max_usec,  //
                                 "Wants", "as", 1, end_socket.c_str());
}

}  // namespace

bool is_session_id(const char* text) noexcept {
    return ::strspn(text, kHex) == kIdSize && text[kIdSize] == '\0';
}

FixedText<48> scope_name(const SessionId& id) noexcept {
    FixedText<48> name;
    (void)name.format("jit-%s.scope", id.c_str());  // 4 + 32 + 6 always fits
    return name;
}

int start_scope(PeerBus& systemd, const Scope& scope, Deadline deadline) noexcept {
    MessagePtr call;
    int r = new_call(systemd, "StartTransientUnit", call);
    if (r < 0) return r;
    r = sd_bus_message_append(call.get(), "ss", scope_name(scope.session).c_str(), "fail");
    if (r < 0) return r;
    r = append_properties(call.get(), scope);
    if (r < 0) return r;
    r = sd_bus_message_append(call.get(), "a(sa(sv))", 0);
    if (r < 0) return r;
    MessagePtr reply;
    return systemd.call(call.get(), deadline, reply);
}

int join_scope(PeerBus& systemd, const SessionId& session, Deadline deadline) noexcept {
    MessagePtr call;
    int r = new_call(systemd, "AttachProcessesToUnit", call);
    if (r < 0) return r;
    r = sd_bus_message_append(call.get(), "ssau", scope_name(session).c_str(), "", 1,
                              static_cast<std::uint32_t>(::getpid()));
    if (r < 0) return r;
    MessagePtr reply;
    return systemd.call(call.get(), deadline, reply);
}

int own_cgroup(const char* file, CgroupPath& out) noexcept {
    const Fd fd(::open(file, O_RDONLY | O_CLOEXEC));
    if (!fd) return -errno;
    FixedText<4096> text;
    std::size_t size = 0;
    for (;;) {
        const ssize_t got = ::read(fd.get(), text.data() + size, text.capacity() - 1 - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -errno;
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
        if (size == text.capacity() - 1) return -ENOBUFS;
    }
    text.data()[size] = '\0';
    for (char* line = text.data(); line && *line;) {
        char* end = ::strchr(line, '\n');
        if (end) *end++ = '\0';
        if (::strncmp(line, "0::", 3) == 0) return out.set(line + 3) ? 0 : -ENAMETOOLONG;
        line = end;
    }
    return -ENODATA;
}

bool session_of(const CgroupPath& cgroup, SessionId& out) noexcept {
    // From the root: anybody can name a unit of his own user manager jit-....scope.
    constexpr char kPrefix[] = "/jit.slice/jit-";
    constexpr char kSuffix[] = ".scope";
    constexpr std::size_t kPrefixSize = sizeof kPrefix - 1;
    constexpr std::size_t kSuffixSize = sizeof kSuffix - 1;
    const char* path = cgroup.c_str();
    if (::strncmp(path, kPrefix, kPrefixSize) != 0) return false;
    path += kPrefixSize;
    if (::strspn(path, kHex) != kIdSize) return false;
    if (::strncmp(path + kIdSize, kSuffix, kSuffixSize) != 0) return false;
    const char after = path[kIdSize + kSuffixSize];
    if (after != '\0' && after != '/') return false;
    return out.format("%.*s", static_cast<int>(kIdSize), path);
}

int await_scope(const char* file, const SessionId& session, Deadline deadline,
                CgroupPath& out) noexcept {
    for (;;) {
        const int r = own_cgroup(file, out);
        if (r < 0) return r;
        SessionId current;
        if (session_of(out, current) && current.view() == session.view()) return 0;
        if (deadline.passed()) return -ETIMEDOUT;
        const timespec pause{0, kPollNsec};
        ::clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, nullptr);
    }
}

}  // namespace jit
