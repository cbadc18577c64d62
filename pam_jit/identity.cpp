// SPDX-License-Identifier: Apache-2.0
#include "pam_jit/identity.hpp"

#include <errno.h>
#include <string.h>
#include <unistd.h>

namespace jit::pam {
namespace {

constexpr char kRoot[] = "root";

int refuse_lookup(Refusal& why, int error, const char* what) noexcept {
    if (error == -ENOENT)
        return refuse(why, PAM_USER_UNKNOWN, kIdentity, "%.64s is no account of this host", what);
    return refuse(why, error == -ENOMEM ? PAM_BUF_ERR : PAM_SYSTEM_ERR, kIdentity,
                  "the user database does not answer for %.64s (%s); ask an admin to run: getent "
                  "passwd (root and the console still work)",
                  what, ::strerrordesc_np(-error));
}

int read_invoker(const Source& source, Person& out, Refusal& why) noexcept {
    const uid_t uid = ::getuid();
    const char* name = item(source.pamh, PAM_RUSER);
    if (uid == 0 && (!name || ::strcmp(name, kRoot) == 0)) {
        out.uid = uid;  // root needs no leave, so it needs no user database either
        (void)out.account.set(kRoot);
        return PAM_SUCCESS;
    }
    int r = find_account(source.env, {nullptr, uid}, source.deadline, out);
    if (r < 0) return refuse_lookup(why, r, "the invoking user");
    if (out.uid != uid || out.account.empty())
        return refuse(why, PAM_PERM_DENIED, kIdentity, "the invoking user's account is ambiguous");

    Person named{};
    r = name ? find_account(source.env, {name, 0}, source.deadline, named) : -ENOENT;
    if (r < 0 && r != -ENOENT) return refuse_lookup(why, r, "the invoking user");
    if (r < 0 || named.uid != uid)
        return refuse(why, PAM_PERM_DENIED, kIdentity,
                      "PAM_RUSER does not name the invoking user %s", out.account.c_str());
    return PAM_SUCCESS;
}

}  // namespace

int read_user(const Source& source, Person& out, Refusal& why) noexcept {
    const char* name = item(source.pamh, PAM_USER);
    if (!name) return refuse_lookup(why, -ENOENT, "the user asked for");
    const int r = find_account(source.env, {name, 0}, source.deadline, out);
    return r < 0 ? refuse_lookup(why, r, name) : PAM_SUCCESS;
}

int read_person(const Source& source, const Options& options, Person& out, Refusal& why) noexcept {
    switch (options.program) {
        case Program::sudo:
        case Program::su:
            return read_invoker(source, out, why);
        case Program::sshd:
            return read_user(source, out, why);
    }
    return refuse(why, PAM_SYSTEM_ERR, kIdentity, "unknown program");
}

}  // namespace jit::pam
