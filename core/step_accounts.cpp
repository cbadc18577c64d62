// SPDX-License-Identifier: Apache-2.0
#include "core/steps.hpp"

namespace jit::core {

Transition on_accounts(const World& world, const AccountsEvent& event) {
    Transition out;
    for (const auto& [id, session] : world.state.sessions) {
        if (session.state == SessionState::ending) continue;
        const auto it = event.uids.find(session.account);
        if (it == event.uids.end() || it->second == session.uid) continue;
        end_session(out, world, session, Code::identity);
    }
    return out;
}

}  // namespace jit::core
