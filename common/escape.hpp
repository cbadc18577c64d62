// SPDX-License-Identifier: Apache-2.0
// Text of others on its way to a terminal or a log, for the modules in sudo, su and sshd.
#pragma once

#include <cstddef>

namespace jit {

/** Bytes other than printable ASCII as \xNN; what does not fit is cut. Returns bytes written. */
std::size_t escape(char* out, std::size_t size, const char* text) noexcept;

}  // namespace jit
