// SPDX-License-Identifier: Apache-2.0
// What the verb `policy` does, each in a file of its own; verb_policy.cpp chooses.
#pragma once

#include "jitctl/verb.hpp"

namespace jit::ctl {

int check_policy(const Context& context, const PolicyOptions& options);

}  // namespace jit::ctl
