// SPDX-License-Identifier: Apache-2.0
// The environment of the tests' module: a gate below JIT_TEST_DIR, owned by whoever runs the test.
#include <stdlib.h>
#include <unistd.h>

#include "common/fixed_text.hpp"
#include "jit_group/environment.hpp"

namespace jit::group {

Environment environment() noexcept {
    static FixedText<256> gate;
    if (!gate.format("%s/gate", ::getenv("JIT_TEST_DIR"))) ::abort();
    return {.gate = {gate.c_str(), ::geteuid()}, .msec = ::atoi(::getenv("JIT_TEST_MSEC"))};
}

}  // namespace jit::group
