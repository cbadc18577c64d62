// SPDX-License-Identifier: Apache-2.0
// Everything jitd remembers. Changed only by apply(), with the changes that the store also writes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "core/codes.hpp"
#include "core/floor.hpp"
#include "core/grant.hpp"
#include "core/grant_file.hpp"
#include "core/request.hpp"
#include "core/time.hpp"

namespace jit::core {

enum class EndHow { revoked, released, expired };
std::string_view to_string(EndHow how);
std::optional<EndHow> end_how_from(std::string_view name);

/** An end is for ever: it outlives re-delivery, newer serials, restarts and clock changes. */
struct Ended {
    std::string grant_id;
    EndHow how = EndHow::revoked;
    std::string by;
    Wall at;
};

/** Fixed when a grant becomes active; the earlier of both clocks ends it. */
struct Activation {
    Wall end;
    Boot deadline;
    std::string boot_id;
};

/** What a grant id means on this host, from its first sight on. */
struct Pin {
    std::string grant_id;
    std::string account;
    std::optional<std::uint32_t> uid;
    std::string role;
    Wall not_before, not_after;
    std::optional<Activation> activation;
};

/** finishing: its grant is over, and its role lets what runs come to its end. */
enum class SessionState { opening, open, finishing, ending, closed };
std::string_view to_string(SessionState state);

struct Session {
    std::string id;  // 32 hex digits
    std::string grant;
    std::string role;
    std::string account;
    std::uint32_t uid = 0;
    std::string target;
    std::string service;  // PAM service
    std::string tty;
    std::string rhost;
    Wall opened;
    std::string recording;  // sudo's I/O log, below kRecordingsDir; empty: none
    Wall backstop;  // PID 1 ends it then, come what may
    Wall warned;    // its person was told of every warning that was due by then
    SessionState state = SessionState::opening;
    Boot since{};          // of the present state
    std::string end_code;  // why it is ending

    [[nodiscard]] std::string scope() const { return "jit-" + id + ".scope"; }
};

struct Lock {
    std::string account;
    std::string by;
    std::string reason;
    Wall at;
};

/** What came of the grant that an account last used; who approves the next one looks at it. */
struct Use {
    std::string account;
    std::string grant, role;
    std::uint32_t sessions = 0;    // that are over
    std::uint32_t terminated = 0;  // of these: ended by JIT
    Wall first, last;              // opened, closed
    std::vector<std::string> targets;  // "sudo to root", a few
};

/** A token that was brought back counts once. */
struct UsedToken {
    std::string id;  // hex of a hash
    std::string request;
    Wall at;
};

/** The state of the signed file, as `status` shows it. */
struct FileState {
    std::string state = "none";  // none | ok | refused | expired
    std::string code;            // of the last refusal
    std::string text;
    std::uint64_t serial = 0;
    Sha256 sha256{};
    Wall expires{};
    std::uint64_t reduced = 0;  // of a file that could not be kept, but took away: nothing older may bring it back
};

// Changes: what step() decides, what the store commits, what apply() does.
struct PutGrant { Grant grant; };
struct PutEnded { Ended ended; };
struct PutPin { Pin pin; };
struct PutSession { Session session; };
struct CloseSession { std::string id; std::string code; Wall at; };
struct PutLock { Lock lock; };
struct DropLock { std::string account; };
struct PutRequest { Request request; };
struct DropRequest { std::string id; };  // with its statements and tokens
struct DropGrant { std::string id; };    // one of jitd's own, long over: its id can't come again
struct PutUse { Use use; };
struct PutToken { UsedToken token; };
struct PutFloor { Wall floor; };                             // root says that the clock is right
struct PutFile { FileState file; };                          // marks
struct ReplaceFileGrants { std::vector<Grant> grants; };     // memory only: the accepted copy is their store
using Change = std::variant<PutGrant, PutEnded, PutPin, PutSession, CloseSession, PutLock, DropLock, PutRequest,
                            DropRequest, DropGrant, PutUse, PutToken, PutFloor, PutFile, ReplaceFileGrants>;

struct State {
    std::string host_id;  // 32 hex digits
    bool needs_recovery = false;
    Floor floor;
    FileState file;
    std::unordered_map<std::string, Grant> grants;
    std::unordered_multimap<std::string, std::string> by_account;  // account -> grant id
    std::unordered_map<std::string, Ended> ended;
    std::unordered_map<std::string, Pin> pins;
    std::map<std::string, Session> sessions;  // not closed ones
    std::map<std::string, Lock> locks;
    std::map<std::string, Request> requests;  // pending ones, and for a while the others
    std::unordered_multimap<std::string, std::string> requests_by_account;
    std::unordered_map<std::string, UsedToken> used_tokens;
    std::map<std::string, Use> uses;  // by account

    [[nodiscard]] std::vector<const Grant*> grants_of(std::string_view account) const;
    [[nodiscard]] std::vector<const Request*> requests_of(std::string_view account) const;
    [[nodiscard]] const Request* request(const std::string& id) const;
    [[nodiscard]] const Grant* grant(const std::string& id) const;
    [[nodiscard]] const Ended* end_of(const std::string& id) const;
    [[nodiscard]] const Pin* pin_of(const std::string& id) const;
};

void apply(State& state, const Change& change);

}  // namespace jit::core
