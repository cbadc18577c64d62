// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <pwd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "core/text.hpp"
#include "jitctl/file_verbs.hpp"
#include "jitctl/manager_client.hpp"
#include "jitctl/session_view.hpp"
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

/** What was meant may be a session: of that id, or what goes on after the grant. */
core::Error not_revoked(ManagerClient& client, core::Error error, RevokeWhat what, const std::string& id) {
    if (what != RevokeWhat::grant || exit_of(error.code) != Exit::not_found) return error;
    const auto sessions = client.sessions({});
    if (!sessions) return error;
    for (const auto& session : *sessions) {
        if (text_of(session, "id") == id)
            error.text = fmt::format("revoke: {0}: is a session: jitctl revoke --session {0} --reason \"...\"", id);
        const auto way = way_to_end(session);
        if (!way.empty() && text_of(session, "grant") == id) error.text += "; " + way;
    }
    return error;
}

bool has_account(const std::string& name) {
    errno = 0;
    // A user database that does not answer is no proof that there is none.
    return ::getpwnam(name.c_str()) != nullptr || (errno != 0 && errno != ENOENT);
}

/** A name that means nobody was mistyped: what should have ended goes on. */
bool means_nobody(ManagerClient& client, const std::string& user, const Json& result) {
    if (!result["ended"].empty() || !result["sessions"].empty() || has_account(user)) return false;
    ListFilter filter;
    filter.user = user;
    filter.all = true;
    const auto grants = client.grants(filter);
    return grants && grants->empty();
}

}  // namespace

int run(const Context& context, const RevokeOptions& options) {
    if (!options.edit.file.empty()) return revoke_in_file(context, options);
    const auto [what, whom] = target_of(options);
    ManagerClient client(context.env);
    const auto result = client.revoke(what, whom, options.reason);
    if (!result) return context.out.fail(not_revoked(client, result.error(), what, whom));
    if (what == RevokeWhat::user && means_nobody(client, whom, *result))
        return context.out.fail({"NOT_FOUND", fmt::format("revoke: {}: neither an account of this host nor one with grants; "
                                                          "see: jitctl list", whom)});
    if (context.out.json())
        context.out.object(*result);
    else if (!context.out.quiet())
        context.out.text(report(context, *result));
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
