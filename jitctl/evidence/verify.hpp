// SPDX-License-Identifier: Apache-2.0
// Is a bundle what jitd wrote: by its own records alone, on any machine.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/chain.hpp"
#include "core/trust.hpp"
#include "jitctl/evidence/bundle.hpp"
#include "jitctl/evidence/signatures.hpp"
#include "jitctl/evidence/signed_grants.hpp"

namespace jit::ctl::evidence {

/** What the auditor has beside the bundle. */
struct Means {
    const core::Trust* trust = nullptr;
    std::optional<core::Mark> head;  // noted earlier, elsewhere
    std::string recordings;          // folder with copies of them; empty: not looked at
};

struct Report {
    core::ChainResult result = core::ChainResult::ok;
    std::string code, text;  // why not: CHAIN BEGIN END HOST GRANT STORY SIGNATURE FILE CONTRADICTION RECORDING
    core::ChainReport chain;
    Json story;  // of the records
    std::size_t about = 0;  // records
    std::vector<CheckedSignature> signatures;
    std::optional<CheckedFile> file;
    std::vector<FoundRecording> recordings;  // as they are now, and those no copy of which can be checked
};

Report verify(const Bundle& bundle, const Means& means);
/** One that is not as it was makes it broken, one that is gone incomplete. */
void count_recordings(Report& report, const std::vector<FoundRecording>& recordings);

Json to_json(const Report& report, const Bundle& bundle);

}  // namespace jit::ctl::evidence
