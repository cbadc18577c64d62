// SPDX-License-Identifier: Apache-2.0
#include "core/chain.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <charconv>

namespace jit::core {
namespace {

constexpr std::string_view kPrefix = "JIT_";

std::string_view value_of(const ChainEntry& entry, const std::string& name) {
    const auto it = entry.fields.find(name);
    return it == entry.fields.end() ? std::string_view() : std::string_view(it->second);
}

std::optional<std::uint64_t> number_in(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number == 0) return {};
    if (text.starts_with('0')) return {};
    return number;
}

std::optional<Chain> hash_in(std::string_view text) {
    Chain out{};
    std::size_t size = 0;
    if (text.size() != out.size() * 2 || sodium_hex2bin(out.data(), out.size(), text.data(),
                                                        text.size(), nullptr, &size, nullptr) != 0)
        return {};
    if (size != out.size()) return {};
    return out;
}

std::optional<Mark> place_of(const ChainEntry& entry) {
    const auto seq = number_in(value_of(entry, "JIT_SEQ"));
    const auto chain = hash_in(value_of(entry, "JIT_CHAIN"));
    if (!seq || !chain) return {};
    return Mark{*seq, *chain};
}

}  // namespace

bool is_chained(std::string_view field) {
    return field.starts_with(kPrefix) || field == "MESSAGE" || field == "MESSAGE_ID" ||
           field == "PRIORITY" || field == "SYSLOG_IDENTIFIER";
}

ChainResult result_of(Flaw flaw) {
    return flaw >= Flaw::missing ? ChainResult::incomplete : ChainResult::broken;
}

std::string_view to_string(ChainResult result) {
    switch (result) {
        case ChainResult::ok:
            return "ok";
        case ChainResult::broken:
            return "broken";
        case ChainResult::incomplete:
            return "incomplete";
    }
    return "";
}

std::string_view to_string(Flaw flaw) {
    switch (flaw) {
        case Flaw::edited:
            return "edited";
        case Flaw::reordered:
            return "reordered";
        case Flaw::conflict:
            return "conflict";
        case Flaw::malformed:
            return "malformed";
        case Flaw::head:
            return "head";
        case Flaw::missing:
            return "missing";
        case Flaw::tail:
            return "tail";
        case Flaw::fork:
            return "fork";
    }
    return "";
}

Result<Mark> parse_mark(std::string_view text) {
    const auto colon = text.find(':');
    const auto seq = number_in(text.substr(0, colon));
    const auto chain =
        colon == std::string_view::npos ? std::nullopt : hash_in(text.substr(colon + 1));
    if (!seq || !chain) return fail("USAGE", "not SEQ:HASH as log --verify prints it");
    return Mark{*seq, *chain};
}

std::string to_string(const Mark& mark) {
    return fmt::format("{}:{}", mark.seq, to_hex(mark.chain.data(), mark.chain.size()));
}

void ChainVerifier::Order::enter(const ChainEntry& entry) {
    const auto [run, is_new] = runs_.try_emplace(entry.process);
    if (value_of(entry, "JIT_EVENT") == event::kDaemonStarted.name) run->second.started = true;
    if (!is_new) return;
    present_ = entry.process;
    last_ = 0;
}

bool ChainVerifier::Order::fits(std::uint64_t seq, const std::string& process) {
    const bool present = process == present_;
    const bool fits = seq > highest_ || (present && seq > last_);
    highest_ = std::max(highest_, seq);
    if (present) last_ = std::max(last_, seq);
    runs_[process].wrote = true;
    return fits;
}

bool ChainVerifier::Order::is_fresh(const std::string& process) const {
    const auto run = runs_.find(process);
    return run != runs_.end() && run->second.started && !run->second.wrote;
}

void ChainVerifier::add(ChainEntry entry) {
    const auto at = place_of(entry);
    if (!at) {
        flag(0, Flaw::malformed, entry.cursor);
        return;
    }
    auto& order = boots_[entry.boot];
    order.enter(entry);
    if (is_known(*at)) {
        add_again(*at, entry);
        return;
    }
    if (nodes_.empty()) begin_ = *at;
    const bool fresh = order.is_fresh(entry.process);
    const bool fits = order.fits(at->seq, entry.process);
    const std::string cursor = entry.cursor;
    add_new(*at, std::move(entry), fresh);
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
                                   : parent_of(at, entry).node != nullptr;
    if (!same) flag(at.seq, Flaw::edited, entry.cursor);
    if (at.chain == begin_.chain) early_.reset();
}

