// SPDX-License-Identifier: Apache-2.0
#include "jitd/guesses.hpp"

#include <algorithm>

namespace jit::daemon {

core::Usec Guesses::wait(std::uint32_t uid, core::Boot now) const {
    const auto it = accounts_.find(uid);
    if (it == accounts_.end()) return {};
    return std::max(core::Usec{}, it->second.until - now);
}

bool Guesses::note(std::uint32_t uid, core::Boot now) {
    forget(now);
    if (accounts_.size() >= kMaxAccounts && !accounts_.contains(uid)) {
        accounts_.erase(std::min_element(accounts_.begin(), accounts_.end(),
                                         [](const auto& a, const auto& b) { return a.second.last < b.second.last; }));
    }
    auto& account = accounts_[uid];
    account.last = now;
    account.bad.push_back(now);
    if (account.bad.size() < kFree) return false;
    account.until = now + kWindow;
    account.bad.clear();
    return true;
}

void Guesses::forget(core::Boot now) {
    for (auto& [uid, account] : accounts_) {
        while (!account.bad.empty() && now - account.bad.front() >= kWindow) account.bad.pop_front();
    }
    std::erase_if(accounts_, [&](const auto& entry) { return entry.second.bad.empty() && entry.second.until <= now; });
}

}  // namespace jit::daemon
