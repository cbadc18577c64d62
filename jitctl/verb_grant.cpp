// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/duration.hpp"
#include "jitctl/file_verbs.hpp"
#include "jitctl/manager_client.hpp"
#include "jitctl/session_view.hpp"
#include "jitctl/verb.hpp"
#include "jitctl/view.hpp"
#include "jitctl/when.hpp"

namespace jit::ctl {
namespace {

std::string sentence(const Context& context, const Json& grant) {
    const core::Wall now = context.env.now();
    const auto from = time_of(grant, "not_before_usec");
    const auto until = time_of(grant, "not_after_usec");
    std::string text = fmt::format("granted {}: {} may use role {} here", shown(grant, "id"),
                                   shown(grant, "account"), shown(grant, "role"));
    if (from && *from > now) text += " from " + format_local(*from, now);
    if (until) text += " until " + format_local(*until, now);
    if (from && until) text += fmt::format(" ({})", core::format_duration(*until - *from));
    return text + "\n";
}

}  // namespace

int run(const Context& context, const GrantOptions& options) {
    if (!options.edit.file.empty()) return grant_in_file(context, options);
    ManagerClient client(context.env);
    const auto grant = client.grant({options.user, options.role, options.duration, options.reason,
                                     options.ticket, options.start});
    if (!grant) return context.out.fail(grant.error());
    if (context.out.json())
        context.out.object(*grant);
    else if (context.out.quiet())
        context.out.text(shown(*grant, "id") + "\n");
    else
        context.out.text(sentence(context, *grant));
    note_ends_before(context, client, *grant);
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
