// SPDX-License-Identifier: Apache-2.0
#include "jit_group/environment.hpp"

#include "common/names.hpp"

namespace jit::group {

// Of the 3 s a person waits at most; pam_jit comes after it, and has the rest.
Environment environment() noexcept { return {.gate = {kGateSocket, 0}, .msec = 750}; }

}  // namespace jit::group
