// SPDX-License-Identifier: Apache-2.0
// This host's name and labels (host.toml), and the patterns that grants, keys and rules match on it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace jit::core {

/** host.toml. Without the file both are empty and only the pattern "*" matches. */
struct Host {
    std::string name;
    std::map<std::string, std::string> labels;
};

Result<Host> parse_host(std::string_view text, std::string_view file);

/** Terms of a `hosts` list: OR of terms; within one, "," is AND; NAME or KEY=VALUE with globs * and ?. */
class HostPatterns {
  public:
    HostPatterns() = default;  // matches nothing
    /** Refuses an empty list, an empty term, and bytes outside [A-Za-z0-9._*?=,:/-]. Code FIELD. */
    static Result<HostPatterns> parse(const std::vector<std::string>& terms);
    [[nodiscard]] bool match(const Host& host) const;
    [[nodiscard]] const std::vector<std::string>& terms() const { return terms_; }

  private:
    std::vector<std::string> terms_;
};

/** `*` any run, `?` one byte; no other special. Linear in the product of both lengths at worst. */
[[nodiscard]] bool glob_match(std::string_view pattern, std::string_view text);

}  // namespace jit::core
