// SPDX-License-Identifier: Apache-2.0
// What jitd gives up for good once it runs: the part of the sandbox that systemd can't set, because starting
// a program needs it. Called by main before anything is read.
#pragma once

#include "core/result.hpp"

namespace jit::daemon {

/** From here on this process and its threads start no program and no process, trace nobody, signal nobody,
 *  open sockets of AF_UNIX only, keep their hands off mounts, modules, clocks and ids (seccomp(2)), and leave no core. */
core::Result<void> confine();

}  // namespace jit::daemon
