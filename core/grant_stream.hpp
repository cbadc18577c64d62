// SPDX-License-Identifier: Apache-2.0
// Cuts a grant file at its `[[grant]]` lines while reading and linting it; one table in memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/grant_file.hpp"
#include "core/lint.hpp"
#include "core/result.hpp"

namespace jit::core {

inline constexpr std::size_t kMaxTable = 64U << 10;

class GrantStream {
  public:
    struct Part {
        std::string_view text;  // until the next call; `[[grant]]` itself is an empty line in it
        std::uint32_t first_line = 1;  // in the file
    };

    GrantStream(ByteSource& source, std::string_view file);
    /** The header first, even when empty, then each table; none at the end. Code LINT. */
    Result<std::optional<Part>> next();
    [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }

  private:
    Result<std::optional<std::string_view>> next_line();
    Result<bool> fill();

    ByteSource& source_;
    std::string_view file_;
    Lint lint_;
    std::string buffer_;
    std::size_t begin_ = 0, end_ = 0;  // of what is read and not yet taken
    std::uint64_t bytes_read_ = 0;
    std::string part_;
    std::uint32_t table_line_ = 0;  // of the part's [[grant]]; 0 in the header
    bool done_ = false;
};

}  // namespace jit::core
