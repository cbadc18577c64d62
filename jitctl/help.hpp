// SPDX-License-Identifier: Apache-2.0
// What `jitctl --help` prints; the help of a verb is made from its options.
#pragma once

#include <string_view>

namespace jit::ctl {

std::string_view help_text();

}  // namespace jit::ctl
