// SPDX-License-Identifier: Apache-2.0
// Which records are asked for. All of it is looked up in the journal's index, so that little is read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "trail/record.hpp"

namespace jit::trail {

/** Whose own records: those about the account, and those of what it did. */
struct Owner {
    std::string account;
    std::uint32_t uid = 0;
};

/** What is empty is not asked for; what is not holds all together. A value may be several, separated by commas: any of
 * them. */
struct JournalFilter {
    std::string user{}, grant{};
    std::string event{};  // patterns of glob(7): "session.*"
    std::string session{}, request{}, code{}, role{}, actor{}, service{}, target{};
    std::string boot{};  // as journald has it: 32 hex digits
    std::optional<Owner> owner{};
};

inline constexpr std::size_t kMaxValues = 32;  // of one field

/** Journal matches: any of the values of a field. Code FIELD: too many, an empty one, or no such kind of record. */
using Matches = std::vector<std::pair<std::string, std::vector<std::string>>>;
core::Result<Matches> matches_of(const JournalFilter& filter);

/** An account may have had the name before: a record about another uid is not this one's. */
[[nodiscard]] bool is_own(const LogRecord& record, const Owner& owner);

}  // namespace jit::trail
