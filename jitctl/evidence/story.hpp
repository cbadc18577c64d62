// SPDX-License-Identifier: Apache-2.0
// What the records say of a grant, and nothing else: made when a bundle is written, and anew when it is verified.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "jitctl/evidence/bundle.hpp"
#include "jitctl/schema.hpp"

namespace jit::ctl::evidence {

/** The records of a bundle that are about its grant. */
std::vector<const Entry*> records_about(const Bundle& bundle);
/** jitd's own time; 0 when the record has none, as those of older versions. */
std::uint64_t written_usec(const Entry& entry);

/** A field of a record; none when it has none, or no number. */
std::optional<std::uint64_t> number_in(const Entry& entry, const std::string& name);
/** A field of a record that is a list: "carol,olivia". */
std::vector<std::string> words_in(const std::string& list);

/** grant {}, requests [], checks [], sessions [], file {} or null, events []. */
Json story_of(const Bundle& bundle);

}  // namespace jit::ctl::evidence
