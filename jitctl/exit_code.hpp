// SPDX-License-Identifier: Apache-2.0
// Exit codes of jitctl(1), and the one table that leads from a D-Bus error to code and exit.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace jit::ctl {

enum class Exit : int {
    ok = 0,
    failure = 1,
    usage = 2,
    denied = 3,
    pending = 4,
    unreachable = 5,
    not_found = 6,
    timed_out = 124,  // as timeout(1)
};

namespace code {
inline constexpr std::string_view kUsage = "USAGE", kUnreachable = "UNREACHABLE",
                                  kTimeout = "TIMEOUT", kFailed = "FAILED", kAborted = "ABORTED",
                                  kProtocol = "PROTOCOL";
}

struct BusErrorRow {
    std::string_view name;  // full D-Bus error name
    std::string_view code;  // as in JSON: error.code
    Exit exit;
};
std::span<const BusErrorRow> bus_errors();

/** "org.jitd1.Error.NoGrant" is "NO_GRANT"; unknown names are turned by the same rule. */
std::string code_of_bus_error(std::string_view name);
/** By Error::code of a call to jitd; a code outside the table is a failure. */
Exit exit_of(std::string_view code);

}  // namespace jit::ctl
