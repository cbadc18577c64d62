// SPDX-License-Identifier: Apache-2.0
#include "trail/record.hpp"

#include "common/names.hpp"

namespace jit::trail {

std::string LogRecord::field(const std::string& name) const {
    const auto it = fields.find(name);
    return it == fields.end() ? std::string() : it->second;
}

bool is_trusted(const LogRecord& record) {
    return (record.unit.empty() || record.unit == kServiceUnit) && record.fields.contains("event");
}

std::string identity(const LogRecord& record) {
    return record.field("seq") + ":" + record.field("chain");
}

}  // namespace jit::trail
