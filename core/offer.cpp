// SPDX-License-Identifier: Apache-2.0
#include "core/offer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/rules.hpp"

namespace jit::core {
namespace {

constexpr Usec kOffer = std::chrono::minutes(30);  // what a hint asks for, where as much is given

std::string admins_command(std::string_view account, std::string_view role = "") {
    return fmt::format("jitctl grant {}{}{} --for 30m --reason \"...\"", account, role.empty() ? "" : " --role ", role);
}

}  // namespace

bool answers(const Role& role, const Query& query) {
    const auto service = service_from_pam(query.service);
    return service && role.covers(*service) && (!query.target || role.covers(std::string_view(*query.target)));
}

std::optional<Usec> offered(const Role& role, const Config& config, const Member* who) {
    std::optional<Usec> least;
    for (const Rule& rule : config.policy.rules) {
        if (!is_for(rule, role.name, config) || (who && !names(rule.who, *who, config.trust))) continue;
        least = std::min(least.value_or(std::min(kOffer, role.max_duration)), rule.max_duration.value_or(kOffer));
    }
    return least;
}

std::string typed(Usec span) {
    const bool minutes = span >= std::chrono::minutes(1);
    return minutes ? fmt::format("{}m", std::chrono::floor<std::chrono::minutes>(span).count())
                   : fmt::format("{}s", std::chrono::floor<std::chrono::seconds>(span).count());
}

std::string request_command(std::string_view role, Usec span) {
    return fmt::format("jitctl request {} --for {} --reason \"...\"", role, typed(span));
}

std::string ask_for(const Query& query, std::string_view wanted, const Config& config, const Member* who) {
    const auto rank = [&](const Role& role) { return role.name == wanted ? 0 : role.name == config.settings.default_role ? 1 : 2; };
    const Role* best = nullptr;
    for (const auto& [name, role] : config.policy.roles) {
        if (answers(role, query) && offered(role, config, who) && (!best || rank(role) < rank(*best))) best = &role;
    }
    if (best) return "Ask for one: " + request_command(best->name, *offered(*best, config, who));
    return "Ask an admin: " + admins_command(query.account);
}

std::string ask_for_another(std::string_view role, std::string_view account, const Config& config) {
    const Role* known = config.policy.role(role);
    const auto span = known ? offered(*known, config) : std::nullopt;
    return span ? "ask for another: " + request_command(role, *span) : "ask an admin for another: " + admins_command(account, role);
}

}  // namespace jit::core
