// SPDX-License-Identifier: Apache-2.0
// Edits the text of a grant file: one table more or less, a new header; all other bytes stay.
// Called by jitctl on a file that the loader has accepted before.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace jit::core {

struct GrantHeader {
    std::string org;
    std::uint64_t serial = 0;
    Wall issued, expires;
};

/** A table as it stands in the text. [begin, end) holds it with the comment lines right above. */
struct GrantTable {
    std::string id, user, role, reason;
    Wall not_before, not_after;
    std::size_t begin = 0, end = 0;
};

struct NewGrant {
    std::string id, user, role, reason, ticket;
    std::optional<std::uint32_t> uid;
    std::vector<std::string> hosts;
    Wall not_before, not_after;  // written in whole seconds
};

Result<GrantHeader> read_grant_header(std::string_view text, std::string_view file);
Result<std::vector<GrantTable>> list_grant_tables(std::string_view text, std::string_view file);

/** A file without grants; org must be a plain id. */
std::string new_grant_text(const GrantHeader& header);
std::string append_grant_table(std::string_view text, const NewGrant& grant);
/** Code NOT_FOUND when no table has this id. */
Result<std::string> remove_grant_table(std::string_view text, std::string_view file,
                                       std::string_view id);
/** Replaces the values of serial, issued and expires. Code FIELD when one has no line of its own.
 */
Result<std::string> set_grant_header(std::string_view text, std::string_view file,
                                     const GrantHeader& header);

/** The header an edit at `now` gives: a serial above the old one, an end that covers `tables`
   within the 7 days a file may live, at least 24 h. */
GrantHeader next_grant_header(const GrantHeader& old, const std::vector<GrantTable>& tables,
                              Wall now);

}  // namespace jit::core
