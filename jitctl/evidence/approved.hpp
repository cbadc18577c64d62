// SPDX-License-Identifier: Apache-2.0
// What people allowed by their approvals of a request, and the most that may have come of it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "jitctl/evidence/bundle.hpp"

namespace jit::ctl::evidence {

/** What may lie between a decision and its record; the times of both are the host's. */
inline constexpr core::Usec kBetween = std::chrono::minutes(1);

/** The end of the year 9999, as core::parse_time() goes: no sum of times and spans overflows. */
inline constexpr core::Wall kLatest = core::from_usec(253'402'300'799'000'000);

struct Approved {
    std::optional<core::Usec> span;          // at most; none: no record tells
    std::optional<core::Wall> at;            // by the last one; none: no record tells
    std::optional<core::Wall> start, until;  // by what was signed: not before, and to be approved before
    std::set<std::string> people;            // principals whose approvals counted in the end
    bool is_signed = false;                  // by one of them

    /** The latest end of a grant that came of it; none: unknown. */
    [[nodiscard]] std::optional<core::Wall> end() const;
};

/** By the records of one request; their signatures are not looked at here. */
Approved approved(const std::vector<const Entry*>& request);
/** Each request's, by its id. */
std::map<std::string, Approved> all_approved(const std::vector<const Entry*>& records);

/** The longest span that core::format_duration() shows like this; none: it is no span. */
std::optional<core::Usec> at_most(const std::string& shown);

}  // namespace jit::ctl::evidence
