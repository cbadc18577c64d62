// SPDX-License-Identifier: Apache-2.0
// How grants, sessions and times of the daemon are shown to people; all text comes out escaped.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"
#include "jitctl/output.hpp"
#include "jitctl/schema.hpp"

namespace jit::ctl {

/** An escaped text field; `absent` when it is null. */
std::string shown(const Json& object, std::string_view field, std::string_view absent = "");
std::optional<core::Wall> time_of(const Json& object, std::string_view field);
std::string joined(const std::vector<std::string>& words, std::string_view separator = ", ");

/** "24min left", "in 2h", "ended 5min ago": what matters of a grant's window in its state. */
std::string grant_when(const Json& grant, core::Wall now);
/** On a terminal as people read it, elsewhere RFC 3339. */
std::string cell_time(const Output& out, const std::optional<core::Wall>& time, core::Wall now);

/** "   label  value\n", the value escaped; nothing when it is empty. */
std::string property(std::string_view label, std::string_view value);
/** Every field of a grant or session as properties. */
std::string describe(const Json& object, core::Wall now);

}  // namespace jit::ctl
