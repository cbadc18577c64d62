// SPDX-License-Identifier: Apache-2.0
// The decision: may this person elevate here now? One pure function answers the gate, `jitctl explain` and the tests.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/names.hpp"
#include "core/codes.hpp"
#include "core/config.hpp"
#include "core/membership.hpp"
#include "core/state.hpp"
#include "core/time.hpp"

namespace jit::core {

/** Whether sudo writes an I/O log: it is not open yet in the account phase. */
enum class Recording { unknown, none, on };

/** What pam_jit knows of the person, or what `explain` asks about. */
struct Query {
    std::string account;  // canonical name of uid
    std::uint32_t uid = 0;
    std::string service;                // PAM service name
    std::optional<std::string> target;  // not known in sudo's account phase
    std::uint32_t loginuid = kNoUid;
    Recording recording = Recording::unknown;
};

/** A default-constructed Decision denies. */
struct [[nodiscard]] Decision {
    Code code = Code::unavailable;
    std::string role;   // of `grant`
    std::string grant;  // the latest-ending one that covers, or the one the denial is about
    Wall ends{};        // when the last covering grant ends
    Wall last_end{};    // ends, or the end of what follows it without a gap
    Wall backstop{};    // last_end plus what may still prolong it
    std::string request;  // pending: the one that would let them in
    std::string awaits;   // and whose approval it waits for
    bool must_scope = false;

    [[nodiscard]] bool allowed() const { return allows(code); }
};

enum class GrantState { scheduled, active, inactive, expired, released, revoked };
std::string_view to_string(GrantState state);

/** Where a grant stands; `code` says why it does not serve (grant when it does). */
struct GrantStatus {
    GrantState state = GrantState::inactive;
    Code code = Code::no_grant;
    Wall ends{};  // effective end by the wall clock
};

/** Time left by the clock since boot; none after a reboot that nobody has taken note of yet. */
std::optional<Usec> left_by_boot(const Activation& activation, const Now& now);
/** The wall clock went back since the grant began: by it the grant would end later than by the clock since boot. */
[[nodiscard]] bool is_behind(const Activation& activation, const Now& now);

GrantStatus status_of(const Grant& grant, const State& state, const Config& config, const Now& now);

/** Order of checks: clock, identity, lock, exemption, grants. The audit record is the caller's last one. */
Decision decide(const Query& query, const State& state, const Config& config, const Now& now);

/** The roles of this account's active grants that serve sudo: what `%:ROLE` in sudoers matches. */
std::vector<std::string> held_roles(const std::string& account, std::uint32_t uid, const State& state, const Config& config,
                                    const Now& now);

/** What holds this live session: the decision about its person, service and target, as it was opened. */
Decision holding(const Session& session, const State& state, const Config& config, const Now& now,
                 std::span<const std::string> without = {});
/** True when an active grant still covers this live session; those of `without` do not count. */
[[nodiscard]] bool still_covered(const Session& session, const State& state, const Config& config, const Now& now,
                                 std::span<const std::string> without = {});

/** How much later this grant may still end by `jitctl extend`; never for one that has one end. */
Usec left_to_extend(const Grant& grant, const Role& role, const State& state);

/**
 * The line a person reads: why, and what to type next; without prefix and code. With `who`, as whose groups they are known,
 * it proposes only what this person may ask for.
 */
std::string denial_text(const Query& query, const Decision& decision, const Config& config, const Member* who = nullptr);

}  // namespace jit::core
