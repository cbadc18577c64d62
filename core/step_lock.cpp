// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "core/steps.hpp"
#include "core/text.hpp"

namespace jit::core {
namespace {

std::optional<Error> check_fields(std::string_view verb, const std::string& account, const std::string& reason) {
    if (!is_any_account_name(account)) {  // whom a directory names in its own way must be lockable, too
        return error("InvalidArgument", fmt::format("{}: {}: not an account name", verb, escape(account)));
    }
    if (reason.empty()) return std::nullopt;
    if (auto ok = check_text(reason, "reason", kMaxReason); !ok) {
        return error("InvalidArgument", fmt::format("{}: {}", verb, ok.error().text));
    }
    return std::nullopt;
}

std::string sentence(const Actor& actor, std::string_view does, const std::string& account, const std::string& reason) {
    return fmt::format("{} {} {}{}{}", actor.account, does, account, reason.empty() ? "" : ": ", reason);
}

Record lock_record(const EventKind& kind, const std::string& account, const std::string& reason, const Actor& actor,
                   std::string message) {
    Record record(kind, std::move(message));
    record.set("USER", account)
        .set("ACTOR", actor.account)
        .set("LOGINUID", login_text(actor.loginuid))
        .set("REASON", reason);
    return record;
}

}  // namespace

bool acts_for_self(const World& world, const Actor& actor, const std::string& beneficiary) {
    const auto& trust = world.config.trust;
    const auto principal = trust.principal_of(beneficiary);
    const auto is_self = [&](const std::string& account) {
        return !account.empty() && trust.principal_of(account) == principal;
    };
    // Somebody is behind it whom the user database does not name now: that may be anybody.
    if (actor.loginuid != kNoUid && actor.login_account.empty()) return true;
    return actor.in_scope || is_self(actor.login_account) || (actor.uid != 0 && is_self(actor.account));
}

Transition on_lock(const World& world, const LockEvent& event) {
    Transition out;
    if (!event.actor.admin) {
        out.refused = no_admin("lock", event.actor);
        return out;
    }
    if ((out.refused = check_fields("lock", event.account, event.reason))) return out;
    out.changes.emplace_back(PutLock{Lock{event.account, event.actor.account, event.reason, world.now.wall}});
    auto record = lock_record(event::kLockSet, event.account, event.reason, event.actor,
                              sentence(event.actor, "locks", event.account, event.reason));
    out.records.push_back(std::move(record.set("CODE", "LOCKED")));
    for (const auto& [id, session] : world.state.sessions) {
        if (session.account != event.account || session.state == SessionState::ending) continue;
        end_session(out, world, session, Code::locked);
    }
    return out;
}

Transition on_unlock(const World& world, const UnlockEvent& event) {
    Transition out;
    out.widens = true;
    if (!event.actor.admin) {
        out.refused = no_admin("unlock", event.actor);
        return out;
    }
    if (acts_for_self(world, event.actor, event.account)) {
        out.refused = error("Self", "unlock: not from inside an elevated session, nor for yourself; somebody else has to");
        return out;
    }
    if ((out.refused = check_fields("unlock", event.account, event.reason))) return out;
    const auto lock = world.state.locks.find(event.account);
    if (lock == world.state.locks.end()) {
        out.refused = error("NotFound", fmt::format("unlock: {} is not locked; see: jitctl list locks", event.account));
        return out;
    }
    out.changes.emplace_back(DropLock{event.account});
    out.records.push_back(lock_record(event::kLockCleared, event.account, event.reason, event.actor,
                                      sentence(event.actor, "unlocks", event.account, event.reason)));
    auto again = lock_record(event::kLockSet, event.account, lock->second.reason, event.actor,
                             fmt::format("{} stays locked: the record of the unlock was not accepted in time",
                                         event.account));
    again.set("CODE", "AUDIT");
    out.take_back = {{PutLock{lock->second}}, {std::move(again)}};
    return out;
}

}  // namespace jit::core
