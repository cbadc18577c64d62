// SPDX-License-Identifier: Apache-2.0
// Which records of a source `jitctl log` shows, in order, each once.
#pragma once

#include <functional>

#include "core/result.hpp"
#include "trail/journal.hpp"
#include "jitctl/options.hpp"

namespace jit::ctl {

/** Shows one record; false ends the walk. */
using RecordSink = std::function<bool(const trail::LogRecord&)>;

core::Result<void> walk_log(trail::RecordSource& source, const LogOptions& options,
                            const RecordSink& sink);

}  // namespace jit::ctl
