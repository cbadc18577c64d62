// SPDX-License-Identifier: Apache-2.0
#include "core/chain_branches.hpp"

#include <algorithm>

namespace jit::core {

ChainBranches::Id ChainBranches::begin() {
    all_.push_back({0, {}, {}, {}, {}});
    return 0;
}

ChainBranches::Id ChainBranches::fork(const ChainReport::Bad& at, const std::string& process) {
    const auto id = static_cast<Id>(all_.size());
    all_.push_back({id, {}, process, at, {}});
    return id;
}

void ChainBranches::confirm(Id branch, const std::string& process) {
    if (all_[branch].process == process) all_[branch].process.clear();
}

ChainBranches::Id ChainBranches::root(Id branch) const {
    while (all_[branch].root != branch) branch = all_[branch].root = all_[all_[branch].root].root;
    return branch;
}

bool ChainBranches::append(Id branch, const Mark& at) {
    const bool last = at.seq > all_[branch].last.seq;
    if (last) all_[branch].last = at;
    return last;
}

void ChainBranches::overlap(Id one, Id other, const ChainReport::Bad& conflict) {
    all_[one].overlaps.insert(other);
    all_[other].overlaps.insert(one);
    auto& later = all_[std::max(one, other)];
    if (!later.conflict) later.conflict = conflict;
}

bool ChainBranches::join(Id one, Id other) {
    auto& kept = all_[std::min(one, other)];
    auto& part = all_[std::max(one, other)];
    const auto is_kept = [&](Id id) { return root(id) == kept.root; };
    if (std::ranges::any_of(part.overlaps, is_kept)) return false;
    part.root = kept.root;
    if (part.last.seq > kept.last.seq) kept.last = part.last;
    kept.overlaps.merge(part.overlaps);
    return true;
}

std::vector<ChainReport::Bad> ChainBranches::flaws() const {
    std::vector<ChainReport::Bad> out;
    for (Id id = 0; id < all_.size(); ++id) {
        const auto& branch = all_[id];
        if (branch.root != id || !branch.fork) continue;
        // Only a start of jitd makes a fork.
        const bool conflicts = branch.conflict && !branch.process.empty();
        out.push_back(conflicts ? *branch.conflict : *branch.fork);
    }
    return out;
}

}  // namespace jit::core
