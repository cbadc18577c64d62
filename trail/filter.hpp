// SPDX-License-Identifier: Apache-2.0
// Which records are asked for. All of it is looked up in the journal's index, so that little is read.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
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

/** Every field by the name it has on the command line, on the bus, and after JIT_ in a record; but `boot` is journald's. */
struct FilterField {
    const char* name;
    std::string JournalFilter::*value;
};
inline constexpr auto kFilterFields = std::to_array<FilterField>({
    {"user", &JournalFilter::user},       {"actor", &JournalFilter::actor},     {"grant", &JournalFilter::grant},
    {"request", &JournalFilter::request}, {"session", &JournalFilter::session}, {"event", &JournalFilter::event},
    {"code", &JournalFilter::code},       {"role", &JournalFilter::role},       {"service", &JournalFilter::service},
    {"target", &JournalFilter::target},   {"boot", &JournalFilter::boot},
});

inline constexpr std::size_t kMaxValues = 32;  // of one field

/** Journal matches: any of the values of a field. Code FIELD: too many, an empty one, or no such kind of record. */
using Matches = std::vector<std::pair<std::string, std::vector<std::string>>>;
core::Result<Matches> matches_of(const JournalFilter& filter);

/** Both ends belong to it; none: it has no end there. Once the clock was set, a record out of it says nothing about the
 * ones before and behind. */
[[nodiscard]] bool is_between(std::uint64_t time_usec, const std::optional<core::Wall>& since,
                              const std::optional<core::Wall>& until);

/** An account may have had the name before: a record about another uid, or of what another login did, is not this one's.
 * What somebody did who had become this account is of that other login, too, and not told apart. */
[[nodiscard]] bool is_own(const LogRecord& record, const Owner& owner);

}  // namespace jit::trail
