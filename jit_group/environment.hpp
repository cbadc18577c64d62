// SPDX-License-Identifier: Apache-2.0
// What the plugin finds outside itself. Constants in the product; the tests link other ones.
#pragma once

#include <cstdint>

#include "common/peer_bus.hpp"

namespace jit::group {

struct Environment {
    PeerAddress gate;
    std::int64_t msec;  // for connecting and for all questions of one process together
};

[[nodiscard]] Environment environment() noexcept;

}  // namespace jit::group
