// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "core/decide.hpp"
#include "core/duration.hpp"
#include "core/offer.hpp"

namespace jit::core {
namespace {

std::string host_name(const Config& config) { return config.host.name.empty() ? "this host" : config.host.name; }

}  // namespace

std::string denial_text(const Query& query, const Decision& decision, const Config& config, const Member* member) {
    const auto& who = query.account;
    const auto ask = [&] { return ask_for(query, decision.role, config, member); };
    const auto use = query.target ? fmt::format("{} to {}", query.service, *query.target) : query.service;
    const auto& grant = decision.grant;
    switch (decision.code) {
        case Code::no_grant:
            return fmt::format("no grant lets {} use {} on {}. {}", who, query.service, host_name(config),
                               ask());
        case Code::pending:
            return fmt::format("request {0} of {1} for role {2} waits for {3}. Wait for it: jitctl wait {0}", decision.request,
                               who, decision.role, decision.awaits);
        case Code::not_yet:
            return fmt::format("grant {} of {} has not begun yet. See: jitctl show {}", grant, who, grant);
        case Code::expired:
            return fmt::format("grant {} of {} ended at {}. {}", grant, who, format_time(decision.ends),
                               ask());
        case Code::revoked:
            return fmt::format("grant {} of {} was revoked. {}", grant, who, ask());
        case Code::released:
            return fmt::format("{} gave grant {} back. {}", who, grant, ask());
        case Code::locked:
            return fmt::format("{} is locked on {}. Ask an admin: jitctl unlock {}", who, host_name(config), who);
        case Code::target:
            return fmt::format("role {} of {} does not reach {}. See: jitctl show {}", decision.role, who, use, grant);
        case Code::service:
            return grant.empty() ? fmt::format("{} is not a service that jitd decides on", query.service)
                                 : fmt::format("role {} of {} is not for {}. See: jitctl show {}", decision.role, who,
                                               query.service, grant);
        case Code::role_unknown:
            return fmt::format("role {} of grant {} is not in /etc/jit/policy.toml of {}", decision.role, grant,
                               host_name(config));
        case Code::identity:
            return fmt::format("{} (uid {}) is not the account that was granted{}. Ask an admin: jitctl explain --user "
                               "{}", who, query.uid, grant.empty() ? "" : " by " + grant, who);
        case Code::self:
            return fmt::format("{} may not approve an elevation of their own", who);
        case Code::clock_back:
            return fmt::format("the clock of {} went back. Ask root to set it right by timedatectl, or, if it is right now: jitctl "
                               "state recover --clock", host_name(config));
        case Code::audit:
            return "the journal does not take the audit record. Ask an admin: systemctl status systemd-journald";
        case Code::recovery:
            return "the state in /var/lib/jit can't be used. Ask root: journalctl -u jitd";
        case Code::recording:
            return service_from_pam(query.service) == Service::sudo
                       ? fmt::format("role {} must be recorded, and sudo on {} does not record it. Ask an admin: jitctl "
                                     "doctor", decision.role, host_name(config))
                       : fmt::format("role {} must be recorded, and {} can't be. Use sudo", decision.role, query.service);
        case Code::config:
            return "a file in /etc/jit is wrong. Ask an admin: jitctl reload";
        case Code::unavailable:
            return "jitd can't answer now. Ask an admin: systemctl status jitd";
        case Code::grant:
        case Code::exempt:
        case Code::permissive:
            return "";
    }
    return "jitd can't answer now. Ask an admin: systemctl status jitd";
}

}  // namespace jit::core
