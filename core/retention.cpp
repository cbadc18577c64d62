// SPDX-License-Identifier: Apache-2.0
// What is kept of what is over: the newest of each account. The journal keeps it all.
#include <algorithm>
#include <vector>

#include "core/rule_limits.hpp"
#include "core/steps.hpp"

namespace jit::core {
namespace {

constexpr std::size_t kKept = 16;
// Grants take a decision of somebody: nobody can flood with them, and they are what an admin looks up.
constexpr std::size_t kKeptGrants = 1024;
constexpr Usec kAge = std::chrono::hours(24 * 31);

/** As many automatic approvals as the longest memory of a rule counts. */
std::size_t counted(const Config& config) {
    std::size_t out = kKept;
    for (const Rule& rule : config.policy.rules) {
        const auto limit = parse_auto_limit(rule.auto_limit);
        if (limit) out = std::max<std::size_t>(out, limit->count);
    }
    return out;
}

bool is_automatic(const Request& request) {
    return std::any_of(request.statements.begin(), request.statements.end(),
                       [](const Statement& one) { return one.via == kViaRule; });
}

bool is_unreviewed(const Request& request) {
    return request.kind == RequestKind::breakglass && request.state == RequestState::approved && !is_reviewed(request);
}

bool is_live(const World& world, const std::string& id) {
    const Grant* grant = world.state.grant(id);
    return grant && !is_over(*grant, world);
}

void drop(Transition& out, const World& world, const Request& request) {
    out.changes.emplace_back(DropRequest{request.id});
    if (request.kind != RequestKind::extension && world.state.grant(request.grant)) {
        out.changes.emplace_back(DropGrant{request.grant});
    }
}

/** All but the newest `kept`, and what is older than a month. */
template <class T, class When, class Each>
void drop_old(std::vector<const T*> all, std::size_t kept, Wall now, When when, Each each) {
    std::sort(all.begin(), all.end(), [&](const T* a, const T* b) { return when(*a) > when(*b); });
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (i >= kept || when(*all[i]) < now - kAge) each(*all[i]);
    }
}

}  // namespace

void prune(Transition& out, const World& world, const std::string& account) {
    std::vector<const Request*> automatic, others;
    for (const auto* request : world.state.requests_of(account)) {
        if (request->state == RequestState::pending || is_unreviewed(*request) || is_live(world, request->grant)) continue;
        (is_automatic(*request) ? automatic : others).push_back(request);
    }
    const auto created = [](const Request& request) { return request.created; };
    const auto drop_request = [&](const Request& request) { drop(out, world, request); };
    drop_old(std::move(automatic), counted(world.config), world.now.wall, created, drop_request);
    drop_old(std::move(others), kKept, world.now.wall, created, drop_request);

    std::vector<const Grant*> local;
    for (const auto* grant : world.state.grants_of(account)) {
        if (grant->origin == Origin::local && is_over(*grant, world)) local.push_back(grant);
    }
    drop_old(std::move(local), kKeptGrants, world.now.wall, [](const Grant& grant) { return grant.not_after; },
             [&](const Grant& grant) { out.changes.emplace_back(DropGrant{grant.id}); });
}

}  // namespace jit::core
