// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/text.hpp"
#include "jitctl/file_verbs.hpp"
#include "jitctl/manager_client.hpp"
#include "jitctl/verb.hpp"
#include "jitctl/view.hpp"

namespace jit::ctl {
namespace {

std::pair<RevokeWhat, std::string> target_of(const RevokeOptions& options) {
    if (options.all) return {RevokeWhat::all, {}};
    if (!options.user.empty()) return {RevokeWhat::user, options.user};
    if (!options.session.empty()) return {RevokeWhat::session, options.session};
    return {RevokeWhat::grant, options.id};
}

std::string report(const Context& context, const Json& result) {
    const auto ended = texts_of(result, "ended");
    const auto sessions = texts_of(result, "sessions");
    const auto still = texts_of(result, "still");
    std::string text;
    for (const auto& id : ended) text += fmt::format("ended grant {}\n", core::escape(id));
    for (const auto& id : sessions)
        text += fmt::format("told session {} to stop\n", core::escape(id));
    if (ended.empty() && sessions.empty()) text += "nothing to end\n";
    for (const auto& id : still)
        text += context.out.styled(Style::warn,
                                   fmt::format("still lets them in: grant {}", core::escape(id))) +
                "\n";
    return text;
}

}  // namespace

int run(const Context& context, const RevokeOptions& options) {
    if (!options.edit.file.empty()) return revoke_in_file(context, options);
    const auto [what, whom] = target_of(options);
    const auto result = ManagerClient(context.env).revoke(what, whom, options.reason);
    if (!result) return context.out.fail(result.error());
    if (context.out.json())
        context.out.object(*result);
    else if (!context.out.quiet())
        context.out.text(report(context, *result));
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
