// SPDX-License-Identifier: Apache-2.0
// What has to be seen at once: a line on the terminals of everybody who takes messages, as wall(1) does.
#pragma once

#include <cstdint>
#include <string>

namespace jit::daemon {

/** Writes to each terminal in `dir` that is writable for its group (mesg y); never waits for one. */
void tell_terminals(const std::string& dir, const std::string& text);

/** To one terminal, `tty` as PAM names it ("/dev/pts/3"), if it is a pseudo terminal of `uid` and takes messages. */
void tell_terminal(const std::string& dir, const std::string& tty, std::uint32_t uid, const std::string& text);

}  // namespace jit::daemon
