// SPDX-License-Identifier: Apache-2.0
// Looks at the raw bytes of a TOML file before any parser does, so that the parser never meets what
// it cannot take: depth that overflows its stack, bytes that hide from the reader.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/result.hpp"

namespace jit::core {

inline constexpr std::size_t kMaxLine = 4096;  // bytes, without the line feed
inline constexpr unsigned kMaxKeyDots = 16;
inline constexpr unsigned kMaxNesting = 8;  // of [ and { in values

/** "NAME:LINE:COLUMN: TEXT", with the place in the error as well; column 0 is left out. */
Failure fail_at(std::string_view code, std::string_view file, std::uint32_t line,
                std::uint32_t column, std::string_view text);

/** Fed the lines of one file in order, without their line feeds. */
class Lint {
  public:
    explicit Lint(std::string_view file) : file_(file) {}
    /** UTF-8, no hidden character but tab, length, dots, nesting, no multi-line string. Code LINT.
     */
    Result<void> line(std::string_view line);
    [[nodiscard]] std::uint32_t number() const { return number_; }

  private:
    Result<void> bytes(std::string_view line) const;
    Result<void> shape(std::string_view line);
    [[nodiscard]] Failure refuse(std::size_t at, std::string_view text) const;

    std::string_view file_;
    std::uint32_t number_ = 0;
    unsigned depth_ = 0;  // of open [ and {, across lines
};

Result<void> lint_text(std::string_view text, std::string_view file);

}  // namespace jit::core
