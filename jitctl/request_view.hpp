// SPDX-License-Identifier: Apache-2.0
// A request as its approver has to see it: who, what, where, how long, why, by which rule, and what that person did with
// the last grant.
#pragma once

#include <string>
#include <string_view>

#include "core/time.hpp"
#include "jitctl/output.hpp"
#include "jitctl/schema.hpp"

namespace jit::ctl {

/** A length of time; 0 when it is absent. */
core::Usec span(const Json& object, std::string_view field);
/** Lines of "label  value". `host`: the name of the host it was made on; empty: this one. */
std::string describe_request(const Json& request, const std::string& host, core::Wall now);
/** Of a request that waits: "2 of @leads, principal:olivia", "1 more of ...". Not escaped. */
std::string awaited(const Json& request);
/** "role root", "30min more of role root". Not escaped. */
std::string wanted(const Json& request);
/** "59min left": how long it still waits; empty when that is not known. */
std::string time_left(const Json& request, core::Wall now);
/** One line: what became of it, or what it waits for. */
std::string request_line(const Json& request, core::Wall now);
/** Exit code of a request in this state. */
Exit exit_of_request(const Json& request);

}  // namespace jit::ctl
