// SPDX-License-Identifier: Apache-2.0
// "Did you mean": the known word closest to a mistyped one.
#pragma once

#include <span>
#include <string_view>

namespace jit::ctl {

/** Empty when no word is within a third of its length (at least 1, at most 3) of edits. */
std::string_view closest(std::string_view word, std::span<const std::string_view> known);

}  // namespace jit::ctl
