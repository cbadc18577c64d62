// SPDX-License-Identifier: Apache-2.0
// A PAM module beside ours: fails like others do, tells what ours left for pam_systemd, and does
// what that does: with a file as argument, moves the caller into a cgroup of the login's.
#include <errno.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <string.h>

#include <cstdio>

extern "C" __attribute__((visibility("default"))) int pam_sm_acct_mgmt(pam_handle_t* pamh, int,
                                                                       int argc,
                                                                       const char** argv) {
    if (argc > 0 && ::strcmp(argv[0], "set_errno") == 0)
        errno = 4711;
    else
        (void)pam_info(pamh, "%d", errno);
    return PAM_SUCCESS;
}

extern "C" __attribute__((visibility("default"))) int pam_sm_open_session(pam_handle_t* pamh, int,
                                                                          int argc,
                                                                          const char** argv) {
    if (argc > 0 && ::strcmp(argv[0], "session_err") == 0) return PAM_SESSION_ERR;
    if (argc > 0 && ::strcmp(argv[0], "success") == 0) return PAM_SUCCESS;
    if (argc > 0) {
        std::FILE* cgroup = std::fopen(argv[0], "we");
        if (!cgroup) return PAM_SYSTEM_ERR;
        std::fputs("0::/user.slice/user-0.slice/session-c1.scope\n", cgroup);
        std::fclose(cgroup);
    }
    const void* limit = nullptr;
    if (pam_get_data(pamh, "systemd.runtime_max_sec", &limit) == PAM_SUCCESS)
        (void)pam_info(pamh, "%s", static_cast<const char*>(limit));
    return PAM_SUCCESS;
}
