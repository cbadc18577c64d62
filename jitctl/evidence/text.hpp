// SPDX-License-Identifier: Apache-2.0
// Evidence for people to read; a bundle may be anybody's, so all of it is escaped.
#pragma once

#include <string>

#include "core/time.hpp"
#include "jitctl/evidence/verify.hpp"
#include "jitctl/output.hpp"

namespace jit::ctl::evidence {

/** The grant, its requests, sessions and all that happened, by `report.story`; then what the records do not prove. */
std::string describe(const Report& report, const Bundle& bundle, const Output& out);
/** "ok: ..." or what is wrong. */
std::string headline(const Report& report, const Output& out);
/** The headline, and what was checked. `trusted`: with a trust.toml. */
std::string verdict(const Report& report, const Bundle& bundle, const Output& out, bool trusted);

}  // namespace jit::ctl::evidence
