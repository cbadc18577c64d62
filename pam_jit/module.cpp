// SPDX-License-Identifier: Apache-2.0
// The entry points of pam_jit.so: thin, and the host process is left as it was found. Not marked
// noexcept because pam_modules.h declares them without; -fno-exceptions does the same.
#include <errno.h>
#include <security/pam_modules.h>
#include <unistd.h>

#include "pam_jit/gate.hpp"

#define JIT_PAM_ENTRY extern "C" __attribute__((visibility("default"))) int

namespace jit::pam {
namespace {

class ErrnoGuard {
  public:
    ErrnoGuard() noexcept : saved_(errno) {}
    ErrnoGuard(const ErrnoGuard&) = delete;
    ErrnoGuard& operator=(const ErrnoGuard&) = delete;
    ~ErrnoGuard() { errno = saved_; }

  private:
    int saved_;
};

using Step = int (*)(const Context&, Refusal&) noexcept;

/** What a permissive line makes of a refusal. jitd records its own; nobody else does the rest. */
int let_pass(const Context& context, const Refusal& why) noexcept {
    if (!why.recorded) {
        const Kept* kept = find_kept(context.pamh);
        log_line(context.env, "would_deny: user=%s service=%s code=%s text=%s",
                 kept && kept->known ? kept->person.account.c_str() : "?", context.options.service,
                 why.code.c_str(), why.text.c_str());
    }
    return PAM_SUCCESS;
}

bool is_permissive(const Context& context) noexcept {
    const Kept* kept = find_kept(context.pamh);
    return context.options.permissive || (context.options.scope && kept && kept->permissive);
}

int refuse_scope_line(const Context& context, const Refusal& why) noexcept {
    show(context.pamh, why);
    close_session(context);
    if (context.options.program != Program::sudo) return why.result;
    // sudo runs the command on PAM_SESSION_ERR, and that of an earlier module hides our result from
    // it (libpam keeps the first, and shows it to nobody). This is sudo itself, before it forks.
    log_line(context.env, "sudo ended before the command: %s [%s]", why.text.c_str(),
             why.code.c_str());
    ::_exit(1);
}

/** A line we can't read, after one that opened a session: it is the scope line. */
bool is_scope_awaited(pam_handle_t* pamh) noexcept {
    const Kept* kept = find_kept(pamh);
    return kept && kept->scope_due && kept->opened_by == ::getpid();
}

int run(Step step, const Context& context) noexcept {
    Refusal why;
    if (step(context, why) == PAM_SUCCESS) return PAM_SUCCESS;
    if (is_permissive(context)) return let_pass(context, why);
    if (context.options.scope) return refuse_scope_line(context, why);
    show(context.pamh, why);
    return why.result;
}

int refuse_line(pam_handle_t* pamh, const Environment& env, const Refusal& why) noexcept {
    show(pamh, why);
    log_line(env, "%s [%s]", why.text.c_str(), why.code.c_str());
    return why.result;
}

/** The module has no business in this stack; an error is the one answer nobody takes for a leave.
 */
int refuse_stack(pam_handle_t* pamh, const char* stack) noexcept {
    const ErrnoGuard guard;
    Refusal why;
    (void)refuse(why, PAM_PERM_DENIED, kConfig, "pam_jit.so does not belong in the %s stack",
                 stack);
    return refuse_line(pamh, environment(), why);
}

}  // namespace
}  // namespace jit::pam

using namespace jit::pam;

JIT_PAM_ENTRY pam_sm_acct_mgmt(pam_handle_t* pamh, int, int argc, const char** argv) {
    const ErrnoGuard guard;
    const Environment env = environment();
    Options options;
    Refusal why;
    if (read_options(pamh, Stack::account, argc, argv, options, why) != PAM_SUCCESS)
        return refuse_line(pamh, env, why);
    jit::GateClient gate(env.gate);
    return run(gate_account, {pamh, options, env, gate, jit::Deadline::in_msec(env.account_msec)});
}

JIT_PAM_ENTRY pam_sm_open_session(pam_handle_t* pamh, int, int argc, const char** argv) {
    const ErrnoGuard guard;
    const Environment env = environment();
    Options options;
    Refusal why;
    const int readable = read_options(pamh, Stack::session, argc, argv, options, why);
    jit::GateClient gate(env.gate);
    const Context context{pamh, options, env, gate, jit::Deadline::in_msec(env.session_msec)};
    if (readable != PAM_SUCCESS)
        return is_scope_awaited(pamh) ? refuse_scope_line(context, why)
                                      : refuse_line(pamh, env, why);
    if (!options.nest) return run(options.scope ? enter_scope : gate_session, context);
    options.scope ? return_to_outer(context) : note_outer(context);
    return PAM_SUCCESS;
}

JIT_PAM_ENTRY pam_sm_close_session(pam_handle_t* pamh, int, int argc, const char** argv) {
    const ErrnoGuard guard;
    const Environment env = environment();
    Options options;
    Refusal why;
    const int r = read_options(pamh, Stack::session, argc, argv, options, why);
    if (r != PAM_SUCCESS || options.scope || options.nest) return PAM_SUCCESS;  // nothing to veto
    jit::GateClient gate(env.gate);
    close_session({pamh, options, env, gate, jit::Deadline::in_msec(env.close_msec)});
    return PAM_SUCCESS;
}

JIT_PAM_ENTRY pam_sm_authenticate(pam_handle_t* pamh, int, int, const char**) {
    return refuse_stack(pamh, "auth");
}

JIT_PAM_ENTRY pam_sm_setcred(pam_handle_t*, int, int, const char**) {
    return PAM_PERM_DENIED;  // sudo and su ignore it; it follows pam_sm_authenticate's message
}

JIT_PAM_ENTRY pam_sm_chauthtok(pam_handle_t* pamh, int, int, const char**) {
    return refuse_stack(pamh, "password");
}
