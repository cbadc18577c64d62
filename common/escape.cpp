// SPDX-License-Identifier: Apache-2.0
#include "common/escape.hpp"

namespace jit {

std::size_t escape(char* out, std::size_t size, const char* text) noexcept {
    constexpr char kHex[] = "0123456789abcdef";
    std::size_t used = 0;
    for (; *text; ++text) {
        const auto byte = static_cast<unsigned char>(*text);
        const bool plain = byte >= 0x20 && byte < 0x7f;
        if (used + (plain ? 1 : 4) >= size) break;
        if (plain) {
            out[used++] = *text;
            continue;
        }
        out[used++] = '\\';
        out[used++] = 'x';
        out[used++] = kHex[byte >> 4];
        out[used++] = kHex[byte & 15];
    }
    out[used] = '\0';
    return used;
}

}  // namespace jit
