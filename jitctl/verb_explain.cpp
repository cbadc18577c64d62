// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "jitctl/manager_client.hpp"
#include "jitctl/verb.hpp"
#include "jitctl/view.hpp"
#include "jitctl/when.hpp"

namespace jit::ctl {
namespace {

Exit exit_of_decision(const std::string& decision) {
    if (decision == "allow") return Exit::ok;
    if (decision == "pending") return Exit::pending;
    return Exit::denied;
}

std::string report(const Context& context, const Json& answer) {
    const core::Wall now = context.env.now();
    const std::string decision = text_of(answer, "decision");
    const Style style = decision == "allow"     ? Style::good
                        : decision == "pending" ? Style::warn
                                                : Style::bad;
    std::string text =
        fmt::format("{}: {} by {}", context.out.styled(style, shown(answer, "decision", "deny")),
                    shown(answer, "account", "?"), shown(answer, "service", "?"));
    if (const auto target = shown(answer, "target"); !target.empty()) text += " as " + target;
    text += fmt::format(" [{}]\n", shown(answer, "code", "UNAVAILABLE"));
    text += property("why", text_of(answer, "text"));
    text += property("role", text_of(answer, "role"));
    text += property("grant", text_of(answer, "grant"));
    text += property("rule", text_of(answer, "rule"));
    text += property("request", text_of(answer, "request"));
    if (const auto ends = time_of(answer, "ends_usec"))
        text += property("ends", fmt::format("{} ({}{})", format_local(*ends, now),
                                             *ends >= now ? "in " : "", format_left(*ends, now)));
    return text + property("next", text_of(answer, "next"));
}

}  // namespace

int run(const Context& context, const ExplainOptions& options) {
    const auto answer =
        ManagerClient(context.env).explain({options.user, options.service, options.target});
    if (!answer) return context.out.fail(answer.error());
    if (context.out.json())
        context.out.object(*answer);
    else if (!context.out.quiet())
        context.out.text(report(context, *answer));
    return static_cast<int>(exit_of_decision(text_of(*answer, "decision")));
}

}  // namespace jit::ctl
