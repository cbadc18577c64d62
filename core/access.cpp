// SPDX-License-Identifier: Apache-2.0
#include "core/access.hpp"

#include <algorithm>

#include "core/membership.hpp"

namespace jit::core {

bool sees_all(const Actor& actor) { return actor.admin || actor.observer; }

bool may_see(const Request& request, const Actor& actor, const Config& config) {
    return sees_all(actor) || actor.account == request.account || names(request.approvers, actor.member(), config.trust);
}

bool is_behind(const Request& request, std::string_view principal, const Config& config) {
    return principal == config.trust.principal_of(request.account) || principal == config.trust.principal_of(request.asker);
}

bool is_reviewed(const Request& request) {
    return std::any_of(request.statements.begin(), request.statements.end(),
                       [](const Statement& one) { return one.said == Said::reviewed; });
}

bool may_decide(const Request& request, const Actor& actor, const Config& config) {
    const auto principal = config.trust.principal_of(actor.account);
    return request.state == RequestState::pending && names(request.approvers, actor.member(), config.trust) &&
           !is_behind(request, principal, config) && !request.statement(Said::approved, principal);
}

}  // namespace jit::core
