// SPDX-License-Identifier: Apache-2.0
// One authorisation check from connect to answer, by each of the ways gate_bench compares.
#pragma once

#include <sys/types.h>

#include <string>

namespace jit::bench {

/** Whose elevation is asked about. `pid` is a process of that account, for polkit. */
struct Subject {
    std::string account;
    uid_t uid = 0;
    pid_t pid = 0;
};

enum class Answer { allowed, denied, failed };

/** pam_jit's own question on a connection of its own, as each of its lines asks it. */
[[nodiscard]] Answer ask_gate(const Subject& subject, const char* phase);
/** The same question to bus_gate, over the system bus. */
[[nodiscard]] Answer ask_bus(const Subject& subject, const char* phase);
/** polkit's CheckAuthorization for pkexec's action. */
[[nodiscard]] Answer ask_polkit(const Subject& subject);

}  // namespace jit::bench
