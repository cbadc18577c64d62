// SPDX-License-Identifier: Apache-2.0
// What a chain of audit records is found to be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/record.hpp"
#include "core/result.hpp"

namespace jit::core {

enum class ChainResult { ok, broken, incomplete };

enum class Flaw {
    edited,     // the hash is not that of these fields after the record before: broken
    reordered,  // behind a later record of the same run of jitd: broken
    conflict,   // another record has the same number: broken
    malformed,  // no number or hash: broken
    head,       // not the hash of the mark: broken
    missing,    // no such record: incomplete
    tail,       // the last record is before the mark: incomplete
    fork,       // jitd went on from an older state: incomplete
};

[[nodiscard]] ChainResult result_of(Flaw flaw);
std::string_view to_string(ChainResult result);
std::string_view to_string(Flaw flaw);

/** A place in the chain: "SEQ:HASH". */
struct Mark {
    std::uint64_t seq = 0;
    Chain chain{};
};

/** None: not a number from 1 on in decimal, or not a hash in hex. */
std::optional<Mark> mark_of(std::string_view seq, std::string_view hash);
/** Code USAGE. */
Result<Mark> parse_mark(std::string_view text);
std::string to_string(const Mark& mark);

struct ChainReport {
    struct Bad {
        std::uint64_t seq = 0;
        Flaw flaw{};
        std::string cursor;  // empty: nothing is there
    };
    struct Range {
        std::uint64_t first = 0, last = 0;
    };
    ChainResult result = ChainResult::ok;
    std::uint64_t records = 0;  // each counted once
    std::uint64_t first_seq = 0;
    std::optional<Mark> head;  // the last record; after a fork another can have a higher number
    std::optional<Bad> bad;    // the first that makes the result what it is
    std::vector<Range> missing;
};

}  // namespace jit::core
