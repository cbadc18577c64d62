// SPDX-License-Identifier: Apache-2.0
// Checks the chain of audit records read back from a journal: what was changed, moved or put in,
// and what is missing. `jitctl log --verify` feeds it. It says so of honest accidents, too: a
// record the journal lost is missing, a state that went back in a power cut is a fork; neither is
// broken.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/record.hpp"
#include "core/result.hpp"

namespace jit::core {

/** A record as the journal has it. */
struct ChainEntry {
    std::map<std::string, std::string> fields;  // those of is_chained(), and JIT_CHAIN
    std::string boot;                           // _BOOT_ID
    std::string process;                        // of jitd, different after each start: _PID
    std::string cursor;
};

/** What jitd sends. journald adds more: names with "_", and what a unit's LogExtraFields= says. */
[[nodiscard]] bool is_chained(std::string_view field);

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
    std::optional<Mark> head;  // the last record
    std::optional<Bad> bad;    // the first that makes the result what it is
    std::vector<Range> missing;
};

class ChainVerifier {
  public:
    /** In the order of the journal. */
    void add(ChainEntry entry);
    /** `mark` was noted earlier, elsewhere. */
    [[nodiscard]] ChainReport report(const std::optional<Mark>& mark) const;

  private:
    struct Node {
        Chain chain;
        std::uint32_t branch;  // a new one after each fork
    };
    struct Parent {
        bool present = false;        // a record with the number before it is there
        const Node* node = nullptr;  // the one it follows by its hash
    };
    /** Whose record before is not there (yet). */
    struct Unchecked {
        ChainEntry entry;
        Mark at;
        std::uint32_t branch;
    };
    /** One boot: each process sends its records in ascending order, one process after the other. */
    class Order {
      public:
        void enter(const ChainEntry& entry);
        /** Of a record that was not there before. */
        [[nodiscard]] bool fits(std::uint64_t seq, const std::string& process);
        /** It may have read an older state: it started, and so far all it sent was there before. */
        [[nodiscard]] bool is_fresh(const std::string& process) const;

      private:
        struct Run {
            bool started = false, wrote = false;
        };
        std::map<std::string, Run> runs_;
        std::string present_;
        std::uint64_t highest_ = 0, last_ = 0;  // last_: of the present process
    };

    [[nodiscard]] bool is_known(const Mark& at) const;
    [[nodiscard]] Parent parent_of(const Mark& at, const ChainEntry& entry) const;
    void add_again(const Mark& at, const ChainEntry& entry);
    void add_new(const Mark& at, ChainEntry entry, bool fresh);
    void out_of_order(const Mark& at, const std::string& cursor);
    void check_successor(const Mark& at);
    void flag(std::uint64_t seq, Flaw flaw, const std::string& cursor);
    [[nodiscard]] std::vector<ChainReport::Range> holes() const;
    [[nodiscard]] std::optional<ChainReport::Bad> against(const Mark& mark) const;

    std::multimap<std::uint64_t, Node> nodes_;
    std::multimap<std::uint64_t, Unchecked> unchecked_;
    std::map<std::string, Order> boots_;
    std::uint32_t branch_ = 0, branches_ = 1;
    Mark begin_;
    std::optional<Mark> head_;
    std::optional<ChainReport::Bad> broken_, forked_, early_;
};

}  // namespace jit::core
