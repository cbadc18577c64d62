// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/duration.hpp"
#include "jitctl/manager_client.hpp"
#include "jitctl/request_view.hpp"
#include "jitctl/session_view.hpp"
#include "jitctl/verb.hpp"
#include "jitctl/view.hpp"
#include "jitctl/when.hpp"

namespace jit::ctl {
namespace {

/** What is left of an active grant, or how long until a scheduled one begins. */
std::string left_cell(const Json& grant, core::Wall now) {
    const bool active = text_of(grant, "state") == "active";
    const bool scheduled = text_of(grant, "state") == "scheduled";
    const auto time = time_of(grant, scheduled ? "not_before_usec" : "not_after_usec");
    if (!time || !(active || scheduled)) return "-";
    return (scheduled ? "in " : "") + format_left(*time, now);
}

Table grant_table(const Context& context, const Json& grants) {
    const core::Wall now = context.env.now();
    Table table({"ID", "USER", "ROLE", "STATE", "LEFT", "ENDS", "REASON"});
    for (const auto& grant : grants)
        table.add({text_of(grant, "id"), text_of(grant, "account"), text_of(grant, "role"),
                   text_of(grant, "state"), left_cell(grant, now),
                   cell_time(context.out, time_of(grant, "not_after_usec"), now),
                   text_of(grant, "reason")});
    return table;
}

/** On a terminal what fits 80 columns; to scripts the times and the grant, too. */
Table session_table(const Context& context, const Json& sessions) {
    const core::Wall now = context.env.now();
    const bool terminal = context.out.terminal();
    Table table(terminal ? std::vector<std::string>{"ID", "USER", "AS", "BY", "STATE", "LEFT", "TTY"}
                         : std::vector<std::string>{"ID", "USER", "TARGET", "SERVICE", "TTY", "OPENED", "ENDS", "GRANT", "STATE"});
    for (const auto& session : sessions) {
        const auto text = [&](std::string_view field) { return text_of(session, field); };
        const auto time = [&](std::string_view field) { return cell_time(context.out, time_of(session, field), now); };
        if (terminal)
            table.add({text("id"), text("account"), text("target"), text("service"), text("state"), session_left(session, now),
                       session_tty(session)});
        else
            table.add({text("id"), text("account"), text("target"), text("service"), text("tty"), time("opened_usec"),
                       time("ends_usec"), text("grant"), text("state")});
    }
    return table;
}

Table lock_table(const Context& context, const Json& locks) {
    const core::Wall now = context.env.now();
    Table table({"USER", "SINCE", "BY", "REASON"});
    for (const auto& lock : locks)
        table.add({text_of(lock, "account"), cell_time(context.out, time_of(lock, "at_usec"), now),
                   text_of(lock, "by"), text_of(lock, "reason")});
    return table;
}

Table request_table(const Context& context, const Json& requests) {
    const core::Wall now = context.env.now();
    Table table({"ID", "USER", "ROLE", "FOR", "STATE", "WAITS FOR", "UNTIL", "REASON"});
    for (const auto& request : requests) {
        const bool pending = text_of(request, "state") == "pending";
        const std::string more = text_of(request, "kind") == "extension" ? "+" : "";
        table.add({text_of(request, "id"), text_of(request, "account"), text_of(request, "role"),
                   more + core::format_duration(span(request, "duration_usec")),
                   text_of(request, "state"), pending ? awaited(request) : "-",
                   cell_time(context.out, time_of(request, "expires_usec"), now), text_of(request, "reason")});
    }
    return table;
}

Table table_of(const Context& context, const std::string& what, const Json& objects) {
    if (what == "requests") return request_table(context, objects);
    if (what == "locks") return lock_table(context, objects);
    return what == "sessions" ? session_table(context, objects) : grant_table(context, objects);
}

core::Result<Json> ask(ManagerClient& client, const ListOptions& options, ListFilter filter) {
    if (options.what == "locks") return client.locks();
    if (options.what == "grants") return client.grants(filter);
    if (options.what == "requests") return client.requests(filter);
    filter.all = false;  // what is over is in the log
    return client.sessions(filter);
}

void print(const Context& context, const ListOptions& options, const Json& objects) {
    const bool locks = options.what == "locks";
    if (context.out.quiet()) {
        for (const auto& object : objects)
            context.out.text(shown(object, locks ? "account" : "id") + "\n");
        return;
    }
    if (objects.empty()) {
        const std::string_view which = options.all || locks ? "" : options.what == "requests" ? "pending " : "live ";
        return context.out.note(fmt::format("No {}{}.", which, options.what));
    }
    context.out.table(table_of(context, options.what, objects));
    if (context.out.options().legend && context.out.terminal()) {
        const auto noun = std::string_view(options.what).substr(0, options.what.size() - 1);
        context.out.note(
            fmt::format("{} {}{}.", objects.size(), noun, objects.size() == 1 ? "" : "s"));
    }
}

}  // namespace

int run(const Context& context, const ListOptions& options) {
    ManagerClient client(context.env);
    const auto objects = ask(client, options, {options.user, options.all, options.mine});
    if (!objects) return context.out.fail(objects.error());
    if (context.out.json()) {
        Json reply = Json::object();
        reply[options.what] = *objects;
        context.out.object(reply);
    } else {
        print(context, options, *objects);
    }
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
