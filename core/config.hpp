// SPDX-License-Identifier: Apache-2.0
// What the admin wrote, as one value: swapped whole when any of the files changes.
#pragma once

#include "core/host.hpp"
#include "core/policy.hpp"
#include "core/settings.hpp"
#include "core/trust.hpp"

namespace jit::core {

struct Config {
    Settings settings;
    Host host;
    Trust trust;
    Policy policy;
    bool policy_broken = false;  // no policy could be read since the start: deny with CONFIG
};

}  // namespace jit::core
