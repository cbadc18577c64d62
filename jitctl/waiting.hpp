// SPDX-License-Identifier: Apache-2.0
// Waits until a request is decided: one live line on a terminal, silence elsewhere. Used by request and wait.
#pragma once

#include <optional>
#include <string>

#include "core/time.hpp"
#include "jitctl/verb.hpp"

namespace jit::ctl {

/** Shows what became of it and returns the exit code: 0, 3, 124 when `timeout` is over. Interrupted, it leaves the
 *  request as it is, says so, and ends by that signal. */
int wait_for(const Context& context, const std::string& id, std::optional<core::Usec> timeout);

}  // namespace jit::ctl
