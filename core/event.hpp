// SPDX-License-Identifier: Apache-2.0
// What can happen to jitd. Random ids, resolved accounts and callers come in with the event.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/names.hpp"
#include "core/decide.hpp"
#include "core/grant_file.hpp"
#include "core/membership.hpp"
#include "core/request.hpp"
#include "core/rule_limits.hpp"
#include "core/time.hpp"

namespace jit::core {

/** Who asked jitd for something, by credentials of the connection, never by arguments. */
struct Actor {
    std::string account;
    std::uint32_t uid = kNoUid;
    std::uint32_t loginuid = kNoUid;
    std::string login_account;  // of loginuid; empty = unset
    std::string session;        // the jit scope it is inside of, if that can be told
    bool in_scope = false;      // inside a jit scope
    bool admin = false;         // root or listed in `admins`
    bool observer = false;      // listed in `observers`
    std::vector<std::string> groups;  // of `account`, those that the configuration names

    [[nodiscard]] Member member() const { return {account, groups}; }
};

enum class Phase { account, session, scope };

struct CheckEvent {
    Phase phase = Phase::account;
    Query query;
    std::string tty, rhost;
    std::string session;  // a fresh id at phase session, the one to look at in phase scope
    std::string recording;  // phase session: see Session
    std::uint32_t pid = 0;  // of sudo or su
    bool permissive = false;
};
struct AttachEvent { std::string session; };
/** What a session's recording was found to be when it was over. */
struct Recorded {
    Sha256 sha256{};
    std::uint64_t bytes = 0;
    std::string problem;  // why it can't be read; empty: it was
    Code code = Code::recording;  // of the problem: files are gone; UNAVAILABLE: anything else
};
/** Nothing runs in its scope any more. */
struct EmptyEvent { std::string session; std::optional<Recorded> recorded; };
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
struct RequestEvent {
    std::string id, grant;  // fresh; the grant's, should a rule approve at once
    RequestKind kind = RequestKind::role;
    std::string extends;  // of an extension: the grant
    std::string role;
    Usec duration{};
    std::optional<Wall> start;
    std::string reason, ticket;
    LocalTime local;
    Actor actor;
};
struct WithdrawEvent { std::string id; Actor actor; };
struct ApproveEvent {
    std::string id;
    std::string grant;  // fresh
    std::optional<Usec> duration;
    std::string reason;
    Actor actor;
};
struct DenyEvent { std::string id, reason; Actor actor; };
struct RedeemEvent {
    std::string token;
    std::string grant;              // fresh
    std::vector<Member> approvers;  // the accounts of the key's principal
    Actor actor;
};
struct ExtendEvent {
    std::string grant;
    std::string id, fresh;  // of the request, should it be one; see RequestEvent::grant
    Usec duration{};
    std::string reason, ticket;
    LocalTime local;
    Member holder;  // of the grant
    Actor actor;
};
struct ReleaseEvent {
    std::string grant;  // empty: all of the caller's that are active
    Actor actor;
};
struct ReviewEvent { std::string grant; Actor actor; };
/** The policy was read anew: pending requests are judged by it. Those not listed are not known yet. */
struct PolicyEvent {
    struct Asked {
        Member who;
        LocalTime local;  // when it was asked
    };
    std::map<std::string, Asked> requests;
};
/** What the user database says for certain of accounts with sessions; one it could not answer for is not listed. */
struct AccountsEvent {
    std::map<std::string, std::optional<std::uint32_t>> uids;  // none: no such account
};
enum class RecoverWhat { state, clock };
/** Root has looked: a state that can't be used is given up, or the clock really is earlier than it was. */
struct RecoverEvent {
    RecoverWhat what = RecoverWhat::state;
    std::string reason;
    Actor actor;
};
struct FileEvent {
    Result<SignedGrants> loaded;
    LoadMode mode = LoadMode::delivered;
    std::map<std::string, std::uint32_t> resolved;  // account -> uid
    bool record = true;                             // false: this content was audited before
    bool reduce_only = false;  // the state can't be written: only what the file takes away is in force
};
struct TickEvent {};
struct StartEvent { bool put_back = false; };  // the state is a copy from earlier
struct StopEvent {};

using Event = std::variant<CheckEvent, AttachEvent, EmptyEvent, GrantEvent, RevokeEvent, LockEvent, UnlockEvent,
                           RequestEvent, WithdrawEvent, ApproveEvent, DenyEvent, RedeemEvent, ExtendEvent, ReleaseEvent,
                           ReviewEvent, PolicyEvent, AccountsEvent, RecoverEvent, FileEvent, TickEvent, StartEvent,
                           StopEvent>;

}  // namespace jit::core
