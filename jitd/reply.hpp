// SPDX-License-Identifier: Apache-2.0
// What the gate and the manager share: error replies by their names, and ids nobody can guess.
#pragma once

#include <systemd/sd-bus.h>

#include <string>

#include "core/result.hpp"

namespace jit::daemon {

/** What a refusal says: clean text, although the words of a caller are in it. */
std::string error_text(const core::Error& error);
/** Answers with org.jitd1.Error.<code>. */
int refuse(sd_bus_message* call, const core::Error& error);
/** 128 random bits as 32 hex digits. */
std::string random_id();

}  // namespace jit::daemon
