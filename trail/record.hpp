// SPDX-License-Identifier: Apache-2.0
// One audit record as read from the journal.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/chain.hpp"

namespace jit::trail {

struct LogRecord {
    std::uint64_t time_usec = 0;  // CLOCK_REALTIME, when journald received it
    std::map<std::string, std::string>
        fields;              // JIT_ fields: "user", "code": lower case, no prefix
    std::string unit;        // _SYSTEMD_UNIT, empty if journald could not tell
    core::ChainEntry entry;  // as jitd sent it, for --verify

    [[nodiscard]] std::string field(const std::string& name) const;
};

/** jitd's own: of its unit or of none (journald can't tell the unit of a sender already gone). */
[[nodiscard]] bool is_trusted(const LogRecord& record);
/** "SEQ:CHAIN": the same for a record sent twice. */
std::string identity(const LogRecord& record);

}  // namespace jit::trail
