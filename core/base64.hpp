// SPDX-License-Identifier: Apache-2.0
// Base64 with padding (RFC 4648, section 4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jit::core {

std::string to_base64(std::string_view bytes);
/** None unless it is exactly what to_base64() makes. */
std::optional<std::string> from_base64(std::string_view text);

}  // namespace jit::core
