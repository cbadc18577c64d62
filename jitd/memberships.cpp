// SPDX-License-Identifier: Apache-2.0
#include "jitd/memberships.hpp"

#include <algorithm>

#include "jitd/accounts.hpp"
#include "jitd/caller.hpp"

namespace jit::daemon {

void Memberships::refresh() {
    std::map<std::string, std::pair<std::string, core::Wall>> waiting;  // request: account, when it was made
    const auto config = engine_.share_config();
    if (!config->policy_broken) {  // a policy that can't be read says nothing about anybody
        for (const auto& [id, request] : engine_.state().requests) {
            if (request.state == core::RequestState::pending) waiting[id] = {request.account, request.created};
        }
    }
    const bool posted = worker_.post([this, config, waiting = std::move(waiting)]() -> Worker::Completion {
        const auto groups = core::groups_named(*config);
        std::map<std::string, std::uint32_t> gids;
        for (const auto& group : groups) {
            if (const auto gid = gid_of(group)) gids[group] = *gid;
        }
        core::PolicyEvent event;
        for (const auto& [id, asked] : waiting) {
            event.requests[id] = {member_of(asked.first, groups), Clock::local(asked.second)};
        }
        return [this, config, gids = std::move(gids), event = std::move(event)] {
            if (config == engine_.share_config()) take(gids, event);  // otherwise there is a newer one on its way
        };
    });
    if (!posted) std::fprintf(stderr, "<4>jitd: requests wait for the user database: jitctl reload\n");
}

void Memberships::take(std::map<std::string, std::uint32_t> gids, core::PolicyEvent event) {
    gids_ = std::move(gids);
    if (!event.requests.empty()) engine_.handle(event);
}

std::vector<std::string> Memberships::named(const std::vector<std::uint32_t>& gids) const {
    std::vector<std::string> out;
    for (const auto& [group, gid] : gids_) {
        if (std::find(gids.begin(), gids.end(), gid) != gids.end()) out.push_back(group);
    }
    return out;
}

}  // namespace jit::daemon
