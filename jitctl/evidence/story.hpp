// SPDX-License-Identifier: Apache-2.0
// What the records say of a grant, and nothing else: made when a bundle is written, and anew when it is verified.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "jitctl/evidence/bundle.hpp"
#include "jitctl/schema.hpp"

namespace jit::ctl::evidence {

/** The records of a bundle that are about its grant. */
std::vector<const Entry*> records_about(const Bundle& bundle);
/** jitd's own time; 0 when the record has none, as those of older versions. */
std::uint64_t written_usec(const Entry& entry);

/** grant {}, requests [], checks [], sessions [], file {} or null, events []. */
Json story_of(const Bundle& bundle);

}  // namespace jit::ctl::evidence
