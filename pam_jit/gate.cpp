// SPDX-License-Identifier: Apache-2.0
#include "pam_jit/gate.hpp"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "pam_jit/check.hpp"
#include "pam_jit/recording.hpp"

namespace jit::pam {
namespace {

Source source_of(const Context& context) noexcept {
    return {context.pamh, context.env, context.deadline};
}

/** root elevating needs no leave; root logging in does. */
bool passes(const Options& options, const Person& person) noexcept {
    return person.uid == 0 && options.program != Program::sshd;
}

int refuse_by_jitd(Refusal& why, const Answer& answer) noexcept {
    why.recorded = true;
    why.told = answer.told;
    return refuse(why, PAM_PERM_DENIED, answer.code.empty() ? kUnavailable : answer.code.c_str(),
                  "%s",
                  answer.text.empty() ? "this elevation is not allowed" : answer.text.c_str());
}

int put(const Context& context, Question& question, Answer& answer, Refusal& why) noexcept {
    question.service = context.options.service;
    question.tty = item(context.pamh, PAM_TTY);
    question.rhost = item(context.pamh, PAM_RHOST);
    const int r = ask(context.gate, context.env, question, context.deadline, answer);
    if (Kept* kept = find_kept(context.pamh)) kept->unanswered = r < 0;
    if (r < 0) return refuse_gate(why, context.env, r);
    if (!answer.allowed) return refuse_by_jitd(why, answer);
    return PAM_SUCCESS;
}

int bound_if_login(const Context& context, const Answer& answer, Refusal& why) noexcept {
    if (context.options.program != Program::sshd || answer.ends_usec == 0) return PAM_SUCCESS;
    if (bound_login(context.pamh, answer.ends_usec) == PAM_SUCCESS) return PAM_SUCCESS;
    return refuse(why, PAM_BUF_ERR, kUnavailable, "out of memory");
}

/** Debian's stack of "sudo" has no pam_systemd, which takes whoever is in no login's scope to one;
 * where it has, the last line makes another scope. In all other stacks the scope comes last. */
int hold_early(const Context& context, Kept& kept, Refusal& why) noexcept {
    if (!kept.scope_due || ::strcmp(context.options.service, "sudo") != 0) return PAM_SUCCESS;
    const int r = make_scope(context, kept, why);
    if (r == PAM_SUCCESS) return r;
    close_session(context);
    kept.scope_due = false;
    return r;
}

/** Nothing to note on a host without the unified hierarchy: it has no jit scopes. */
int read_outer(const Context& context, SessionId& out, Refusal& why) noexcept {
    out.clear();
    CgroupPath cgroup;
    const int r = own_cgroup(context.env.cgroup_file, cgroup);
    if (r < 0 && r != -ENODATA)
        return refuse(why, PAM_SYSTEM_ERR, kUnavailable, "cannot read %s (%s)",
                      context.env.cgroup_file, ::strerrordesc_np(-r));
    if (r == 0) (void)session_of(cgroup, out);
    return PAM_SUCCESS;
}

int session_person(const Context& context, Kept& kept, Refusal& why) noexcept {
    // sshd runs keyboard-interactive's account phase in a child: what that kept is lost.
    if (context.options.program == Program::sshd) {
        const int r = read_user(source_of(context), kept.person, why);
        kept.known = r == PAM_SUCCESS;
        return r;
    }
    if (kept.known) return PAM_SUCCESS;
    return refuse(why, PAM_PERM_DENIED, kIdentity,
                  "no account line of pam_jit ran before the session line in /etc/pam.d/%s",
                  context.options.service);
}

}  // namespace

int gate_account(const Context& context, Refusal& why) noexcept {
    Kept* kept = make_kept(context.pamh);
    if (!kept) return refuse(why, PAM_BUF_ERR, kUnavailable, "out of memory");
    kept->known = false;
    kept->permissive = context.options.permissive;
    Person person{};
    int r = read_person(source_of(context), context.options, person, why);
    if (r != PAM_SUCCESS) return r;
    kept->person = person;
    kept->known = true;
    if (passes(context.options, person)) return PAM_SUCCESS;

    Question question{.phase = "account", .person = &kept->person, .service = nullptr};
    question.permissive = context.options.permissive;
    Person target{};
    if (context.options.program == Program::su) {  // sudo names it in the session phase only
        r = read_user(source_of(context), target, why);
        if (r != PAM_SUCCESS) return r;
        question.target = target.account.c_str();
    }
    r = read_outer(context, question.outer, why);
    if (r != PAM_SUCCESS) return r;
    Answer answer;
    r = put(context, question, answer, why);
    return r == PAM_SUCCESS ? bound_if_login(context, answer, why) : r;
}

int gate_session(const Context& context, Refusal& why) noexcept {
    Kept* kept = make_kept(context.pamh);
    if (!kept) return refuse(why, PAM_BUF_ERR, kUnavailable, "out of memory");
    kept->permissive = context.options.permissive;
    kept->opened_by = ::getpid();
    kept->session.clear();
    kept->scope_due = kept->scope_made = false;
    int r = session_person(context, *kept, why);
    if (r != PAM_SUCCESS) return r;
    const bool root = passes(context.options, kept->person);
    Refusal unread;  // without /proc, as in a rescue system, root has no scope to note, and goes on
    r = read_outer(context, kept->outer, root ? unread : why);
    if (root) return PAM_SUCCESS;
    if (r != PAM_SUCCESS) return r;
    // Who is let in anyway does not wait for a stuck jitd twice.
    if (kept->permissive && kept->unanswered) return refuse_gate(why, context.env, -ETIMEDOUT);
    r = open_session(context, *kept, why);
    return r == PAM_SUCCESS ? hold_early(context, *kept, why) : r;
}

int open_session(const Context& context, Kept& kept, Refusal& why) noexcept {
    Person target{};
    int r = read_user(source_of(context), target, why);
    if (r != PAM_SUCCESS) return r;
    Question question{.phase = "session", .person = &kept.person, .service = nullptr};
    question.target = target.account.c_str();
    question.permissive = kept.permissive;
    question.outer = kept.outer;
    Recording recording;  // a user of su or ssh may have got such a descriptor, but no such log
    if (context.options.program == Program::sudo) recording = find_recording(context.env);
    question.recording = recording.c_str();
    Answer answer;
    r = put(context, question, answer, why);
    if (r != PAM_SUCCESS) return r;
    if (answer.scope_due && context.options.program == Program::sshd)
        return refuse(why, PAM_AUTHINFO_UNAVAIL, kUnavailable, "jitd wants a scope for a login");
    kept.session = answer.session;
    kept.scope_due = answer.scope_due;
    kept.scope_made = false;
    kept.backstop_usec = answer.backstop_usec;
    kept.grace_usec = answer.grace_usec;
    return bound_if_login(context, answer, why);
}

void close_session(const Context& context) noexcept {
    const Kept* kept = find_kept(context.pamh);
    if (!kept || kept->session.empty() || kept->opened_by != ::getpid()) return;
    const auto fill = [](sd_bus_message* call, const void* session) noexcept -> int {
        return sd_bus_message_append(call, "s", static_cast<const SessionId*>(session)->c_str());
    };
    MessagePtr reply;
    (void)context.gate.call({"Close", fill, &kept->session}, context.deadline, reply);
}

}  // namespace jit::pam
