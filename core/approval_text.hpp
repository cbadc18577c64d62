// SPDX-License-Identifier: Apache-2.0
// What an approver signs on another machine: a request in words, the same bytes on both sides. The host makes it from
// its own request; `jitctl token` reads it from what was pasted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/config.hpp"
#include "core/request.hpp"
#include "core/result.hpp"
#include "core/state.hpp"

namespace jit::core {

inline constexpr std::string_view kApprovalNamespace = "jit-approval@v1";
inline constexpr std::string_view kBreakglassNamespace = "jit-breakglass@v1";

struct ApprovalText {
    bool breakglass = false;
    std::string org, host_id, host_name, request;
    std::uint32_t uid = 0;
    std::string account, person, role;
    Usec duration{};             // what the signer allows: whole seconds, at most what was asked for
    std::optional<Wall> start;   // none: when approved
    std::string extends;         // grant; empty: a new one
    std::string reason, ticket;  // no ticket: empty
    Wall requested, before;

    /** The SSHSIG namespace it is signed in. */
    [[nodiscard]] std::string_view ns() const { return breakglass ? kBreakglassNamespace : kApprovalNamespace; }
    /** The signed bytes: a line a field, in this order, each ended by LF; UTF-8. */
    [[nodiscard]] std::string text() const;
};

/** Of a request of this host, for `duration`. */
ApprovalText approval_text(const Request& request, const State& state, const Config& config, Usec duration);

/** Finds one in pasted text, whatever is around it and however it is indented. Code FORMAT. */
Result<ApprovalText> parse_approval_text(std::string_view pasted);

}  // namespace jit::core