void ChainVerifier::add_new(const Mark& at, ChainEntry entry, bool fresh) {
    const auto parent = parent_of(at, entry);
    if (parent.node != nullptr) branch_ = parent.node->branch;
    const auto [begin, end] = nodes_.equal_range(at.seq);
    const bool went_back = fresh && begin != end;
    if (went_back) {
        branch_ = branches_++;
        if (!forked_) forked_ = {at.seq, Flaw::fork, entry.cursor};
    }
    const auto same_branch = [&](const auto& node) { return node.second.branch == branch_; };
    if (std::any_of(begin, end, same_branch)) flag(at.seq, Flaw::conflict, entry.cursor);
    if (parent.present && parent.node == nullptr) flag(at.seq, Flaw::edited, entry.cursor);

    if (!head_ || at.seq > head_->seq || went_back) head_ = at;
    nodes_.emplace(at.seq, Node{at.chain, branch_});
    if (!parent.present) unchecked_.emplace(at.seq, Unchecked{std::move(entry), at, branch_});
    check_successor(at);
}

bool ChainVerifier::is_known(const Mark& at) const {
    const auto [begin, end] = nodes_.equal_range(at.seq);
    return std::any_of(begin, end, [&](const auto& node) { return node.second.chain == at.chain; });
}

ChainVerifier::Parent ChainVerifier::parent_of(const Mark& at, const ChainEntry& entry) const {
    static constexpr Node kNone{};  // before the first record of all
    const auto follows = [&](const Node& node) {
        return chain_hash(node.chain, entry.fields) == at.chain;
    };
    if (at.seq == 1) return {true, follows(kNone) ? &kNone : nullptr};
    const auto [begin, end] = nodes_.equal_range(at.seq - 1);
    const auto it =
        std::find_if(begin, end, [&](const auto& node) { return follows(node.second); });
    return {begin != end, it != end ? &it->second : nullptr};
}

/** The record after this one came first: now its hash can be checked. */
void ChainVerifier::check_successor(const Mark& at) {
    const auto [begin, end] = unchecked_.equal_range(at.seq + 1);
    const auto it =
        std::find_if(begin, end, [&](const auto& u) { return u.second.branch == branch_; });
    if (it == end) return;
    const auto& next = it->second;
    if (chain_hash(at.chain, next.entry.fields) != next.at.chain)
        flag(next.at.seq, Flaw::edited, next.entry.cursor);
    unchecked_.erase(it);
}

void ChainVerifier::flag(std::uint64_t seq, Flaw flaw, const std::string& cursor) {
    if (!broken_) broken_ = {seq, flaw, cursor};
}

std::vector<ChainReport::Range> ChainVerifier::holes() const {
    std::vector<ChainReport::Range> out;
    std::uint64_t next = nodes_.empty() ? 0 : nodes_.begin()->first;
    for (const auto& [seq, node] : nodes_) {
        if (seq > next) out.push_back({next, seq - 1});
        next = seq + 1;
    }
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
    out.head = head_;
    out.missing = holes();
    if (!nodes_.empty()) out.first_seq = nodes_.begin()->first;
    const auto note = [&](const ChainReport::Bad& bad) {
        const bool worse = result_of(bad.flaw) == ChainResult::broken;
        if (out.result == ChainResult::broken) return;
        if (!worse && out.bad && out.bad->seq <= bad.seq) return;
        out.result = result_of(bad.flaw);
        out.bad = bad;
    };
    if (nodes_.empty()) note({1, Flaw::missing, {}});
    if (!out.missing.empty()) note({out.missing.front().first, Flaw::missing, {}});
    if (forked_) note(*forked_);
    if (broken_) note(*broken_);
    if (early_) note(*early_);
    if (mark)
        if (const auto bad = against(*mark)) note(*bad);
    return out;
}

}  // namespace jit::core
