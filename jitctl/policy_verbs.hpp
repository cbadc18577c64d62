// SPDX-License-Identifier: Apache-2.0
// The two halves of the verb `policy`, which verb_policy.cpp chooses from.
#pragma once

#include "jitctl/verb.hpp"

namespace jit::ctl {

int check_policy(const Context& context, const PolicyOptions& options);
int suggest_policy(const Context& context, const PolicyOptions& options);

}  // namespace jit::ctl
