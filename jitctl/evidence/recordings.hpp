// SPDX-License-Identifier: Apache-2.0
// Whether the recordings of a grant's sessions are as they were when jitd noted their digests.
#pragma once

#include <string>
#include <vector>

#include "jitctl/evidence/bundle.hpp"

namespace jit::ctl::evidence {

/** By the sessions of the story, in their order; those with no digest on record are left out. `folder` is where they are. */
std::vector<FoundRecording> look_at_recordings(const Json& story, const std::string& folder);

}  // namespace jit::ctl::evidence
