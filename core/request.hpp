// SPDX-License-Identifier: Apache-2.0
// A request: a person asks for a role, or for more time; it becomes a grant when enough people agree. Never changed
// once it is made; only what is said about it is added.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"

namespace jit::core {

enum class RequestState { pending, approved, denied, withdrawn, expired };
std::string_view to_string(RequestState state);
std::optional<RequestState> request_state_from(std::string_view name);

enum class RequestKind { role, extension, breakglass };

inline constexpr std::string_view kViaHost = "host";  // the bus, by an account of this host
inline constexpr std::string_view kViaRule = "rule";  // approval = "auto": nobody
inline constexpr std::string_view kViaKey = "key:";   // and the key's id: a token

enum class Said { approved, denied, reviewed };

/** What one person said about a request. */
struct Statement {
    Said said = Said::approved;
    std::string principal;         // empty: a rule
    std::string account;           // empty: a token or a rule
    std::string via;               // one of the above
    std::optional<Usec> duration;  // the most they allow
    std::string reason;
    Wall at;

    /** The id in trust.toml of the key that signed; empty when it was no token. */
    [[nodiscard]] std::string_view key() const;
};

struct Request {
    std::string id;  // 32 hex digits
    RequestKind kind = RequestKind::role;
    std::string account;
    std::uint32_t uid = 0;
    std::string asker;  // account of the login it was made in; the same, unless somebody changed accounts before
    std::string role;
    Usec duration{};            // whole seconds
    std::optional<Wall> start;  // not before; none: when it is approved
    std::string reason, ticket;
    RequestState state = RequestState::pending;
    std::string rule;  // "policy.toml:12", or "break-glass"
    std::uint32_t needed = 1;
    std::vector<std::string> approvers;  // of the rule: account, @group, principal:NAME; of the present policy, not stored
    std::vector<Statement> statements;
    Wall created, expires;
    std::string grant;  // what it became, or what it extends

    [[nodiscard]] std::vector<const Statement*> approvals() const;
    [[nodiscard]] const Statement* statement(Said said, std::string_view principal) const;
};

inline constexpr std::string_view kBreakglassRule = "break-glass";
inline constexpr Usec kMaxBreakglass = std::chrono::hours(1);
inline constexpr std::size_t kRequestsPerMinute = 10;  // of one account

}  // namespace jit::core
