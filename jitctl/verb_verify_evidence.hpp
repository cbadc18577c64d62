// SPDX-License-Identifier: Apache-2.0
// `jitctl verify` of what jitctl evidence wrote.
#pragma once

#include <string>

#include "jitctl/verb.hpp"

namespace jit::ctl {

/** By its first byte: a grant file never begins with it. */
bool is_evidence(const std::string& path);
/** "-", or a name of what is open here already. Other FIFOs are refused: who made one could let us wait. */
bool is_stream(const std::string& path);
int verify_evidence(const Context& context, const VerifyOptions& options);

}  // namespace jit::ctl
