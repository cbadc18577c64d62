// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/duration.hpp"
#include "jitctl/signed_file.hpp"
#include "jitctl/verb.hpp"
#include "jitctl/view.hpp"

namespace jit::ctl {
namespace {

std::string state_of(const core::TrustKey& key, core::Wall now) {
    if (key.revoked) return "revoked";
    if (key.not_before && *key.not_before > now) return "scheduled";
    if (key.not_after && *key.not_after <= now) return "expired";
    return "active";
}

std::vector<std::string> uses_of(const core::TrustKey& key) {
    std::vector<std::string> uses;
    if (key.use_grant) uses.emplace_back("grant");
    if (key.use_approve) uses.emplace_back("approve");
    if (key.use_breakglass) uses.emplace_back("breakglass");
    return uses;
}

Json time_json(const std::optional<core::Wall>& time) {
    return time ? Json(core::to_usec(*time)) : Json(nullptr);
}

Json key_json(const core::TrustKey& key, core::Wall now) {
    return {{"id", key.id},
            {"principal", key.principal},
            {"fingerprint", core::fingerprint(key.key)},
            {"hardware", key.key.hardware},
            {"uses", uses_of(key)},
            {"roles", key.roles},
            {"hosts", key.hosts.terms()},
            {"max_duration_usec", key.max_duration.count()},
            {"not_before_usec", time_json(key.not_before)},
            {"not_after_usec", time_json(key.not_after)},
            {"state", state_of(key, now)}};
}

Table key_table(const core::Trust& trust, core::Wall now) {
    Table table({"KEY", "PRINCIPAL", "STATE", "USES", "ROLES", "HOSTS", "LONGEST", "FINGERPRINT"});
    for (const auto& key : trust.keys)
        table.add({key.id, key.principal, state_of(key, now), joined(uses_of(key), ","),
                   joined(key.roles, " "), joined(key.hosts.terms(), " "),
                   core::format_duration(key.max_duration), core::fingerprint(key.key)});
    return table;
}

}  // namespace

int run(const Context& context, const TrustOptions& options) {
    const core::Wall now = context.env.now();
    const auto trust =
        read_trust(options.trust.empty() ? context.env.config_dir + "/trust.toml" : options.trust);
    if (!trust) return context.out.fail(Exit::failure, trust.error());
    if (context.out.json()) {
        Json reply = {{"org", trust->org},
                      {"grant_threshold", trust->grant_threshold},
                      {"keys", Json::array()}};
        for (const auto& key : trust->keys) reply["keys"].push_back(key_json(key, now));
        context.out.object(reply);
    } else if (context.out.quiet()) {
        for (const auto& key : trust->keys) context.out.text(key.id + "\n");
    } else {
        context.out.table(key_table(*trust, now));
        context.out.note(fmt::format("organisation {}; a grant file needs {} principal{}.",
                                     trust->org, trust->grant_threshold,
                                     trust->grant_threshold == 1 ? "" : "s"));
    }
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
