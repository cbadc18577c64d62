// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/duration.hpp"
#include "core/text.hpp"
#include "jitctl/manager_client.hpp"
#include "jitctl/request_view.hpp"
#include "jitctl/verb.hpp"
#include "jitctl/view.hpp"
#include "jitctl/when.hpp"

namespace jit::ctl {
namespace {

constexpr core::Usec kPromptTimeout =
    std::chrono::milliseconds(300);  // a shell prompt waits for it
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

int prompt(const Context& context) {
    const auto status = ManagerClient(context.env).status(kPromptTimeout);
    if (!status || flag_of(*status, "locked")) return static_cast<int>(Exit::ok);
    const Json* grant = longest_active(*status);
    if (grant == nullptr) return static_cast<int>(Exit::ok);
    const auto until = time_of(*grant, "not_after_usec");
    const std::string left = until ? " " + format_left(*until, context.env.now()) : "";
    context.out.text(fmt::format("[{}{}]\n", shown(*grant, "role", "?"), left));
    return static_cast<int>(Exit::ok);
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

std::string headline(const Context& context, const Json& status) {
    const Output& out = context.out;
    const core::Wall now = context.env.now();
    const std::string who = out.styled(Style::bold, shown(status, "account", "?"));
    const std::string host = shown(status["host"], "name", "this host");
    const bool inside = !text_of(status, "session").empty();
    if (flag_of(status, "locked"))
        return fmt::format("{} {} is locked on {}: no grant serves.\n", out.styled(Style::bad, "\u25cf"),
                           who, host) +
               property("next", fmt::format("an admin runs: jitctl unlock {}", shown(status, "account")));
    const Json* grant = longest_active(status);
    if (grant == nullptr && !inside) return idle_line(context, status, who, host);

    std::string left;
    Style dot = Style::good;
    if (const auto until = grant != nullptr ? time_of(*grant, "not_after_usec") : std::nullopt) {
        if (*until - now < kSoon) dot = Style::warn;
        left = fmt::format(", {} left (until {})", out.styled(dot, format_left(*until, now)),
                           format_local(*until, now));
    }
    const std::string role = grant != nullptr ? shown(*grant, "role", "?") : "?";
    if (inside)
        return fmt::format("{} {} is elevated on {}: role {}{}.\n", out.styled(dot, "\u25cf"), who,
                           host, role, left);
    return fmt::format("{} {} may elevate on {}: role {}{}.\n", out.styled(dot, "\u25cf"), who,
                       host, role, left);
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
    return property("request", fmt::format("{}  role {}, waits for {}{}{}: {}", text_of(request, "id"), text_of(request, "role"),
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

std::string report(const Context& context, const Json& status) {
    std::string text = headline(context, status);
    text += property("session", text_of(status, "session"));
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

}  // namespace

int run(const Context& context, const StatusOptions& options) {
    if (options.prompt) return prompt(context);
    const auto status = ManagerClient(context.env).status();
    if (!status) return context.out.fail(status.error());
    if (context.out.json())
        context.out.object(*status);
    else
        context.out.text(report(context, *status));
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
