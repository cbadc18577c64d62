// SPDX-License-Identifier: Apache-2.0
// What can happen to jitd. Random ids, resolved accounts and callers come in with the event.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include "common/names.hpp"
#include "core/decide.hpp"
#include "core/grant_file.hpp"
#include "core/time.hpp"

namespace jit::core {

/** Who asked jitd for something, by credentials of the connection, never by arguments. */
struct Actor {
    std::string account;
    std::uint32_t uid = kNoUid;
    std::uint32_t loginuid = kNoUid;
    std::string login_account;  // of loginuid; empty = unset
    bool in_scope = false;      // inside a jit scope
    bool admin = false;         // root or listed in `admins`
};

enum class Phase { account, session, scope };

struct CheckEvent {
    Phase phase = Phase::account;
    Query query;
    std::string tty, rhost;
    std::string session;  // a fresh id at phase session, the one to look at in phase scope
    bool permissive = false;
};
struct AttachEvent { std::string session; };
struct EmptyEvent { std::string session; };  // nothing runs in its scope any more
struct GrantEvent {
    std::string id;  // fresh
    std::string user;
    std::optional<std::uint32_t> uid;  // none: no such account
    std::string role;
    Usec duration{};
    std::optional<Wall> start;
    std::string reason, ticket;
    Actor actor;
};
enum class RevokeWhat { grant, user, session, all };
struct RevokeEvent {
    RevokeWhat what = RevokeWhat::grant;
    std::string object;
    std::string reason;
    Actor actor;
};
struct LockEvent { std::string account, reason; Actor actor; };
struct UnlockEvent { std::string account, reason; Actor actor; };
struct FileEvent {
    Result<SignedGrants> loaded;
    LoadMode mode = LoadMode::delivered;
    std::map<std::string, std::uint32_t> resolved;  // account -> uid
    bool record = true;                             // false: this content was audited before
    bool reduce_only = false;  // the state can't be written: only what the file takes away is in force
};
struct TickEvent {};
struct StartEvent {};
struct StopEvent {};

using Event = std::variant<CheckEvent, AttachEvent, EmptyEvent, GrantEvent, RevokeEvent, LockEvent, UnlockEvent,
                           FileEvent, TickEvent, StartEvent, StopEvent>;

}  // namespace jit::core
