// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "pam_jit/check.hpp"
#include "pam_jit/gate.hpp"

namespace jit::pam {
namespace {

struct Attachment {
    const SessionId& session;
    int kill_fd;
};

int append_attachment(sd_bus_message* m, const void* data) noexcept {
    const auto& sent = *static_cast<const Attachment*>(data);
    return sd_bus_message_append(m, "sa{sv}ah", sent.session.c_str(), 1, wire::kScope, "s",
                                 scope_name(sent.session).c_str(), 1, sent.kill_fd);
}

int refuse_scope(Refusal& why, const char* what, int error) noexcept {
    return refuse(why, PAM_AUTHINFO_UNAVAIL, kUnavailable, "%s (%s)", what,
                  ::strerrordesc_np(-error));
}

/** Whether this process is in the scope of that session: 0 or 1, or a negative errno. */
int is_inside(const Context& context, const SessionId& session) noexcept {
    CgroupPath cgroup;
    SessionId current;
    const int r = own_cgroup(context.env.cgroup_file, cgroup);
    if (r < 0) return r;
    return session_of(cgroup, current) && current.view() == session.view();
}

int rejoin(const Context& context, const SessionId& outer) noexcept {
    int r = is_inside(context, outer);
    if (r != 0) return r < 0 ? r : 0;
    CgroupPath cgroup;
    PeerBus systemd;
    r = systemd.connect(context.env.systemd, context.deadline);
    if (r == 0) r = join_scope(systemd, outer, context.deadline);
    if (r == 0) r = await_scope(context.env.cgroup_file, outer, context.deadline, cgroup);
    return r;
}

int start(const Context& context, const Kept& kept, CgroupPath& cgroup, Refusal& why) noexcept {
    const std::uint64_t now = wall_usec();
    if (kept.backstop_usec <= now)
        return refuse(why, PAM_PERM_DENIED, "EXPIRED", "the grant has ended");
    PeerBus systemd;
    int r = systemd.connect(context.env.systemd, context.deadline);
    const Scope scope{kept.session, kept.backstop_usec - now, kept.grace_usec};
    if (r == 0) r = start_scope(systemd, scope, context.deadline);
    if (r < 0) return refuse_scope(why, "systemd does not make the session's scope", r);
    r = await_scope(context.env.cgroup_file, kept.session, context.deadline, cgroup);
    if (r < 0) return refuse_scope(why, "systemd does not move the session into its scope", r);
    return PAM_SUCCESS;
}

int hand_over(const Context& context, const Kept& kept, const CgroupPath& cgroup,
              Refusal& why) noexcept {
    FixedText<640> path;
    if (!path.format("%s%s/cgroup.kill", context.env.cgroup_root, cgroup.c_str()))
        return refuse_scope(why, "the session's cgroup has too long a name", -ENAMETOOLONG);
    const Fd kill_fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!kill_fd) return refuse_scope(why, "cannot open the session's cgroup.kill", -errno);
    const Attachment attachment{kept.session, kill_fd.get()};
    MessagePtr reply;
    const int r =
        context.gate.call({"Attach", append_attachment, &attachment}, context.deadline, reply);
    if (r == -EREMOTEIO)
        return refuse(why, PAM_PERM_DENIED, kUnavailable, "the session was ended before it began");
    return r < 0 ? refuse_gate(why, context.env, r) : PAM_SUCCESS;
}

/** The third check: what ended since the first session line must not start. */
int check_again(const Context& context, const Kept& kept, Refusal& why) noexcept {
    Question question{.phase = "scope", .person = &kept.person, .service = context.options.service};
    question.session = kept.session;
    question.permissive = kept.permissive;
    Answer answer;
    const int r = ask(context.gate, context.env, question, context.deadline, answer);
    if (r < 0) return refuse_gate(why, context.env, r);
    if (answer.allowed) return PAM_SUCCESS;
    why.recorded = true;
    return refuse(
        why, PAM_PERM_DENIED, answer.code.empty() ? kUnavailable : answer.code.c_str(), "%s",
        answer.text.empty() ? "the session was ended before it began" : answer.text.c_str());
}

}  // namespace

int enter_scope(const Context& context, Refusal& why) noexcept {
    Kept* kept = find_kept(context.pamh);
    if (!kept || kept->opened_by != ::getpid())
        return refuse(
            why, PAM_PERM_DENIED, kIdentity,
            "the first session line of pam_jit did not run before 'scope' in /etc/pam.d/%s",
            context.options.service);
    if (!kept->scope_due) {
        const int r = kept->outer.empty() ? 0 : rejoin(context, kept->outer);
        return r < 0 ? refuse_scope(why, "cannot return to the scope of the outer session", r)
                     : PAM_SUCCESS;
    }
    if (!kept->scope_made) return make_scope(context, *kept, why);
    int r = is_inside(context, kept->session);
    if (r < 0) return refuse_scope(why, "cannot read the session's cgroup", r);
    if (r > 0) return check_again(context, *kept, why);
    // A line between ours moved the process out, and that ended the session: this is another one.
    r = open_session(context, *kept, why);
    return r == PAM_SUCCESS && kept->scope_due ? make_scope(context, *kept, why) : r;
}

int make_scope(const Context& context, Kept& kept, Refusal& why) noexcept {
    CgroupPath cgroup;
    int r = start(context, kept, cgroup, why);
    if (r != PAM_SUCCESS) return r;
    r = hand_over(context, kept, cgroup, why);
    if (r != PAM_SUCCESS && r != PAM_PERM_DENIED) return r;
    kept.scope_made = r == PAM_SUCCESS;
    // An error of Attach alone says little; the check knows the code and the text.
    if (kept.scope_made && !context.options.scope) return r;
    const int checked = check_again(context, kept, why);
    return checked != PAM_SUCCESS ? checked : r;
}

void note_outer(const Context& context) noexcept {
    Kept* kept = make_kept(context.pamh);
    CgroupPath cgroup;
    if (!kept || own_cgroup(context.env.cgroup_file, cgroup) < 0) return;
    kept->opened_by = ::getpid();
    kept->outer.clear();
    (void)session_of(cgroup, kept->outer);
}

void return_to_outer(const Context& context) noexcept {
    const Kept* kept = find_kept(context.pamh);
    if (!kept || kept->outer.empty() || kept->opened_by != ::getpid()) return;
    const int r = rejoin(context, kept->outer);
    if (r < 0)
        log_line(context.env, "a nested su left the scope of session %s: %s", kept->outer.c_str(),
                 ::strerrordesc_np(-r));
}

}  // namespace jit::pam
