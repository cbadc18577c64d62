// SPDX-License-Identifier: Apache-2.0
// grant and revoke in a signed file, on any machine, without jitd. Called by the two verbs.
#pragma once

#include "jitctl/verb.hpp"

namespace jit::ctl {

int grant_in_file(const Context& context, const GrantOptions& options);
int revoke_in_file(const Context& context, const RevokeOptions& options);

}  // namespace jit::ctl
