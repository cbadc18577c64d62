// SPDX-License-Identifier: Apache-2.0
// Reads /etc/jit: strictly owned files, each parsed whole; one that is wrong leaves its last good reading.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/config.hpp"
#include "core/result.hpp"
#include "jitd/environment.hpp"

namespace jit::daemon {

struct ConfigReading {
    std::shared_ptr<const core::Config> config;
    std::vector<std::string> problems;  // "file:line:column: text [CODE]"
    bool changed = false;
};

/** `last` is what served so far; nullptr at start. For the worker. */
ConfigReading read_config(const Environment& environment, const std::shared_ptr<const core::Config>& last);

/** A whole small file that belongs to root and nobody else can write. Codes MISSING ... TOO_BIG. */
core::Result<std::string> read_owned(const std::string& path, std::uint32_t owner, std::size_t max);

}  // namespace jit::daemon
