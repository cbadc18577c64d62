// SPDX-License-Identifier: Apache-2.0
// A D-Bus message's values as JSON, by their types alone; what they mean is schema.hpp's.
#pragma once

#include <systemd/sd-bus.h>

#include <nlohmann/json_fwd.hpp>

namespace jit::ctl {

using Json = nlohmann::ordered_json;

/** Reads every value left in `m` into the array `out`. 0, or a negative errno of sd-bus. */
int read_all(sd_bus_message* m, Json& out);

}  // namespace jit::ctl
