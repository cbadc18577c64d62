// SPDX-License-Identifier: Apache-2.0
// policy suggest: rules for those who would have been refused.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/event_kind.hpp"
#include "trail/journal.hpp"
#include "jitctl/log_walk.hpp"
#include "jitctl/policy_file.hpp"
#include "jitctl/policy_surroundings.hpp"
#include "jitctl/policy_verbs.hpp"
#include "jitctl/when.hpp"

namespace jit::ctl {
namespace {

constexpr auto kSince = std::chrono::days(30);
constexpr std::size_t kNamed = 10;  // of what is left out, one by one

core::Result<Usage> read_usage(core::Wall since) {
    auto journal = trail::open_journal({.event = std::string(core::event::kCheckWouldDeny.name)});
    if (!journal) return journal.failure();
    UsageTally tally;
    LogOptions options;
    options.since = since;
    const auto walked = walk_log(**journal, options, [&](const trail::LogRecord& record) {
        tally.add(record);
        return true;
    });
    if (!walked) return walked.failure();
    return tally.usage();
}

Json rule_json(const SuggestedRule& rule) {
    std::set<std::string> services, targets;
    std::uint64_t count = 0, first = UINT64_MAX, last = 0;
    for (const Use& use : rule.uses) {
        services.emplace(core::to_string(use.service));
        targets.insert(use.target);
        count += use.count;
        first = std::min(first, use.first_usec);
        last = std::max(last, use.last_usec);
    }
    return {{"role", rule.role.name}, {"who", rule.who()}, {"services", services}, {"targets", targets},
            {"uses", count},          {"first_usec", first}, {"last_usec", last}};
}

void note_left_out(const Output& out, const Usage& usage, const Suggestion& suggestion) {
    std::size_t named = 0;
    for (const auto& name : usage.left_out) {
        if (++named > kNamed) break;
        out.note(fmt::format("left out, because a policy can't hold such a name: {}", name));
    }
    if (usage.left_out.size() > kNamed) out.note(fmt::format("and {} more", usage.left_out.size() - kNamed));
    if (usage.root) out.note("left out: root, who asks for nothing; jitctl grant and signed files let root log in by ssh");
    if (!suggestion.may_ask.empty())
        out.note(fmt::format("no rule proposed for what a rule lets them ask for already: {}",
                             fmt::join(suggestion.may_ask, ", ")));
}

/** The admin's file replaces the vendor's whole, roles too. */
std::string next_step(const Environment& env) {
    const std::string own = env.config_dir + "/policy.toml", read = policy_path(env);
    return fmt::format("Append it to {}{}, then: jitctl policy check, jitctl reload", own,
                       own == read ? "" : fmt::format(", to begin with a copy of {}", read));
}

}  // namespace

int suggest_policy(const Context& context, const PolicyOptions& options) {
    const core::Wall now = context.env.now(), since = options.since.value_or(now - kSince);
    core::Config config;
    auto policy = read_policy(policy_path(context.env));
    if (!policy) return context.out.fail(Exit::failure, policy.error());
    config.policy = std::move(*policy);
    config.trust = trust_here(context.env).value_or(core::Trust{});
    config.host = host_here(context.env).value_or(core::Host{});

    const auto usage = read_usage(since);
    if (!usage) return context.out.fail(Exit::failure, usage.error());
    const auto suggestion = suggest_rules(usage->uses, config.policy, look_around(usage->uses, config));
    const std::string text = policy_fragment(suggestion.rules, since, now);
    if (context.out.json()) {
        Json reply = {{"rules", Json::array()}, {"text", text.empty() ? Json(nullptr) : Json(text)}};
        for (const auto& rule : suggestion.rules) reply["rules"].push_back(rule_json(rule));
        context.out.object(reply);
        return static_cast<int>(Exit::ok);
    }
    context.out.text(text);
    note_left_out(context.out, *usage, suggestion);
    if (!text.empty())
        context.out.note(next_step(context.env));
    else if (usage->uses.empty() && usage->left_out.empty() && !usage->root)
        context.out.note(fmt::format("No record of anybody who would have been refused since {}; turn on the permissive gate: "
                                     "jitctl pam enable sudo --permissive",
                                     format_local(since, now)));
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
