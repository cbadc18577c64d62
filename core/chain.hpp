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

#include "core/chain_branches.hpp"
#include "core/chain_report.hpp"
#include "core/record.hpp"

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

class ChainVerifier {
  public:
    /** In the order of the journal. */
    void add(ChainEntry entry);
    /** `mark` was noted earlier, elsewhere. */
    [[nodiscard]] ChainReport report(const std::optional<Mark>& mark) const;

  private:
    struct Node {
        Chain chain;
        ChainBranches::Id branch;
    };
    /** The record before. */
    struct Parent {
        bool present = false;  // one with its number is there, in the present branch
        bool follows = false;  // by its hash
        std::optional<ChainBranches::Id> branch;  // of the one followed; none before record 1
    };
    /** Of one process. */
    struct Run {
        bool started = false;  // it sent a start, perhaps one before its own
        bool settled = false;  // and went on from there: it won't go back any more
        std::uint64_t last = 0;
    };
    /** Whose record before is not there (yet). */
    struct Unchecked {
        ChainEntry entry;
        Mark at;
        ChainBranches::Id branch;
    };
    /** One boot: each process sends its records in ascending order, one process after the other. */
    class Order {
      public:
        Run& enter(const ChainEntry& entry);
        /** Of a record that was not there before. */
        [[nodiscard]] bool fits(std::uint64_t seq, const std::string& process);

      private:
        std::map<std::string, Run> runs_;
        std::string present_;
        std::uint64_t highest_ = 0, last_ = 0;  // last_: of the present process
    };

    [[nodiscard]] bool is_known(const Mark& at) const;
    [[nodiscard]] Parent parent_of(const Mark& at, const ChainEntry& entry) const;
    void add_again(const Mark& at, const ChainEntry& entry);
    void add_new(const Mark& at, ChainEntry entry, Run& run);
    [[nodiscard]] bool goes_back(const Mark& at, const ChainEntry& entry, const Parent& parent) const;
    [[nodiscard]] std::vector<ChainBranches::Id> branches_at(std::uint64_t seq) const;
    void out_of_order(const Mark& at, const std::string& cursor);
    bool check_successor(const Mark& at);
    void flag(std::uint64_t seq, Flaw flaw, const std::string& cursor);
    [[nodiscard]] std::vector<ChainReport::Range> holes() const;
    [[nodiscard]] std::optional<ChainReport::Bad> against(const Mark& mark) const;

    std::multimap<std::uint64_t, Node> nodes_;
    std::multimap<std::uint64_t, Unchecked> unchecked_;
    std::map<std::string, Order> boots_;
    ChainBranches branches_;
    ChainBranches::Id branch_ = 0;  // of the last new record
    std::string host_;              // and its JIT_HOST
    Mark begin_;
    std::optional<ChainReport::Bad> broken_, early_;
};

}  // namespace jit::core
