// SPDX-License-Identifier: Apache-2.0
#include "jitctl/session_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "jitctl/view.hpp"
#include "jitctl/when.hpp"

namespace jit::ctl {

std::string session_tty(const Json& session) {
    constexpr std::string_view kFolder = "/dev/";
    const std::string tty = text_of(session, "tty");
    return tty.starts_with(kFolder) ? tty.substr(kFolder.size()) : tty;
}

std::string session_left(const Json& session, core::Wall now) {
    const auto ends = time_of(session, "ends_usec");
    if (!ends || text_of(session, "state") == "ending") return "-";
    return format_left(std::max(*ends, now), now);
}

std::string session_words(const Json& session, core::Wall now) {
    const std::string state = text_of(session, "state"), tty = session_tty(session);
    std::string text = fmt::format("{} to {}", text_of(session, "service"), text_of(session, "target"));
    if (!tty.empty()) text += " on " + tty;
    if (state == "ending") return text + ", is told to end";
    if (state == "opening") text += ", is opening";
    if (!time_of(session, "ends_usec")) return text;
    return text + (state == "finishing" ? ", may finish within " : ", ") + session_left(session, now) +
           (state == "finishing" ? "" : " left");
}

std::string way_to_end(const Json& session) {
    if (text_of(session, "state") != "finishing") return {};
    return fmt::format("session {0} may still finish what runs: leave it, or root ends it: jitctl revoke --session {0} "
                       "--reason \"...\"", text_of(session, "id"));
}

std::string ends_before(const Json& session, const Json& grant, core::Wall now) {
    const auto until = time_of(grant, "not_after_usec");
    const auto backstop = time_of(session, "backstop_usec"), ends = time_of(session, "ends_usec");
    if (text_of(grant, "state") != "active" || text_of(session, "state") == "ending") return {};
    if (!until || !ends || !backstop || *backstop >= *until) return {};
    const std::string tty = session_tty(session);
    return fmt::format("session {}{} ends at {} all the same: elevate again after it", text_of(session, "id"),
                       tty.empty() ? "" : " on " + tty, format_local(*ends, now));
}

void note_ends_before(const Context& context, ManagerClient& client, const Json& grant) {
    if (context.out.quiet() || context.out.json()) return;
    ListFilter filter;
    filter.user = text_of(grant, "account");
    const auto sessions = client.sessions(filter);
    if (!sessions) return;  // not for this caller to see
    for (const auto& session : *sessions) {
        const auto line = ends_before(session, grant, context.env.now());
        if (!line.empty()) context.out.note(line);
    }
}

}  // namespace jit::ctl
