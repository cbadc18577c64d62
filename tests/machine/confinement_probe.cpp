// SPDX-License-Identifier: Apache-2.0
// Tries what a taken-over jitd would try, and prints "ACT done" or "ACT ERROR" for each. Run in jitd's unit in its
// place. probe bare|confined UNIT PID: a unit to meddle with, a process of somebody else.
#include <dirent.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include "jitd/confinement.hpp"

namespace {

void say(const char* act, long result) {
    std::printf("%s %s\n", act, result >= 0 ? "done" : ::strerrorname_np(errno));
    std::fflush(stdout);
}

int made(const char* path) {
    const int fd = ::open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0) ::unlink(path);
    return fd;
}

int shown(const char* path) {
    DIR* folder = ::opendir(path);
    if (!folder) return -1;
    while (const dirent* entry = ::readdir(folder)) {
        if (entry->d_name[0] != '.' || entry->d_name[1] == 's') return 0;  // not hidden behind an empty one
    }
    errno = ENOENT;
    return -1;
}

void files() {
    say("may-state", made("/var/lib/jit/probe"));
    say("write-etc", made("/etc/probe"));
    say("write-etc-jit", made("/etc/jit/probe"));
    say("write-usr", made("/usr/lib/probe"));
    say("write-var", made("/var/lib/probe"));
    say("write-run", made("/run/probe"));
    say("write-run-jit", made("/run/jit/probe"));
    say("write-cgroup", ::mkdir("/sys/fs/cgroup/probe", 0755));
    say("write-sysctl", ::open("/proc/sys/kernel/domainname", O_WRONLY));
    say("read-home", shown("/home/alice"));
    say("read-root", shown("/root"));
    say("read-shadow", ::open("/etc/shadow", O_RDONLY));
    say("open-mem", ::open("/dev/mem", O_RDONLY));
    say("open-kmsg", ::open("/dev/kmsg", O_RDONLY));
    say("make-device", ::mknod("/var/lib/jit/device", S_IFCHR | 0600, 0x103));
    const int fd = ::open("/var/lib/jit/suid", O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
    say("set-suid", ::fchmod(fd, 04755));
    ::unlink("/var/lib/jit/suid");
}

int listens(const char* path) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::strcpy(at.sun_path, path);
    return ::bind(::socket(AF_UNIX, SOCK_STREAM, 0), reinterpret_cast<const sockaddr*>(&at), sizeof at);
}

void sockets() {
    say("may-socket", ::socket(AF_UNIX, SOCK_STREAM, 0));
    say("socket-inet", ::socket(AF_INET, SOCK_STREAM, 0));
    say("socket-inet6", ::socket(AF_INET6, SOCK_DGRAM, 0));
    say("socket-netlink", ::socket(AF_NETLINK, SOCK_RAW, 0));
    say("socket-packet", ::socket(AF_PACKET, SOCK_RAW, 0));
    say("socket-pair", ::syscall(SYS_socketpair, AF_INET, SOCK_STREAM, 0, nullptr) < 0 && errno != EPERM ? 0 : -1);
    say("listen-in-run-jit", listens("/run/jit/fake"));
}

void powers(pid_t other) {
    say("signal-other", ::kill(other, SIGCONT));
    say("may-signal-itself", ::syscall(SYS_tgkill, ::getpid(), ::gettid(), 0));
    say("thread-signal-other", ::syscall(SYS_tgkill, other, other, SIGCONT));
    say("ptrace", ::ptrace(PTRACE_SEIZE, other, nullptr, nullptr));
    char byte = 0;
    iovec here{&byte, 1}, there{reinterpret_cast<void*>(0x1000), 1};
    say("read-memory", ::process_vm_readv(other, &here, 1, &there, 1, 0) < 0 && errno == EPERM ? -1 : 0);
    say("mount", ::mount("probe", "/mnt", "tmpfs", 0, nullptr));
    say("unshare", ::unshare(CLONE_NEWNS));
    say("chroot", ::chroot("/"));
    say("setuid", ::setresuid(0, 0, 0));
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    say("set-clock", ::clock_settime(CLOCK_REALTIME, &now));
    timeval day{now.tv_sec, now.tv_nsec / 1000};
    say("set-time-of-day", ::settimeofday(&day, nullptr));
    timex tuning{};
    tuning.modes = ADJ_OFFSET;
    say("adjust-clock", ::adjtimex(&tuning));
    say("load-module", ::syscall(SYS_init_module, nullptr, 0, ""));
    say("hostname", ::sethostname("probe", 5));
    say("realtime", [] {
        const sched_param priority{1};
        return ::sched_setscheduler(0, SCHED_FIFO, &priority);
    }());
    say("keyring", ::syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 1));
    say("io-uring", ::syscall(SYS_io_uring_setup, 1, nullptr) < 0 && errno == EFAULT ? 0 : -1);
    void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    say("write-and-execute", page == MAP_FAILED ? -1 : 0);
}

