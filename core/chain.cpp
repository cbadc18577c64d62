// SPDX-License-Identifier: Apache-2.0
#include "core/chain.hpp"

#include <algorithm>
#include <utility>

namespace jit::core {
namespace {

constexpr std::string_view kPrefix = "JIT_";

std::string_view value_of(const ChainEntry& entry, const std::string& name) {
    const auto it = entry.fields.find(name);
    return it == entry.fields.end() ? std::string_view() : std::string_view(it->second);
}

bool is_start(const ChainEntry& entry) { return value_of(entry, "JIT_EVENT") == event::kDaemonStarted.name; }

std::string process_of(const ChainEntry& entry) { return entry.boot + " " + entry.process; }

}  // namespace

bool is_chained(std::string_view field) {
    return field.starts_with(kPrefix) || field == "MESSAGE" || field == "MESSAGE_ID" ||
           field == "PRIORITY" || field == "SYSLOG_IDENTIFIER";
}

ChainVerifier::Run& ChainVerifier::Order::enter(const ChainEntry& entry) {
    const auto [run, is_new] = runs_.try_emplace(entry.process);
    if (is_start(entry)) run->second.started = true;
    if (is_new) {
        present_ = entry.process;
        last_ = 0;
    }
    return run->second;
}

bool ChainVerifier::Order::fits(std::uint64_t seq, const std::string& process) {
    const bool present = process == present_;
    const bool fits = seq > highest_ || (present && seq > last_);
    highest_ = std::max(highest_, seq);
    if (present) last_ = std::max(last_, seq);
    return fits;
}

void ChainVerifier::add(ChainEntry entry) {
    const auto at = mark_of(value_of(entry, "JIT_SEQ"), value_of(entry, "JIT_CHAIN"));
    if (!at) {
        flag(0, Flaw::malformed, entry.cursor);
        return;
    }
    auto& order = boots_[entry.boot];
    auto& run = order.enter(entry);
    if (is_known(*at)) {
        run.last = std::max(run.last, at->seq);
        add_again(*at, entry);
        return;
    }
    if (nodes_.empty()) {
        begin_ = *at;
        branch_ = branches_.begin();
    }
    const bool fits = order.fits(at->seq, entry.process);
    const std::string cursor = entry.cursor;
    add_new(*at, std::move(entry), run);
    if (!fits) out_of_order(*at, cursor);
}

/** Right if the journal begins in the middle of records sent again: then its first one follows. */
void ChainVerifier::out_of_order(const Mark& at, const std::string& cursor) {
    if (at.seq > begin_.seq)
        flag(at.seq, Flaw::reordered, cursor);
    else if (!early_)
        early_ = {at.seq, Flaw::reordered, cursor};
}

/** Sent twice: the text has to be the same as well. */
void ChainVerifier::add_again(const Mark& at, const ChainEntry& entry) {
    const auto [begin, end] = unchecked_.equal_range(at.seq);
    const auto first =
        std::find_if(begin, end, [&](const auto& u) { return u.second.at.chain == at.chain; });
    const bool same = first != end ? first->second.entry.fields == entry.fields
                                   : parent_of(at, entry).follows;
    if (!same) flag(at.seq, Flaw::edited, entry.cursor);
    if (at.chain == begin_.chain) early_.reset();
}

void ChainVerifier::add_new(const Mark& at, ChainEntry entry, Run& run) {
    const auto parent = parent_of(at, entry);
    if (parent.branch) branch_ = *parent.branch;
    if (!run.settled && at.seq > run.last && goes_back(at, entry, parent))
        branch_ = branches_.fork({at.seq, Flaw::fork, entry.cursor}, process_of(entry));
    if (run.started && !branches_.is_confirmed(branch_)) branches_.confirm(branch_, process_of(entry));
    host_ = value_of(entry, "JIT_HOST");
    for (const auto other : branches_at(at.seq)) {
        if (other == branch_)
            flag(at.seq, Flaw::conflict, entry.cursor);
        else
            branches_.overlap(branch_, other, {at.seq, Flaw::conflict, entry.cursor});
    }
    if (parent.present && !parent.follows) flag(at.seq, Flaw::edited, entry.cursor);

    const bool is_last = branches_.append(branch_, at);
    run.last = std::max(run.last, at.seq);
    run.settled |= run.started && is_last && !is_start(entry);
    nodes_.emplace(at.seq, Node{at.chain, branch_});
    if (!parent.present) unchecked_.emplace(at.seq, Unchecked{std::move(entry), at, branch_});
    if (check_successor(at)) run.settled = false;
}

/** A new process first sends again what may not have arrived, which fills gaps; then what it found at once; then it says
 * that it has started. */
bool ChainVerifier::goes_back(const Mark& at, const ChainEntry& entry, const Parent& parent) const {
    if (nodes_.empty()) return false;
    if (at.seq > branches_.last(branch_).seq) return !parent.branch && value_of(entry, "JIT_HOST") != host_;
    if (is_start(entry) || !parent.branch) return true;
    const auto taken = branches_at(at.seq);
    return std::ranges::find(taken, branch_) != taken.end();
}

std::vector<ChainBranches::Id> ChainVerifier::branches_at(std::uint64_t seq) const {
    std::vector<ChainBranches::Id> out;
    const auto [begin, end] = nodes_.equal_range(seq);
    for (auto it = begin; it != end; ++it) out.push_back(branches_.root(it->second.branch));
    return out;
}

bool ChainVerifier::is_known(const Mark& at) const {
    const auto [begin, end] = nodes_.equal_range(at.seq);
    return std::any_of(begin, end, [&](const auto& node) { return node.second.chain == at.chain; });
}

ChainVerifier::Parent ChainVerifier::parent_of(const Mark& at, const ChainEntry& entry) const {
    const auto follows = [&](const Chain& before) {
        return chain_hash(before, entry.fields) == at.chain;
    };
    Parent out;
    if (at.seq == 1) {
        out.present = true;
        out.follows = follows(Chain{});
        return out;
    }
    const auto [begin, end] = nodes_.equal_range(at.seq - 1);
    for (auto it = begin; it != end && !out.follows; ++it) {
        const auto branch = branches_.root(it->second.branch);
        out.follows = follows(it->second.chain);
        if (out.follows) out.branch = branch;
        out.present |= out.follows || branch == branch_;
    }
    return out;
}

/** The record after this one came first: now its hash can be checked. True: it was of another branch. */
bool ChainVerifier::check_successor(const Mark& at) {
    bool joined = false;
    const auto [begin, end] = unchecked_.equal_range(at.seq + 1);
    for (auto it = begin; it != end;) {
        const auto& next = it->second;
        const auto branch = branches_.root(next.branch);
        const bool follows = chain_hash(at.chain, next.entry.fields) == next.at.chain;
        if (!follows && branch == branch_) flag(next.at.seq, Flaw::edited, next.entry.cursor);
        if (follows && branch != branch_) {
            joined |= branches_.join(branch, branch_);
            branch_ = branches_.root(branch_);
        }
        it = follows || branch == branch_ ? unchecked_.erase(it) : std::next(it);
    }
    return joined;
}

void ChainVerifier::flag(std::uint64_t seq, Flaw flaw, const std::string& cursor) {
    if (!broken_) broken_ = {seq, flaw, cursor};
}

std::vector<ChainReport::Range> ChainVerifier::holes() const {
    std::vector<ChainReport::Range> out;
    std::map<ChainBranches::Id, std::uint64_t> next;
    for (const auto& [seq, node] : nodes_) {
        const auto [expected, is_new] = next.try_emplace(branches_.root(node.branch), seq);
        if (seq > expected->second) out.push_back({expected->second, seq - 1});
        expected->second = seq + 1;
    }
    std::ranges::sort(out, {}, &ChainReport::Range::first);
    return out;
}

/** What the mark says against this chain. */
std::optional<ChainReport::Bad> ChainVerifier::against(const Mark& mark) const {
    if (is_known(mark)) return {};
    if (nodes_.contains(mark.seq)) return ChainReport::Bad{mark.seq, Flaw::head, {}};
    const std::uint64_t last = nodes_.empty() ? 0 : nodes_.rbegin()->first;
    if (mark.seq > last) return ChainReport::Bad{last + 1, Flaw::tail, {}};
    return ChainReport::Bad{mark.seq, Flaw::missing, {}};
}

ChainReport ChainVerifier::report(const std::optional<Mark>& mark) const {
    ChainReport out;
    out.records = nodes_.size();
    out.missing = holes();
    if (!nodes_.empty()) {
        out.first_seq = nodes_.begin()->first;
        out.head = branches_.last(branch_);
    }
    const auto note = [&](const ChainReport::Bad& bad) {
        const bool worse = result_of(bad.flaw) == ChainResult::broken;
        if (out.result == ChainResult::broken) return;
        if (!worse && out.bad && out.bad->seq <= bad.seq) return;
        out.result = result_of(bad.flaw);
        out.bad = bad;
    };
    if (nodes_.empty()) note({1, Flaw::missing, {}});
    if (!out.missing.empty()) note({out.missing.front().first, Flaw::missing, {}});
    if (broken_) note(*broken_);
    for (const auto& bad : branches_.flaws()) note(bad);
    if (early_) note(*early_);
    if (mark)
        if (const auto bad = against(*mark)) note(*bad);
    return out;
}

}  // namespace jit::core
