// SPDX-License-Identifier: Apache-2.0
// The question to jitd and its answer, read strictly: whatever is not exactly "allow" is not.
#pragma once

#include <cstdint>

#include "common/gate_client.hpp"
#include "common/scope.hpp"
#include "pam_jit/identity.hpp"

namespace jit::pam {

/** Empty and null members are not sent. */
struct Question {
    const char* phase;  // account, session, scope
    const Person* person;
    const char* service;
    const char* target = nullptr;
    const char* tty = nullptr;
    const char* rhost = nullptr;
    const char* recording = nullptr;  // sudo's I/O log
    SessionId outer;    // the jit scope we run in
    SessionId session;  // of phase scope
    bool permissive = false;
};

struct Answer {
    bool allowed = false;
    bool scope_due = false;
    FixedText<33> code;
    FixedText<513> text;
    bool told = false;  // the person has read it from the group plugin
    SessionId session;
    std::uint64_t ends_usec = 0;      // CLOCK_REALTIME; 0: does not end
    std::uint64_t backstop_usec = 0;  // CLOCK_REALTIME
    std::uint64_t grace_usec = 0;
};

/** 0 when jitd has answered, allow or not; else a negative errno, -EBADMSG for an answer that is
 * none. */
[[nodiscard]] int ask(GateClient& gate, const Environment& env, const Question& question,
                      Deadline deadline, Answer& out) noexcept;

}  // namespace jit::pam
