// SPDX-License-Identifier: Apache-2.0
// A command that sudo ran in a session, as sudo's own line in the journal has it: not of the chain of records.
#pragma once

#include <cstdint>
#include <string>

namespace jit::trail {

struct Command {
    std::uint64_t time_usec = 0;  // CLOCK_REALTIME, when journald received it
    std::string session, user, target, command, cwd;
};

}  // namespace jit::trail
