// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "jitctl/doctor/config.hpp"
#include "jitctl/when.hpp"

namespace jit::ctl::doctor {
namespace {

constexpr core::Usec kKeySoon = std::chrono::days(14);

bool counts_now(const core::TrustKey& key, const core::Host& host, core::Wall now) {
    return key.use_grant && !key.revoked && (!key.not_before || *key.not_before <= now) &&
           (!key.not_after || *key.not_after > now) && key.hosts.match(host);
}

/** Distinct principals whose signatures count here and now. */
std::size_t signers(const Config& config, core::Wall now) {
    std::set<std::string> who;
    if (config.trust)
        for (const auto& key : config.trust->keys)
            if (counts_now(key, config.host, now)) who.insert(key.principal);
    return who.size();
}

void judge_trust(Findings& out, const Config& config, core::Wall now) {
    if (!config.trust) return;
    const auto& trust = *config.trust;
    if (const auto count = signers(config, now); count < trust.grant_threshold)
        out.problem(
            "threshold-unreachable",
            fmt::format("/etc/jit/trust.toml: a grant file needs {} principal{}, and keys of "
                        "{} count here now: no file can be accepted",
                        trust.grant_threshold, trust.grant_threshold == 1 ? "" : "s", count),
            "jitctl trust list shows why; add a key to /etc/jit/trust.toml, then jitctl "
            "reload");
    for (const auto& key : trust.keys) {
        if (!key.use_grant || key.revoked || !key.not_after || *key.not_after <= now ||
            *key.not_after - now > kKeySoon)
            continue;
        out.warning("key-near-end",
                    fmt::format("/etc/jit/trust.toml: key {} of {} counts for {} more", key.id,
                                key.principal, format_left(*key.not_after, now)),
                    "put the new key into /etc/jit/trust.toml beside it, then jitctl reload");
    }
}

void judge_settings(Findings& out, const Config& config) {
    const auto& settings = config.settings;
    if (!settings.exempt.empty())
        out.note(
            "exempt",
            fmt::format("jitd.toml: exempt: {} pass{} sudo and su without a grant",
                        fmt::join(settings.exempt, ", "), settings.exempt.size() == 1 ? "es" : ""),
            "take those out of exempt that no automation needs, then jitctl reload");
    if (settings.on_audit_failure == core::OnAuditFailure::allow)
        out.warning("audit-failure-allows",
                    "jitd.toml: [audit] on_failure = \"allow\": who stops the journal elevates "
                    "unrecorded",
                    "set on_failure = \"deny\", then jitctl reload");
    if (config.policy && config.policy->role(settings.default_role) == nullptr)
        out.warning(
            "default-role-unknown",
            fmt::format("jitd.toml: default_role {} is in no policy: a grant without --role "
                        "fails",
                        settings.default_role),
            fmt::format("add [role.{}] to /etc/jit/policy.toml, or set default_role, then "
                        "jitctl reload",
                        settings.default_role));
}

}  // namespace

void judge(Findings& out, const Config& config, const Gates& gates, core::Wall now) {
    for (const auto& refused : config.refused)
        out.problem("config-refused",
                    fmt::format("{} [{}]: jitd goes on with what it had, and with less after a "
                                "restart",
                                refused.text, refused.code),
                    refused.remedy);
    judge_trust(out, config, now);
    judge_settings(out, config);
    if (!gates.any()) return;
    for (const auto& path : config.missing) {
        const bool trust = path.ends_with("trust.toml");
        out.note(trust ? "trust-missing" : "host-missing",
                 fmt::format("{}: not there: {}", path,
                             trust ? "no signed grant file counts, only grants made on this host"
                                   : "only the host pattern * matches this host"),
                 fmt::format("write it by /usr/share/doc/jitd/examples/{}, then jitctl reload",
                             trust ? "trust.toml" : "host.toml"));
    }
}

void judge_lockout(Findings& out, const Config& config, const Gates& gates,
                   const Accounts& accounts, const Logins& logins, core::Wall now) {
    if (gates.sudo != Gate::on) return;
    const bool root_key = logins.sshd.known && !logins.sshd.root_keys.empty() &&
                          logins.sshd.permit_root_login != "no" && gates.sshd != Gate::on;
    const bool root = accounts.root != Password::locked || root_key;
    const auto& settings = config.settings;
    const bool off = settings.local_grants == core::LocalGrants::off;
    const bool by_root = root && !off;
    const bool by_admin =
        settings.local_grants == core::LocalGrants::admins && !settings.admins.empty();
    const bool by_file = config.trust && signers(config, now) >= config.trust->grant_threshold;

    if (!by_root && !by_admin && !by_file)
        out.problem(
            "nobody-can-grant",
            fmt::format("nobody can grant: {}, and no key in /etc/jit/trust.toml may sign a "
                        "grant file for this host",
                        off ? "local_grants is off" : "root is locked, no admins may"),
            fmt::format("{}; or add a key to /etc/jit/trust.toml; then jitctl reload",
                        off ? "set local_grants = \"root\" in /etc/jit/jitd.toml"
                            : "passwd root, while you have a root shell"));
    else if (!root)
        out.warning("root-locked",
                    "root is locked: should jitd not answer, nobody gets in, not at the console "
                    "either",
                    "passwd root, and keep the password where two people can get at it");
}

}  // namespace jit::ctl::doctor
