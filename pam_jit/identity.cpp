// SPDX-License-Identifier: Apache-2.0
#include "pam_jit/identity.hpp"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/names.hpp"

namespace jit::pam {
namespace {

struct Key {
    const char* name;  // or the uid, if nullptr
    uid_t uid;
};

/** 0, -ENOENT for no such account, or another negative errno. */
int look_up(const Key& key, Person& out) noexcept {
    constexpr std::size_t kFirst = 4096, kLast = 1 << 20;
    using Buffer = std::unique_ptr<char, Deleter<::free>>;
    for (std::size_t size = kFirst; size <= kLast; size *= 4) {
        const Buffer buffer(static_cast<char*>(::malloc(size)));
        if (!buffer) return -ENOMEM;
        passwd entry{};
        passwd* found = nullptr;
        const int error = key.name ? ::getpwnam_r(key.name, &entry, buffer.get(), size, &found)
                                   : ::getpwuid_r(key.uid, &entry, buffer.get(), size, &found);
        if (error == ERANGE) continue;
        if (!found) return error && error != ENOENT ? -error : -ENOENT;
        out.uid = found->pw_uid;
        if (found->pw_uid == kNoUid || !out.account.set(found->pw_name)) return -EINVAL;
        return 0;
    }
    return -ERANGE;
}

int refuse_lookup(Refusal& why, int error, const char* what) noexcept {
    if (error == -ENOENT)
        return refuse(why, PAM_USER_UNKNOWN, kIdentity, "%.64s is no account of this host", what);
    return refuse(why, error == -ENOMEM ? PAM_BUF_ERR : PAM_SYSTEM_ERR, kIdentity,
                  "the user database does not answer for %.64s", what);
}

int read_invoker(pam_handle_t* pamh, Person& out, Refusal& why) noexcept {
    const uid_t uid = ::getuid();
    int r = look_up({nullptr, uid}, out);
    if (r < 0) return refuse_lookup(why, r, "the invoking user");
    if (out.uid != uid || out.account.empty())
        return refuse(why, PAM_PERM_DENIED, kIdentity, "the invoking user's account is ambiguous");

    const char* name = item(pamh, PAM_RUSER);
    if (!name && uid == 0) return PAM_SUCCESS;  // a root program that sets no PAM_RUSER
    Person named{};
    r = name ? look_up({name, 0}, named) : -ENOENT;
    if (r < 0 && r != -ENOENT) return refuse_lookup(why, r, "the invoking user");
    if (r < 0 || named.uid != uid)
        return refuse(why, PAM_PERM_DENIED, kIdentity,
                      "PAM_RUSER does not name the invoking user %s", out.account.c_str());
    return PAM_SUCCESS;
}

}  // namespace

int read_user(pam_handle_t* pamh, Person& out, Refusal& why) noexcept {
    const char* name = item(pamh, PAM_USER);
    if (!name) return refuse_lookup(why, -ENOENT, "the user asked for");
    const int r = look_up({name, 0}, out);
    return r < 0 ? refuse_lookup(why, r, name) : PAM_SUCCESS;
}

int read_person(pam_handle_t* pamh, const Options& options, Person& out, Refusal& why) noexcept {
    switch (options.program) {
        case Program::sudo:
        case Program::su:
            return read_invoker(pamh, out, why);
        case Program::sshd:
            return read_user(pamh, out, why);
    }
    return refuse(why, PAM_SYSTEM_ERR, kIdentity, "unknown program");
}

}  // namespace jit::pam
