// SPDX-License-Identifier: Apache-2.0
// A later end, or an earlier one: extend, done.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/text.hpp"
#include "jitctl/manager_client.hpp"
#include "jitctl/request_view.hpp"
#include "jitctl/session_view.hpp"
#include "jitctl/verb.hpp"
#include "jitctl/view.hpp"
#include "jitctl/when.hpp"

namespace jit::ctl {
namespace {

/** A grant that is over can't be given back; what is finishing under it ends otherwise. */
core::Error not_given_back(ManagerClient& client, core::Error error, const std::string& grant) {
    if (exit_of(error.code) != Exit::not_found) return error;
    const auto status = client.status();
    if (!status) return error;
    for (const auto& session : (*status)["sessions"]) {
        const auto way = way_to_end(session);
        if (!way.empty() && (grant.empty() || text_of(session, "grant") == grant)) error.text += "; " + way;
    }
    return error;
}

}  // namespace

int run(const Context& context, const ExtendOptions& options) {
    ManagerClient client(context.env);
    const auto found = client.extend(options.id, options.duration, options.reason, options.ticket);
    if (!found) return context.out.fail(found.error());
    const Json& object = (*found)["object"];
    const bool waits = text_of(*found, "kind") == "request";
    const auto now = context.env.now();
    if (context.out.json()) {
        context.out.object(*found);
    } else if (waits && context.out.quiet()) {
        context.out.text(shown(object, "id") + "\n");
    } else if (waits) {
        context.out.text(request_line(object, now) + "\n");
        if (text_of(object, "state") == "pending")
            context.out.note(fmt::format("The grant keeps its end until then. Wait for it: jitctl wait {}",
                                         text_of(object, "id")));
    } else if (!context.out.quiet()) {
        const auto until = time_of(object, "not_after_usec");
        context.out.text(fmt::format("grant {} goes on until {} ({} left)\n", shown(object, "id"),
                                     until ? format_local(*until, now) : "?", until ? format_left(*until, now) : "?"));
        note_ends_before(context, client, object);
    }
    return static_cast<int>(waits ? exit_of_request(object) : Exit::ok);
}

int run(const Context& context, const DoneOptions& options) {
    ManagerClient client(context.env);
    const auto result = client.release(options.id);
    if (!result) return context.out.fail(not_given_back(client, result.error(), options.id));
    if (context.out.json()) {
        context.out.object(*result);
        return static_cast<int>(Exit::ok);
    }
    if (context.out.quiet()) return static_cast<int>(Exit::ok);
    for (const auto& id : texts_of(*result, "ended")) context.out.text(fmt::format("gave back grant {}\n", core::escape(id)));
    for (const auto& id : texts_of(*result, "sessions"))
        context.out.text(fmt::format("told session {} to stop\n", core::escape(id)));
    for (const auto& id : texts_of(*result, "still"))
        context.out.text(context.out.styled(Style::warn, fmt::format("still yours: grant {}", core::escape(id))) + "\n");
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
