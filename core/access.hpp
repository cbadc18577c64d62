// SPDX-License-Identifier: Apache-2.0
// Who may look at a request and who decides on it; one place for the steps, the lists and the counts.
#pragma once

#include <string_view>

#include "core/config.hpp"
#include "core/event.hpp"
#include "core/request.hpp"

namespace jit::core {

/** Sees what everybody has: root, `admins` and `observers`. */
[[nodiscard]] bool sees_all(const Actor& actor);
/** The person herself, whoever decides on it, and who sees all. */
[[nodiscard]] bool may_see(const Request& request, const Actor& actor, const Config& config);
/** The request is this person's: by its account, or by the login it was made in. Principals are compared. */
[[nodiscard]] bool is_behind(const Request& request, std::string_view principal, const Config& config);
/** Somebody has looked at this break-glass use. */
[[nodiscard]] bool is_reviewed(const Request& request);
/** It waits for this person's word. */
[[nodiscard]] bool may_decide(const Request& request, const Actor& actor, const Config& config);

}  // namespace jit::core
