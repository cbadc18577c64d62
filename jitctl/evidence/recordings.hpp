// SPDX-License-Identifier: Apache-2.0
// Whether the recordings of a grant's sessions are as they were when jitd noted their digests.
#pragma once

#include <string>
#include <vector>

#include "jitctl/evidence/bundle.hpp"

namespace jit::ctl::evidence {

/** By the sessions of the story of the bundle, in their order. `folder` is where they are; without it only those that the records themselves
    say something against. */
std::vector<FoundRecording> look_at_recordings(const Bundle& bundle, const Json& story, const std::string& folder);
/** What is wrong with it, after "recording alice/00/00/01: ". */
std::string in_words(const FoundRecording& recording);
/** It was gone or never looked at when the session was over: no copy of it can be checked. */
[[nodiscard]] bool is_unprovable(const FoundRecording& recording);

}  // namespace jit::ctl::evidence
