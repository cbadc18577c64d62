// SPDX-License-Identifier: Apache-2.0
#include "jitd/confinement.hpp"

#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <type_traits>

#include "common/handle.hpp"

namespace jit::daemon {
namespace {

using FilterPtr = std::unique_ptr<std::remove_pointer_t<scmp_filter_ctx>, Deleter<seccomp_release>>;

// A list of what is forbidden: what is allowed is the unit's SystemCallFilter=, and a second such list would have
// to know every name service module that is loaded into us. An error and not the end of the process: jitd comes
// back at once and to the same work, so whoever can bring one such call about could hold the gate shut with it.
constexpr std::uint32_t kRefused = SCMP_ACT_ERRNO(EPERM);

constexpr int kForbidden[] = {
    // other programs and processes
    SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(kill), SCMP_SYS(tkill),
    SCMP_SYS(rt_sigqueueinfo), SCMP_SYS(rt_tgsigqueueinfo), SCMP_SYS(pidfd_send_signal), SCMP_SYS(pidfd_getfd),
    SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(process_madvise),
    SCMP_SYS(kcmp), SCMP_SYS(perf_event_open),
    // ways to do what a filter does not see, or to the kernel itself
    SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register), SCMP_SYS(bpf),
    SCMP_SYS(userfaultfd), SCMP_SYS(modify_ldt), SCMP_SYS(personality), SCMP_SYS(iopl), SCMP_SYS(ioperm),
    SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load), SCMP_SYS(reboot), SCMP_SYS(syslog), SCMP_SYS(acct), SCMP_SYS(swapon),
    SCMP_SYS(swapoff), SCMP_SYS(quotactl), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(keyctl),
    // files in other places
    SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(umount), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
    SCMP_SYS(open_tree), SCMP_SYS(move_mount), SCMP_SYS(fsopen), SCMP_SYS(fspick), SCMP_SYS(fsconfig),
    SCMP_SYS(fsmount), SCMP_SYS(mount_setattr), SCMP_SYS(setns), SCMP_SYS(unshare), SCMP_SYS(open_by_handle_at),
    SCMP_SYS(fanotify_init), SCMP_SYS(mknod), SCMP_SYS(mknodat),
    // the clock, the name
    SCMP_SYS(settimeofday), SCMP_SYS(stime), SCMP_SYS(clock_settime), SCMP_SYS(clock_adjtime), SCMP_SYS(adjtimex),
    SCMP_SYS(sethostname), SCMP_SYS(setdomainname),
    // ids and powers
    SCMP_SYS(setuid), SCMP_SYS(setgid), SCMP_SYS(setreuid), SCMP_SYS(setregid), SCMP_SYS(setresuid),
    SCMP_SYS(setresgid), SCMP_SYS(setfsuid), SCMP_SYS(setfsgid), SCMP_SYS(setgroups), SCMP_SYS(capset)};

#ifdef __s390__
constexpr unsigned kCloneFlags = 1;
#else
constexpr unsigned kCloneFlags = 0;
#endif

int forbid(scmp_filter_ctx filter) {
    for (const int call : kForbidden) {
        if (const int r = seccomp_rule_add(filter, kRefused, call, 0); r < 0) return r;
    }
    // Threads only. The flags of clone3 are out of a filter's sight; without it glibc takes clone.
    const scmp_arg_cmp process{kCloneFlags, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0};
    int r = seccomp_rule_add_array(filter, kRefused, SCMP_SYS(clone), 1, &process);
    if (r >= 0) r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    const scmp_arg_cmp network{0, SCMP_CMP_NE, AF_UNIX, 0};
    for (const int call : {SCMP_SYS(socket), SCMP_SYS(socketpair)}) {
        if (r >= 0) r = seccomp_rule_add_array(filter, kRefused, call, 1, &network);
    }
    const scmp_arg_cmp other{0, SCMP_CMP_NE, static_cast<scmp_datum_t>(::getpid()), 0};  // abort() needs its own
    if (r >= 0) r = seccomp_rule_add_array(filter, kRefused, SCMP_SYS(tgkill), 1, &other);
    return r;
}

int load() {
    const FilterPtr filter(seccomp_init(SCMP_ACT_ALLOW));
    if (!filter) return -ENOMEM;
    int r = seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, kRefused);
    if (r >= 0) r = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1);  // all threads, or none
    if (r >= 0) r = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (r >= 0) r = forbid(filter.get());
    if (r < 0) return r;
    (void)seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_LOG, 1);  // shows up as audit type 1326, if the kernel can
    return seccomp_load(filter.get());
}

}  // namespace

core::Result<void> confine() {
    // LimitCORE=0 alone would still hand the core to a program in kernel.core_pattern.
    if (::prctl(PR_SET_DUMPABLE, 0) < 0)
        return core::fail("Failed", std::string("confinement: PR_SET_DUMPABLE: ") + std::strerror(errno));
    const int r = load();
    if (r < 0) return core::fail("Failed", std::string("confinement: seccomp filter: ") + std::strerror(-r));
    return {};
}

}  // namespace jit::daemon
