// SPDX-License-Identifier: Apache-2.0
// The name that bus_gate owns and gate_bench calls.
#pragma once

namespace jit::bench {

inline constexpr char kBusGateName[] = "org.jitd1.Bench";

}  // namespace jit::bench
