// SPDX-License-Identifier: Apache-2.0
#include "core/step.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/duration.hpp"
#include "core/steps.hpp"
#include "core/text.hpp"

namespace jit::core {
namespace {

struct Dispatch {
    const World& world;

    Transition operator()(const CheckEvent& e) const { return on_check(world, e); }
    Transition operator()(const AttachEvent& e) const { return on_attach(world, e); }
    Transition operator()(const EmptyEvent& e) const { return on_empty(world, e); }
    Transition operator()(const GrantEvent& e) const { return on_grant(world, e); }
    Transition operator()(const RevokeEvent& e) const { return on_revoke(world, e); }
    Transition operator()(const LockEvent& e) const { return on_lock(world, e); }
    Transition operator()(const UnlockEvent& e) const { return on_unlock(world, e); }
    Transition operator()(const RequestEvent& e) const { return on_request(world, e); }
    Transition operator()(const WithdrawEvent& e) const { return on_withdraw(world, e); }
    Transition operator()(const ApproveEvent& e) const { return on_approve(world, e); }
    Transition operator()(const DenyEvent& e) const { return on_deny(world, e); }
    Transition operator()(const RedeemEvent& e) const { return on_redeem(world, e); }
    Transition operator()(const ExtendEvent& e) const { return on_extend(world, e); }
    Transition operator()(const ReleaseEvent& e) const { return on_release(world, e); }
    Transition operator()(const ReviewEvent& e) const { return on_review(world, e); }
    Transition operator()(const PolicyEvent& e) const { return on_policy(world, e); }
    Transition operator()(const AccountsEvent& e) const { return on_accounts(world, e); }
    Transition operator()(const RecoverEvent& e) const { return on_recover(world, e); }
    Transition operator()(const FileEvent& e) const { return on_file(world, e); }
    Transition operator()(const TickEvent&) const { return on_tick(world); }
    Transition operator()(const StartEvent& e) const { return on_start(world, e); }
    Transition operator()(const StopEvent&) const { return on_stop(world); }
};

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, ",")); }

}  // namespace

Transition step(const State& state, const Config& config, const Event& event, const Now& now) {
    return std::visit(Dispatch{World{state, config, now}}, event);
}

Error no_admin(std::string_view verb, const Actor& actor) {
    return error("AccessDenied", fmt::format("{}: {} is no admin of this host; run it as root", verb, actor.account));
}

std::string login_text(std::uint32_t loginuid) { return loginuid == kNoUid ? "" : std::to_string(loginuid); }

Record& describe(Record& record, const Grant& grant) {
    return record.set("GRANT", grant.id)
        .set("REQUEST", grant.request)
        .set("USER", grant.account)
        .set("UID", grant.uid ? std::to_string(*grant.uid) : "")
        .set("ROLE", grant.role)
        .set("REASON", grant.reason)
        .set("TICKET", grant.ticket)
        .set("APPROVERS", joined(grant.approvers))
        .set("KEYS", joined(grant.keys))
        .set("SERIAL", grant.serial != 0 ? std::to_string(grant.serial) : "")
        .set("NOT_AFTER", format_time(grant.not_after));
}

Record& describe(Record& record, const Session& session) {
    return record.set("SESSION", session.id)
        .set("GRANT", session.grant)
        .set("ROLE", session.role)
        .set("USER", session.account)
        .set("UID", std::to_string(session.uid))
        .set("TARGET", session.target)
        .set("SERVICE", session.service)
        .set("TTY", session.tty)
        .set("RHOST", session.rhost)
        .set("RECORDING", session.recording);
}

Record& describe(Record& record, const Request& request) {
    std::vector<std::string> approvers;
    for (const auto* approval : request.approvals()) {
        if (!approval->principal.empty()) approvers.push_back(approval->principal);
    }
    return record.set("REQUEST", request.id)
        .set("GRANT", request.grant)
        .set("USER", request.account)
        .set("UID", std::to_string(request.uid))
        .set("ROLE", request.role)
        .set("REASON", request.reason)
        .set("TICKET", request.ticket)
        .set("DURATION", format_duration(request.duration))
        .set("RULE", request.rule)
        .set("APPROVERS", joined(approvers));
}

Record& by(Record& record, const Actor& actor) {
    return record.set("ACTOR", actor.account).set("LOGINUID", login_text(actor.loginuid));
}

std::optional<Error> not_now(const World& world, std::string_view verb, const std::string& account) {
    if (world.state.needs_recovery) {
        return error("Recovery", fmt::format("{}: the state in /var/lib/jit can't be used; see: journalctl -u jitd", verb));
    }
    if (world.state.floor.refuses(world.now)) {
        return error("ClockBack", fmt::format("{}: the clock of this host went back; set it right by timedatectl, or, if it is right now: jitctl "
                                              "state recover --clock", verb));
    }
    if (world.state.locks.contains(account)) {
        return error("Locked", fmt::format("{0}: {1} is locked; an admin unlocks: jitctl unlock {1}", verb, account));
    }
    return std::nullopt;
}

std::optional<Error> bad_text(std::string_view verb, std::string_view what, std::string_view text, std::size_t max) {
    if (auto ok = check_text(text, what, max); !ok) {
        return error("InvalidArgument", fmt::format("{}: {}", verb, ok.error().text));
    }
    return std::nullopt;
}

std::optional<Error> bad_start(const World& world, std::string_view verb, const std::optional<Wall>& start) {
    if (!start || (*start >= world.now.wall - std::chrono::minutes(1) && *start <= world.now.wall + kMaxStart)) {
        return std::nullopt;
    }
    return error("InvalidArgument", fmt::format("{}: start: must be between now and 30 days from now", verb));
}

Due next_due(const State& state, const Config& config, const Now& now) {
    Due due;
    bool active = false;
    const auto believed = state.floor.believed_at();
    const auto unless_doubted = [&](Wall when) {
        if (!believed || now.wall < when) earlier(due.wall, when);
    };
    if (believed) earlier(due.boot, *believed);
    for (const auto& [id, grant] : state.grants) {
        if (state.ended.contains(id)) continue;
        const Pin* pin = state.pin_of(id);
        if (!pin || !pin->activation) {
            if (now.wall < grant.not_before) earlier(due.wall, grant.not_before);
            continue;  // and what is begun is begun, if a clock steps back
        }
        // Over, but not ended by a tick: its file's end cut it short, and a newer file may carry it on.
        if (status_of(grant, state, config, now).state == GrantState::expired) continue;
        active = true;
        earlier(due.wall, std::min(pin->activation->end, grant.not_after));
        if (const auto left = left_by_boot(*pin->activation, now)) earlier(due.boot, now.boot + *left);
        if (is_behind(*pin->activation, now) && !state.floor.refuses(now)) earlier(due.boot, now.boot);
    }
    next_due_of_sessions(due, {state, config, now});
    for (const auto& [id, request] : state.requests) {
        if (request.state == RequestState::pending) unless_doubted(request.expires);
    }
    if (state.file.serial != 0 && state.file.state != "expired") earlier(due.wall, state.file.expires);
    if (active) earlier(due.boot, now.boot + kFloorInterval);
    return due;
}

}  // namespace jit::core
