// SPDX-License-Identifier: Apache-2.0
// `jitctl log --verify`: is the audit trail as jitd wrote it, and all there.
#pragma once

#include <optional>

#include "core/chain.hpp"
#include "core/result.hpp"
#include "trail/journal.hpp"
#include "jitctl/schema.hpp"

namespace jit::ctl {

/** Over every record of the source that jitd sent. */
core::Result<core::ChainReport> verify_log(trail::RecordSource& source,
                                           const std::optional<core::Mark>& mark);

Json to_json(const core::ChainReport& report);
/** What is wrong with it, or that nothing is. */
std::string headline(const core::ChainReport& report);
/** A headline and what an admin needs to look further. */
std::string to_text(const core::ChainReport& report);

}  // namespace jit::ctl
