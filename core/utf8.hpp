// SPDX-License-Identifier: Apache-2.0
// Strict UTF-8 decoding and the characters that text from people may hold; used by text and lint.
#pragma once

#include <cstddef>
#include <string_view>

namespace jit::core {

struct Decoded {
    char32_t value = 0;
    std::size_t size = 1;  // bytes; 1 when invalid
    bool valid = false;
};

/** The character at `text[at]`; overlong forms, surrogates and values over U+10FFFF are invalid. */
Decoded decode_utf8(std::string_view text, std::size_t at);

/** False for control, bidi, invisible, separator and noncharacter code points. */
[[nodiscard]] bool is_visible(char32_t c);

}  // namespace jit::core
