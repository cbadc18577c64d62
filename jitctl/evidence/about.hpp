// SPDX-License-Identifier: Apache-2.0
// Which records are about a grant: its own, those of the requests it came of or was extended by, and those of the file.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

namespace jit::ctl::evidence {

/** What a record names. */
struct Mention {
    std::string event, grant, request, serial;
};

/** By the record's fields as the journal has them: JIT_EVENT. */
Mention mention_of(const std::map<std::string, std::string>& fields);
/** Whether the record may turn out to be about the grant: the others need not be remembered. */
[[nodiscard]] bool may_be_about(const Mention& mention, const std::string& grant);
/** One for each mention, in their order. */
std::vector<bool> about(std::span<const Mention> mentions, const std::string& grant);

}  // namespace jit::ctl::evidence
