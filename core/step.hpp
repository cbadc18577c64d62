// SPDX-License-Identifier: Apache-2.0
// The state machine: what an event changes, what must be on record, and what jitd then has to do.
// Pure; jitd commits and applies the changes, sends the records and carries out the actions.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/config.hpp"
#include "core/event.hpp"
#include "core/record.hpp"
#include "core/state.hpp"

namespace jit::core {

struct StopSession { std::string id; OnEnd how = OnEnd::terminate; };
struct KillSession { std::string id; };
struct Announce { std::string what, id, state; };  // grant | request | session | file
struct TellEverybody { std::string text; };        // on every terminal that takes messages
struct TellPerson { std::string session, text; };  // on the terminal the session was opened from
using Action = std::variant<StopSession, KillSession, Announce, TellEverybody, TellPerson>;

/** What takes a widening transition back when its record was not accepted: it is durable, so it can't be forgotten. */
struct TakeBack {
    std::vector<Change> changes;
    std::vector<Record> records;
};

struct [[nodiscard]] Transition {
    /** Widening changes need commit and record first; reducing ones take effect whatever fails. */
    bool widens = false;
    /** What is answered must be on disk, but need not wait for the journal: it gives no access by itself. */
    bool lasts = false;
    /** Break-glass with a lost state: nothing can be kept, and it has to work until the restart. */
    bool memory_suffices = false;
    std::vector<Change> changes;
    std::vector<Record> records;
    std::vector<Action> actions;
    TakeBack take_back;

    std::optional<Error> refused;                 // the caller's error; then there are no changes
    Decision decision;                            // of a check
    std::string text;                             // the line for a denied person
    std::optional<Session> session;               // opened by a check
    std::vector<std::string> ended, told, still;  // of a revoke: grants, sessions, what still lets the person in
    std::string kind, id;                         // of a request, a decision, an extension: what to look at, and its id
    bool more = false;                            // a tick that did a part: call again soon
};

Transition step(const State& state, const Config& config, const Event& event, const Now& now);

/** The record of a check that was refused after its record had said allow. */
Record overtaken(const State& state, const CheckEvent& event, const Decision& denied);

/** When the next tick is due, by each clock. */
struct Due {
    std::optional<Wall> wall;
    std::optional<Boot> boot;
};
Due next_due(const State& state, const Config& config, const Now& now);

inline constexpr Usec kOpeningLimit = std::chrono::seconds(30);       // session gate to scope line
inline constexpr Usec kKillMargin = std::chrono::milliseconds(500);   // after grace
inline constexpr Usec kFloorInterval = std::chrono::minutes(10);
inline constexpr Usec kMaxStart = std::chrono::hours(24 * 30);

}  // namespace jit::core
