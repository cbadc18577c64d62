// SPDX-License-Identifier: Apache-2.0
// Where a recording is, below the folder of all: "alice/00/00/01".
#pragma once

#include <string_view>

namespace jit::trail {

/** Leads nowhere else: printable, relative, at most 255 bytes, no part empty, "." or "..". */
[[nodiscard]] bool is_recording(std::string_view path);

}  // namespace jit::trail
