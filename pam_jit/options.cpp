// SPDX-License-Identifier: Apache-2.0
#include "pam_jit/options.hpp"

#include <string.h>

namespace jit::pam {
namespace {

struct Service {
    const char* name;
    Program program;
};
constexpr Service kServices[] = {{"sudo", Program::sudo},
                                 {"sudo-i", Program::sudo},
                                 {"su", Program::su},
                                 {"su-l", Program::su},
                                 {"sshd", Program::sshd}};

bool read_service(const char* name, Options& out) noexcept {
    for (const Service& service : kServices) {
        if (!name || ::strcmp(name, service.name) != 0) continue;
        out.program = service.program;
        out.service = name;
        return true;
    }
    return false;
}

bool read_word(Stack stack, const char* word, Options& out) noexcept {
    if (::strcmp(word, "permissive") == 0) return out.permissive = true;
    if (stack != Stack::session) return false;
    if (::strcmp(word, "scope") == 0) return out.scope = true;
    if (::strcmp(word, "nest") == 0) return out.nest = true;
    return false;
}

}  // namespace

const char* item(pam_handle_t* pamh, int type) noexcept {
    const void* value = nullptr;
    if (pam_get_item(pamh, type, &value) != PAM_SUCCESS || !value) return nullptr;
    const char* text = static_cast<const char*>(value);
    return *text ? text : nullptr;
}

int read_options(pam_handle_t* pamh, Stack stack, int argc, const char** argv, Options& out,
                 Refusal& why) noexcept {
    const char* service = item(pamh, PAM_SERVICE);
    if (!read_service(service, out))
        return refuse(why, PAM_PERM_DENIED, kConfig,
                      "pam_jit does not serve the PAM service '%.64s'", service ? service : "");
    for (int i = 0; i < argc; ++i)
        if (!argv[i] || !read_word(stack, argv[i], out))
            return refuse(why, PAM_PERM_DENIED, kConfig,
                          "unknown option '%.64s' on pam_jit's line in /etc/pam.d/%s",
                          argv[i] ? argv[i] : "", service);
    if (out.nest && (out.permissive || out.program != Program::su))
        return refuse(why, PAM_PERM_DENIED, kConfig,
                      "option 'nest' is for an ungated su only; see /etc/pam.d/%s", service);
    return PAM_SUCCESS;
}

}  // namespace jit::pam
