// SPDX-License-Identifier: Apache-2.0
// Asking: request, cancel, wait, roles.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/duration.hpp"
#include "core/text.hpp"
#include "jitctl/manager_client.hpp"
#include "jitctl/request_view.hpp"
#include "jitctl/verb.hpp"
#include "jitctl/view.hpp"
#include "jitctl/waiting.hpp"

namespace jit::ctl {
namespace {

std::string next_for(const Json& request) {
    const std::string id = text_of(request, "id");
    if (text_of(request, "kind") == "break-glass")
        return fmt::format("To have it signed by a break-glass key: jitctl show {}. Then, here: jitctl redeem TOKEN", id);
    return fmt::format("They run: jitctl approve {0}. Wait for it: jitctl wait {0}", id);
}

int answer(const Context& context, const Json& request) {
    if (context.out.json()) {
        context.out.object(request);
    } else if (context.out.quiet()) {
        context.out.text(shown(request, "id") + "\n");
    } else {
        context.out.text(request_line(request, context.env.now()) + "\n");
        if (text_of(request, "state") == "pending") context.out.note(next_for(request));
    }
    return static_cast<int>(exit_of_request(request));
}

std::string decides(const Json& role) {
    std::string text;
    if (text_of(role, "approval") == "auto") {
        text = "granted at once";
        if (const auto limit = text_of(role, "auto_limit"); !limit.empty()) text += ", at most " + limit;
    } else {
        text = fmt::format("{} of {}", number_of(role, "approvals").value_or(1), joined(texts_of(role, "approvers")));
    }
    if (const auto hours = text_of(role, "hours"); !hours.empty()) text += ", " + hours;
    if (const auto reason = text_of(role, "reason"); !reason.empty()) text += ", reason with " + reason;
    if (const auto ticket = text_of(role, "ticket"); !ticket.empty()) text += ", ticket with " + ticket;
    return text;
}

std::string no_role(const std::string& user) {
    return fmt::format("No rule lets {} ask for a role here now. An admin can run: jitctl grant {} --for 30m --reason \"...\"",
                       user.empty() ? "you" : user, user.empty() ? "USER" : user);
}

Table role_table(const Json& roles) {
    Table table({"ROLE", "BECOMES", "BY", "AT MOST", "RULE", "WHO DECIDES"});
    for (const auto& role : roles)
        table.add({text_of(role, "role"), joined(texts_of(role, "run_as")), joined(texts_of(role, "services")),
                   core::format_duration(span(role, "max_duration_usec")), text_of(role, "rule"), decides(role)});
    return table;
}

}  // namespace

int run(const Context& context, const RequestOptions& options) {
    const auto request = ManagerClient(context.env)
                             .request({options.role, options.duration, options.reason, options.ticket, options.start,
                                       options.breakglass});
    if (!request) return context.out.fail(request.error());
    if (!options.wait || text_of(*request, "state") != "pending") return answer(context, *request);
    context.out.note(request_line(*request, context.env.now()));
    if (context.out.quiet() && !context.out.json()) {  // before the wait, which may be cut off
        context.out.text(shown(*request, "id") + "\n");
        std::fflush(context.env.out);
    }
    return wait_for(context, text_of(*request, "id"), options.timeout);
}

int run(const Context& context, const CancelOptions& options) {
    const auto request = ManagerClient(context.env).withdraw(options.id);
    if (!request) return context.out.fail(request.error());
    if (context.out.json())
        context.out.object(*request);
    else if (!context.out.quiet())
        context.out.text(request_line(*request, context.env.now()) + "\n");
    return static_cast<int>(Exit::ok);
}

int run(const Context& context, const WaitOptions& options) { return wait_for(context, options.id, options.timeout); }

int run(const Context& context, const RolesOptions& options) {
    const auto roles = ManagerClient(context.env).roles(options.user);
    if (!roles) return context.out.fail(roles.error());
    if (context.out.json()) {
        Json reply = Json::object();
        reply["roles"] = *roles;
        context.out.object(reply);
    } else if (context.out.quiet()) {
        for (const auto& role : *roles) context.out.text(shown(role, "role") + "\n");
    } else if (roles->empty()) {
        context.out.note(no_role(options.user));
    } else {
        context.out.table(role_table(*roles));
    }
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
