// SPDX-License-Identifier: Apache-2.0
// How often a test repeats itself: JIT_LONG=1 asks for the long run.
#pragma once

#include <cstdlib>
#include <string_view>

namespace jit::test {

inline bool long_run() {
    const char* set = std::getenv("JIT_LONG");
    return set != nullptr && std::string_view(set) == "1";
}

/** `normal` repetitions, or `many` in the long run, which prints its result as a line "long: TEXT" on stdout. */
template <typename Count>
Count runs(Count normal, Count many) {
    return long_run() ? many : normal;
}

}  // namespace jit::test
