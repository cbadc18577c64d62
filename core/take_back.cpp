// SPDX-License-Identifier: Apache-2.0
#include "core/take_back.hpp"

#include <algorithm>

namespace jit::core {
namespace {

bool contains(const std::vector<std::string>& all, const std::string& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

/** Removes those that the step added. */
void remove_new(std::vector<std::string>& from, const std::vector<std::string>& before, const std::vector<std::string>& after) {
    std::erase_if(from, [&](const auto& one) { return contains(after, one) && !contains(before, one); });
}

const Grant* put_by(const Transition& transition, const std::string& id) {
    for (const auto& change : transition.changes) {
        if (const auto* put = std::get_if<PutGrant>(&change); put && put->grant.id == id) return &put->grant;
    }
    return nullptr;
}

void shorten(std::vector<Change>& out, const State& state, const Grant& before, const Grant& after) {
    const Grant* now = state.grant(before.id);
    if (!now) return;
    const Usec span = after.not_after - before.not_after;
    Grant grant = *now;
    grant.not_after -= span;
    remove_new(grant.approvers, before.approvers, after.approvers);
    remove_new(grant.keys, before.keys, after.keys);
    out.emplace_back(PutGrant{std::move(grant)});
    const Pin* pin = state.pin_of(before.id);
    if (!pin || !pin->activation) return;
    Pin moved = *pin;
    moved.activation->end -= span;
    moved.activation->deadline -= span;
    out.emplace_back(PutPin{std::move(moved)});
}

}  // namespace

std::vector<Change> taken_back(const Transition& transition, const State& state) {
    std::vector<Change> out;
    for (const auto& change : transition.take_back.changes) {
        const auto* before = std::get_if<PutGrant>(&change);
        const Grant* after = before ? put_by(transition, before->grant.id) : nullptr;
        if (after) {
            shorten(out, state, before->grant, *after);
        } else {
            out.push_back(change);
        }
    }
    return out;
}

}  // namespace jit::core
