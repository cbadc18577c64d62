// SPDX-License-Identifier: Apache-2.0
// policy.toml: what each role may do, and who may ask for it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/host.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace jit::core {

enum class Service { sudo, su, sshd };

/** PAM service to service: sudo, sudo-i -> sudo; su, su-l -> su; sshd -> sshd; others none. */
std::optional<Service> service_from_pam(std::string_view pam_service);
std::string_view to_string(Service service);
/** What may stand in run_as: an account name, or "*". Debian gives some system accounts capitals (Debian-exim). */
[[nodiscard]] bool is_target(std::string_view name);

enum class OnEnd { terminate, kill, finish };

struct Role {
    std::uint32_t line = 0;
    std::string name;  // [a-z_][a-z0-9_.-]{0,31}
    std::string description;
    std::vector<std::string> run_as;  // target accounts; "*" any
    std::vector<Service> services;
    Usec max_duration{};
    Usec max_extension{};
    OnEnd on_end = OnEnd::terminate;
    bool record = false;
    Usec finish_limit{};
    bool own_login = false;

    [[nodiscard]] bool covers(Service service) const;
    [[nodiscard]] bool covers(std::string_view target) const;
};

struct Rule {
    std::uint32_t line = 0;
    std::vector<std::string> roles;
    std::vector<std::string> who;  // account, @group, principal:NAME
    std::optional<HostPatterns> hosts;
    bool automatic = false;  // approval = "auto"
    std::vector<std::string> approvers;
    std::uint32_t approvals = 0;
    std::optional<Usec> max_duration;
    std::string reason;  // ERE; empty = any
    std::string ticket;
    std::string hours;
    std::string auto_limit;
};

struct Policy {
    std::map<std::string, Role, std::less<>> roles;
    std::vector<Rule> rules;

    [[nodiscard]] const Role* role(std::string_view name) const;
};

Result<Policy> parse_policy(std::string_view text, std::string_view file);

}  // namespace jit::core
