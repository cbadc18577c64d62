// SPDX-License-Identifier: Apache-2.0
// How an audit record is shown.
#pragma once

#include <string>

#include "jitctl/output.hpp"
#include "jitctl/schema.hpp"
#include "trail/record.hpp"

namespace jit::ctl {

Json to_json(const trail::LogRecord& record);
/** One line for people, everything escaped. */
std::string to_line(const trail::LogRecord& record, const Output& out);

}  // namespace jit::ctl
