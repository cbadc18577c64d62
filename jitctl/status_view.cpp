// SPDX-License-Identifier: Apache-2.0
#include "jitctl/status_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "jitctl/request_view.hpp"
#include "jitctl/session_view.hpp"
#include "jitctl/view.hpp"
#include "jitctl/when.hpp"

namespace jit::ctl {
namespace {

constexpr core::Usec kSoon = std::chrono::minutes(5);

/** The active grant that ends last: by it the person is still in. */
const Json* longest_active(const Json& status) {
    const Json* best = nullptr;
    for (const auto& grant : status["grants"]) {
        if (text_of(grant, "state") != "active") continue;
        if (best == nullptr ||
            number_of(grant, "not_after_usec") > number_of(*best, "not_after_usec"))
            best = &grant;
    }
    return best;
}

/** The session in this state that ends last. */
const Json* longest(const Json& status, std::string_view state) {
    const Json* best = nullptr;
    for (const auto& session : status["sessions"]) {
        if (text_of(session, "state") != state) continue;
        if (best == nullptr || number_of(session, "ends_usec") > number_of(*best, "ends_usec")) best = &session;
    }
    return best;
}

/** The session that this was typed in. */
const Json* session_around(const Json& status) {
    if (!flag_of(status, "inside")) return nullptr;
    for (const auto& session : status["sessions"])
        if (text_of(session, "id") == text_of(status, "session")) return &session;
    return nullptr;
}

std::string more_time(const Json& session) {
    return property("next", fmt::format("to go on, in a new session: jitctl request {} --for 30m --reason \"...\"",
                                        shown(session, "role", "ROLE")));
}

/** Nobody should have to guess what to do next. */
std::string idle_line(const Context& context, const Json& status, const std::string& who,
                      const std::string& host) {
    const std::string account = shown(status, "account");
    const std::string circle = context.out.styled(Style::dim, "\u25cb");
    if (account == "root") return fmt::format("{} {} on {} needs no grant.\n", circle, who, host);
    return fmt::format("{} {} is not elevated on {}: no grant is active.\n", circle, who, host) +
           property("next", status["requests"].empty() ? "jitctl roles says what to ask for: jitctl request ROLE --for 30m "
                                                         "--reason \"...\""
                                                       : "jitctl wait " + text_of(status["requests"][0], "id"));
}

/** An end, as far away as it is. */
struct Left {
    Style dot = Style::good;
    std::string text;  // "24min left (until 12:24:00)"
};

Left left_until(const Output& out, const std::optional<core::Wall>& until, core::Wall now) {
    Left left;
    if (!until) return left;
    if (*until - now < kSoon) left.dot = Style::warn;
    left.text = fmt::format("{} left (until {})", out.styled(left.dot, format_left(std::max(*until, now), now)),
                            format_local(*until, now));
    return left;
}

/** `is`: what the person is, in a session that is open or finishing. */
std::string session_headline(const Output& out, const Json& session, const std::string& is, core::Wall now) {
    const Left left = left_until(out, time_of(session, "ends_usec"), now);
    const std::string dot = out.styled(left.dot, "\u25cf"), grant = shown(session, "grant", "?");
    if (text_of(session, "state") != "finishing") return fmt::format("{} {} by grant {}, {}.\n", dot, is, grant, left.text);
    return fmt::format("{} {}, to finish what runs: grant {} is over, {}.\n", dot, is, grant, left.text) + more_time(session);
}

std::string headline(const Context& context, const Json& status) {
    const Output& out = context.out;
    const core::Wall now = context.env.now();
    const std::string who = out.styled(Style::bold, shown(status, "account", "?"));
    const std::string host = shown(status["host"], "name", "this host");
    if (flag_of(status, "locked"))
        return fmt::format("{} {} is locked on {}: no grant serves.\n", out.styled(Style::bad, "\u25cf"),
                           who, host) +
               property("next", fmt::format("an admin runs: jitctl unlock {}", shown(status, "account")));
    if (const Json* around = session_around(status)) {
        const std::string person = out.styled(Style::bold, shown(*around, "account", "?"));
        const std::string is = fmt::format("{} is {} on {}", person, shown(*around, "target", "?"), host);
        if (text_of(*around, "state") != "ending") return session_headline(out, *around, is, now);
        return fmt::format("{} {}, in a session that is told to end.\n", out.styled(Style::bad, "\u25cf"), is);
    }
    if (const Json* open = longest(status, "open"))
        return session_headline(out, *open, fmt::format("{} is elevated on {}: role {}", who, host, shown(*open, "role", "?")), now);
    if (const Json* grant = longest_active(status)) {
        const Left left = left_until(out, time_of(*grant, "not_after_usec"), now);
        return fmt::format("{} {} may elevate on {}: role {}{}{}.\n", out.styled(left.dot, "\u25cf"), who, host,
                           shown(*grant, "role", "?"), left.text.empty() ? "" : ", ", left.text);
    }
    if (const Json* finishing = longest(status, "finishing"))
        return session_headline(out, *finishing, fmt::format("{} is still elevated on {}", who, host), now);
    return idle_line(context, status, who, host);
}

std::string grant_line(const Context& context, const Json& grant) {
    const core::Wall now = context.env.now();
    std::string line = fmt::format("{}  role {}", text_of(grant, "id"), text_of(grant, "role"));
    const auto services = texts_of(grant, "services");
    const auto targets = texts_of(grant, "run_as");
    if (!services.empty()) line += fmt::format(" by {}", joined(services));
    if (!targets.empty()) line += fmt::format(" as {}", joined(targets));
    line += ", " + grant_when(grant, now);
    if (const auto code = text_of(grant, "code");
        !code.empty() && text_of(grant, "state") != "active")
        line += " [" + code + "]";
    if (const auto reason = text_of(grant, "reason"); !reason.empty()) line += ": " + reason;
    return property("grant", line);
}

std::string request_line_of(const Json& request, core::Wall now) {
    const std::string left = time_left(request, now);
    return property("request", fmt::format("{}  {}, waits for {}{}{}: {}", text_of(request, "id"), wanted(request),
                                           awaited(request), left.empty() ? "" : ", ", left, text_of(request, "reason")));
}

/** A break-glass use that nobody has looked at. */
std::string alarm(const Context& context, const Json& grant) {
    const std::string what = fmt::format("{} got role {}: {}", shown(grant, "account"), shown(grant, "role"),
                                         shown(grant, "reason"));
    return fmt::format("{:>12}  {}\n", "BREAK-GLASS", context.out.styled(Style::bad, what)) +
           property("next", fmt::format("an admin looks at it: jitctl log --grant {0}, and says so: jitctl show {0} --reviewed",
                                        text_of(grant, "id")));
}

std::string file_line(const Context& context, const Json& file) {
    const Output& out = context.out;
    const core::Wall now = context.env.now();
    const std::string state = shown(file, "state", "none");
    std::string line = state;
    if (const auto serial = number_of(file, "serial")) line += fmt::format(", serial {}", *serial);
    if (const auto ends = time_of(file, "expires_usec"))
        line +=
            fmt::format(", {} {}", *ends >= now ? "good until" : "ended", format_local(*ends, now));
    std::string text = property("file", line);
    const std::string code = shown(file, "code");
    if (code.empty()) return text;
    const std::string why = shown(file, "text", "the delivered file is refused");
    return text + fmt::format("{:>12}  {}\n", "", out.styled(Style::warn, why + " [" + code + "]"));
}

std::string session_line(const Json& session, const Json& status, core::Wall now) {
    const bool this_one = flag_of(status, "inside") && text_of(session, "id") == text_of(status, "session");
    return property("session", fmt::format("{}  {}{}", text_of(session, "id"), session_words(session, now),
                                           this_one ? ": here" : ""));
}

}  // namespace

std::string prompt_text(const Json& status, core::Wall now) {
    if (const Json* around = session_around(status)) {
        const std::string state = text_of(*around, "state"), role = shown(*around, "role", "?");
        if (state == "ending") return fmt::format("[{} ending]", role);
        return fmt::format("[{}{} {}]", role, state == "finishing" ? " finishing" : "", session_left(*around, now));
    }
    const Json* grant = flag_of(status, "locked") ? nullptr : longest_active(status);
    if (grant == nullptr) return {};
    const auto until = time_of(*grant, "not_after_usec");
    return fmt::format("[{}{}]", shown(*grant, "role", "?"), until ? " " + format_left(*until, now) : "");
}

std::string status_text(const Context& context, const Json& status) {
    std::string text = headline(context, status);
    for (const auto& session : status["sessions"]) text += session_line(session, status, context.env.now());
    for (const auto& grant : status["grants"]) text += grant_line(context, grant);
    for (const auto& request : status["requests"]) text += request_line_of(request, context.env.now());
    if (const auto waiting = number_of(status, "to_decide"); waiting && *waiting > 0)
        text += property("to decide", fmt::format("{} request{} for your word: jitctl list requests", *waiting,
                                                  *waiting == 1 ? " waits" : "s wait"));
    for (const auto& grant : status["breakglass"]) text += alarm(context, grant);
    if (status["file"].is_object()) text += file_line(context, status["file"]);
    if (const auto state = text_of(status, "state"); !state.empty() && state != "ok")
        text += fmt::format(
            "{:>12}  {}\n", "state",
            context.out.styled(
                Style::bad,
                shown(status, "state") +
                    ": jitd can't use its state and nobody elevates; see: journalctl -u jitd"));
    return text;
}

}  // namespace jit::ctl
