// SPDX-License-Identifier: Apache-2.0
// The timer of PID 1 that undoes a change nobody confirms: it needs neither jitctl nor jitd.
#pragma once

#include <string>

#include "core/result.hpp"
#include "jitctl/pam_store.hpp"

namespace jit::ctl {

/** Starts the timer `pending.timer`, which fires when `span` is over and at the wall clock's
 * deadline. */
core::Result<void> start_timer(const PamPending& pending, core::Usec span);
/** Best effort: a timer that fires for nothing does nothing. */
void stop_timer(const PamPending& pending);

}  // namespace jit::ctl
