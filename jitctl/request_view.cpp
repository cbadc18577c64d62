// SPDX-License-Identifier: Apache-2.0
#include "jitctl/request_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/duration.hpp"
#include "core/text.hpp"
#include "jitctl/view.hpp"
#include "jitctl/when.hpp"

namespace jit::ctl {
namespace {

std::string asks(const Json& request, const std::string& host) {
    const std::string kind = text_of(request, "kind");
    std::string text = text_of(request, "account");
    if (const auto uid = number_of(request, "uid")) text += fmt::format(" (uid {})", *uid);
    text += ", ";
    if (kind == "extension") text += fmt::format("more time for grant {}, ", text_of(request, "grant"));
    if (kind == "break-glass") text += "BREAK-GLASS, ";
    return text + fmt::format("role {} on {}", text_of(request, "role"), host.empty() ? "this host" : host);
}

std::string how_long(const Json& request, core::Usec span, core::Wall now) {
    const auto start = time_of(request, "start_usec");
    return core::format_duration(span) + (text_of(request, "kind") == "extension" ? " more" : "") +
           (start ? " from " + format_local(*start, now) : "");
}

std::string asked_for(const Json& request, core::Wall now) {
    const bool at_once = text_of(request, "kind") != "extension" && !time_of(request, "start_usec");
    return how_long(request, span(request, "duration_usec"), now) + (at_once ? " from the approval on" : "");
}

std::string why(const Json& request) {
    const std::string ticket = text_of(request, "ticket");
    return text_of(request, "reason") + (ticket.empty() ? "" : fmt::format(" (ticket {})", ticket));
}

std::string approval_line(const Json& approval, core::Wall now) {
    const std::string via = text_of(approval, "via");
    std::string text = text_of(approval, "principal");
    if (via == "rule") text = "at once, by the rule";
    if (via.starts_with("key:")) text += fmt::format(" by token (key {})", via.substr(4));
    if (number_of(approval, "duration_usec"))
        text += fmt::format(", for {} at most", core::format_duration(span(approval, "duration_usec")));
    if (const auto at = time_of(approval, "time_usec")) text += ", " + format_local(*at, now);
    if (const auto reason = text_of(approval, "reason"); !reason.empty()) text += ": " + reason;
    return text;
}

/** The shortest of what was asked for and what each approver allows. */
core::Usec allowed(const Json& request) {
    core::Usec out = span(request, "duration_usec");
    for (const auto& approval : request["approvals"])
        if (number_of(approval, "duration_usec")) out = std::min(out, span(approval, "duration_usec"));
    return out;
}

std::string refusal(const Json& request) {
    const std::string by = text_of(request, "denied_by"), reason = text_of(request, "denied_reason");
    return (by.empty() ? "by a new policy" : "by " + by) + (reason.empty() ? "" : ": " + reason);
}

std::string last_line(const Json& last, core::Wall now) {
    std::string text = fmt::format("grant {}, role {}", text_of(last, "grant"), text_of(last, "role"));
    const auto from = time_of(last, "not_before_usec"), until = time_of(last, "not_after_usec");
    if (from && until) text += fmt::format(", {} for {}", format_local(*from, now), core::format_duration(*until - *from));
    if (const auto state = text_of(last, "state"); !state.empty()) text += ", " + state;
    if (const auto reason = text_of(last, "reason"); !reason.empty()) text += ": " + reason;
    const auto sessions = number_of(last, "sessions").value_or(0);
    if (sessions == 0) return text + "; not used";
    text += fmt::format("; {} session{} ({})", sessions, sessions == 1 ? "" : "s", joined(texts_of(last, "targets")));
    if (const auto ended = number_of(last, "terminated"); ended && *ended > 0) text += fmt::format(", {} ended by JIT", *ended);
    if (const auto at = time_of(last, "last_usec")) text += ", the last until " + format_local(*at, now);
    return text;
}

}  // namespace

core::Usec span(const Json& object, std::string_view field) {
    return core::Usec(static_cast<std::int64_t>(number_of(object, field).value_or(0)));
}

std::string awaited(const Json& request) {
    if (text_of(request, "kind") == "break-glass") return "a token by a break-glass key";
    const auto needed = number_of(request, "needed").value_or(1);
    const auto have = request["approvals"].size();
    // A policy that asks for fewer than there are already takes effect with the next one.
    return fmt::format("{}{} of {}", have < needed ? needed - have : 1, have == 0 ? "" : " more",
                       joined(texts_of(request, "approvers")));
}

std::string time_left(const Json& request, core::Wall now) {
    const auto expires = time_of(request, "expires_usec");
    if (!expires) return "";
    return *expires >= now ? format_left(*expires, now) + " left" : "over since " + format_local(*expires, now);
}

std::string wanted(const Json& request) {
    const std::string kind = text_of(request, "kind"), role = "role " + text_of(request, "role");
    if (kind == "extension") return fmt::format("{} more of {}", core::format_duration(span(request, "duration_usec")), role);
    return kind == "break-glass" ? "BREAK-GLASS, " + role : role;
}

std::string request_line(const Json& request, core::Wall now) {
    const std::string id = shown(request, "id"), state = text_of(request, "state");
    const std::string what = core::escape(wanted(request));
    if (state == "approved")
        return fmt::format("request {} for {} is approved: grant {}, {}", id, what, shown(request, "grant"),
                           how_long(request, allowed(request), now));
    if (state == "denied") return fmt::format("request {} for {} is denied {}", id, what, core::escape(refusal(request)));
    if (state != "pending") return fmt::format("request {} for {} is {}", id, what, core::escape(state));
    const std::string left = time_left(request, now);
    return fmt::format("request {} for {} waits for {}{}{}", id, what, core::escape(awaited(request)),
                       left.empty() ? "" : ", ", left);
}

std::string describe_request(const Json& request, const std::string& host, core::Wall now) {
    std::string out = property("request", fmt::format("{}, {}", text_of(request, "id"), text_of(request, "state")));
    out += property("asks", asks(request, host));
    out += property("for", asked_for(request, now));
    out += property("reason", why(request));
    if (const auto made = time_of(request, "created_usec")) out += property("asked", format_local(*made, now));
    out += property("rule", text_of(request, "rule"));
    for (const auto& approval : request["approvals"]) out += property("approved", approval_line(approval, now));
    if (text_of(request, "state") == "denied") out += property("denied", refusal(request));
    if (text_of(request, "state") == "pending") {
        const auto expires = time_of(request, "expires_usec");
        out += property("waits for", awaited(request) + (expires ? fmt::format(", until {} ({})", format_local(*expires, now),
                                                                               time_left(request, now))
                                                                 : ""));
    }
    if (text_of(request, "kind") != "extension") out += property("grant", text_of(request, "grant"));
    if (request["last"].is_object()) out += property("last time", last_line(request["last"], now));
    return out;
}

Exit exit_of_request(const Json& request) {
    const std::string state = text_of(request, "state");
    if (state == "approved") return Exit::ok;
    return state == "pending" ? Exit::pending : Exit::denied;
}

}  // namespace jit::ctl
