// SPDX-License-Identifier: Apache-2.0
// Which records are about a grant: its own, those of the requests it came of or was extended by, and those of the file.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace jit::ctl::evidence {

/** What a record names. */
struct Mention {
    std::string event, grant, request, serial, code = {};
};

/** By the record's fields as the journal has them: JIT_EVENT. */
Mention mention_of(const std::map<std::string, std::string>& fields);
/** Whether the record may turn out to be about the grant: the others need not be remembered. */
[[nodiscard]] bool may_be_about(const Mention& mention, const std::string& grant);
/** A use that was refused since the grant was over; `over`: a record said so before. Whoever held it can make as many of these
    as they like, for as long as they like. */
[[nodiscard]] bool is_afterwards(const Mention& mention, bool over);
/** Whether the grant is over by this record of its own; none: it says nothing of it. */
std::optional<bool> tells_over(const Mention& mention);
/** One for each mention, in their order. */
std::vector<bool> about(std::span<const Mention> mentions, const std::string& grant);

}  // namespace jit::ctl::evidence
