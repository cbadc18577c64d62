// SPDX-License-Identifier: Apache-2.0
// A PAM module that does nothing and answers what its line says: pam_result.so session_err
#define PAM_SM_ACCOUNT
#define PAM_SM_SESSION
#include <security/pam_modules.h>
#include <string.h>

static int result(int argc, const char** argv) {
    if (argc > 0 && strcmp(argv[0], "session_err") == 0) return PAM_SESSION_ERR;
    if (argc > 0 && strcmp(argv[0], "success") == 0) return PAM_SUCCESS;
    return PAM_ABORT;
}

int pam_sm_acct_mgmt(pam_handle_t* h, int flags, int argc, const char** argv) {
    (void)h, (void)flags;
    return result(argc, argv);
}
int pam_sm_open_session(pam_handle_t* h, int flags, int argc, const char** argv) {
    (void)h, (void)flags;
    return result(argc, argv);
}
int pam_sm_close_session(pam_handle_t* h, int flags, int argc, const char** argv) {
    (void)h, (void)flags;
    return result(argc, argv);
}
