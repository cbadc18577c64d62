// SPDX-License-Identifier: Apache-2.0
// Bounded text without the heap or libstdc++, for code that runs inside sudo, su and sshd.
#pragma once

#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace jit {

/** A NUL-terminated string of fewer than N bytes; what does not fit is refused, never cut. */
template <std::size_t N>
class FixedText {
  public:
    [[nodiscard]] bool set(const char* text) noexcept {
        const std::size_t size = text ? ::strnlen(text, N) : N;
        if (size >= N) return false;
        std::memcpy(data_, text, size + 1);
        return true;
    }
    [[nodiscard, gnu::format(printf, 2, 3)]] bool format(const char* fmt, ...) noexcept {
        va_list args;
        va_start(args, fmt);
        const int size = std::vsnprintf(data_, N, fmt, args);
        va_end(args);
        if (size >= 0 && static_cast<std::size_t>(size) < N) return true;
        data_[0] = '\0';
        return false;
    }
    void clear() noexcept { data_[0] = '\0'; }
    [[nodiscard]] bool empty() const noexcept { return data_[0] == '\0'; }
    [[nodiscard]] const char* c_str() const noexcept { return data_; }
    [[nodiscard]] std::string_view view() const noexcept { return data_; }
    char* data() noexcept { return data_; }
    static constexpr std::size_t capacity() noexcept { return N; }

  private:
    char data_[N] = {};
};

}  // namespace jit
