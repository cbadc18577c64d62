// SPDX-License-Identifier: Apache-2.0
// Whether a gate that refuses may be put in: one that nobody answers refuses everybody but root.
#pragma once

#include "core/result.hpp"
#include "jitctl/schema.hpp"

namespace jit::ctl {

/** `status`: the answer to ManagerClient::gate_status. UNREACHABLE names the cause and what to do.
 */
core::Result<void> gate_ready(const core::Result<Json>& status);

}  // namespace jit::ctl
