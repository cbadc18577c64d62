// SPDX-License-Identifier: Apache-2.0
// What holds for every input; a breach ends the fuzzer like a crash.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/result.hpp"
#include "core/text.hpp"

namespace jit::test {

inline void expect(bool holds) {
    if (!holds) std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/** An error has a code and can be shown on a terminal. */
inline void expect_told(const core::Error& error) {
    expect(!error.code.empty() && !error.text.empty() && core::is_clean(error.text));
}

}  // namespace jit::test