struct Bus {
    sd_bus* bus = nullptr;

    void say_called(const char* act, const char* interface, const char* member, const char* types, auto... values) {
        const bool login = std::strstr(interface, "login1");
        sd_bus_error error = SD_BUS_ERROR_NULL;
        const int r = sd_bus_call_method(bus, login ? "org.freedesktop.login1" : "org.freedesktop.systemd1",
                                         login ? "/org/freedesktop/login1" : "/org/freedesktop/systemd1", interface,
                                         member, &error, nullptr, types, values...);
        std::printf("%s %s\n", act, r >= 0 ? "done" : error.name);
        sd_bus_error_free(&error);
    }
};

void bus(const char* unit) {
    constexpr char kUnits[] = "org.freedesktop.systemd1.Manager", kLogin[] = "org.freedesktop.login1.Manager";
    Bus at;
    errno = -sd_bus_open_system(&at.bus);
    say("may-bus", errno > 0 ? -1 : 0);
    at.say_called("kill-unit", kUnits, "KillUnit", "ssi", unit, "all", SIGCONT);
    at.say_called("set-unit", kUnits, "SetUnitProperties", "sba(sv)", unit, 1, 1, "Description", "s", "probe");
    at.say_called("start-unit", kUnits, "StartTransientUnit", "ssa(sv)a(sa(sv))", "probe.service", "fail", 1,
                  "ExecStart", "a(sasb)", 1, "/bin/true", 1, "/bin/true", 0, 0);
    at.say_called("reload-units", kUnits, "Reload", "");
    at.say_called("stop-unit", kUnits, "StopUnit", "ss", unit, "replace");
    at.say_called("lock-sessions", kLogin, "LockSessions", "");
    errno = -sd_bus_request_name(at.bus, "org.freedesktop.hostname1", 0);
    say("own-another-name", errno > 0 ? -1 : 0);
}

/** How many filters are on us before we add our own. */
void filters() {
    FILE* status = std::fopen("/proc/self/status", "re");
    char line[256];
    while (status && std::fgets(line, sizeof line, status)) {
        int count = 0;
        if (std::sscanf(line, "Seccomp_filters: %d", &count) == 1) std::printf("filters %d\n", count);
    }
}

void name_service() {
    say("may-look-up", ::getpwnam("alice") ? 0 : -1);
    bool ran = false;
    std::thread([&ran] { ran = true; }).join();
    say("may-thread", ran ? 0 : -1);
}

/** Last, because an allowed one ends here. */
void programs() {
    say("user-namespace", ::unshare(CLONE_NEWUSER));
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    say("fork", child);
    if (child > 0) ::waitpid(child, nullptr, 0);
    const pid_t quick = ::vfork();
    if (quick == 0) ::_exit(0);
    say("vfork", quick);
    ::setenv("PATH", "/bin", 1);
    ::execl("/bin/echo", "echo", "execve", "done", nullptr);
    say("execve", -1);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    filters();
    if (std::strcmp(argv[1], "confined") == 0) {
        if (auto ok = jit::daemon::confine(); !ok) {
            std::printf("%s\n", ok.error().text.c_str());
            return 1;
        }
    }
    name_service();
    files();
    sockets();
    powers(std::atoi(argv[3]));
    bus(argv[2]);
    programs();
}
