// SPDX-License-Identifier: Apache-2.0
// The part of `log` that is about sudo's records, not jitd's.
#pragma once

#include "jitctl/verb.hpp"

namespace jit::ctl {

/** log --commands */
int run_log_commands(const Context& context, const LogOptions& options, const trail::JournalFilter& filter);

}  // namespace jit::ctl
