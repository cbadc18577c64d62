// SPDX-License-Identifier: Apache-2.0
// What `policy suggest` has to know of this host: its groups, and who may ask for what already.
#pragma once

#include <vector>

#include "core/config.hpp"
#include "jitctl/policy_suggest.hpp"

namespace jit::ctl {

/** Of the accounts in `uses`; `config` must outlive the answer. */
Surroundings look_around(const std::vector<Use>& uses, const core::Config& config);

}  // namespace jit::ctl
