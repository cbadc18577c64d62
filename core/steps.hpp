// SPDX-License-Identifier: Apache-2.0
// The parts of step(), one per family of events; only core/step*.cpp include this.
#pragma once

#include "core/step.hpp"

namespace jit::core {

struct World {
    const State& state;
    const Config& config;
    const Now& now;
};

Transition on_check(const World& world, const CheckEvent& event);
Transition on_attach(const World& world, const AttachEvent& event);
Transition on_empty(const World& world, const EmptyEvent& event);
Transition on_grant(const World& world, const GrantEvent& event);
Transition on_revoke(const World& world, const RevokeEvent& event);
Transition on_lock(const World& world, const LockEvent& event);
Transition on_unlock(const World& world, const UnlockEvent& event);
Transition on_file(const World& world, const FileEvent& event);
Transition on_tick(const World& world);
Transition on_start(const World& world);
Transition on_stop(const World& world);

/** True when what the actor gives would be for their own person: principals are compared, not accounts. */
[[nodiscard]] bool acts_for_self(const World& world, const Actor& actor, const std::string& beneficiary);
inline Error error(std::string_view code, std::string text) { return Error{std::string(code), std::move(text)}; }
/** The refusal of `verb` to who is neither root nor listed in `admins`. */
Error no_admin(std::string_view verb, const Actor& actor);
/** The end of the file is no end of the grant: a newer file may carry it on, so it is not over for ever. */
[[nodiscard]] bool ends_with_file(const World& world, const Grant& grant);
/** Marks a session as ending and says so: change, record and action. */
void end_session(Transition& out, const World& world, const Session& session, Code code);
/** A login uid as a record has it; empty: unset. */
std::string login_text(std::uint32_t loginuid);
/** Fields that every record about a grant carries. */
Record& describe(Record& record, const Grant& grant);
Record& describe(Record& record, const Session& session);

}  // namespace jit::core
