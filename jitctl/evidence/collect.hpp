// SPDX-License-Identifier: Apache-2.0
// The records of a bundle: all from the first to the last about the grant, as they are in the journal. Refused uses after
// its end are about it, but it does not go on for them.
#pragma once

#include <optional>
#include <string>

#include "core/result.hpp"
#include "jitctl/evidence/bundle.hpp"
#include "trail/journal.hpp"

namespace jit::ctl::evidence {

/**
 * Fills in before, head and records; up to `mark`, too, if there is one; of more than `most` the beginning. `source` must have
 * no filter. Codes NOT_FOUND: no record names the grant; FAILED: no such mark, or the records went meanwhile; TOO_BIG.
 */
core::Result<void> collect(trail::RecordSource& source, const std::optional<core::Mark>& mark, Bundle& bundle,
                           std::size_t most = kMaxRecords);

}  // namespace jit::ctl::evidence
