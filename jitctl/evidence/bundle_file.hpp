// SPDX-License-Identifier: Apache-2.0
// Where evidence goes: a file of its own, or into what is there and is none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "jitctl/evidence/bundle.hpp"
#include "jitctl/options.hpp"

namespace jit::ctl::evidence {

/** As many of them as a bundle may have, the first ones; the others are counted. */
void put_commands(Bundle& bundle, std::vector<trail::Command> commands);
/** One object with its line end. Code TOO_BIG: more than `max` bytes, which verify would not read. */
core::Result<std::string> file_text(const Bundle& bundle, JsonMode mode, std::size_t max = kMaxBundle);

/** "-", or a name that leads to the same. */
[[nodiscard]] bool is_stdout(const std::string& path);
/** With mode 0600 in place of a regular file; a device or FIFO is written into. Refused: a folder, and a link to a file. */
core::Result<void> write_file(const std::string& path, std::string_view text);

}  // namespace jit::ctl::evidence
