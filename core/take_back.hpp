// SPDX-License-Identifier: Apache-2.0
// Undoing a widening step whose record was not accepted, in a state that has moved on since.
#pragma once

#include <vector>

#include "core/step.hpp"

namespace jit::core {

/**
 * The changes that undo `transition`. Steps are applied before their records are accepted, so another may have come in
 * between: a grant that was extended twice loses the span of this extension, and keeps the other's.
 */
[[nodiscard]] std::vector<Change> taken_back(const Transition& transition, const State& state);

}  // namespace jit::core
