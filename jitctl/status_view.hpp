// SPDX-License-Identifier: Apache-2.0
// What `status` says: inside a session of that session, elsewhere of the person's sessions and grants.
#pragma once

#include <string>

#include "core/time.hpp"
#include "jitctl/schema.hpp"
#include "jitctl/verb.hpp"

namespace jit::ctl {

/** For PS1: "[root 24min]"; empty when neither a session is around nor a grant active. */
std::string prompt_text(const Json& status, core::Wall now);
std::string status_text(const Context& context, const Json& status);

}  // namespace jit::ctl
