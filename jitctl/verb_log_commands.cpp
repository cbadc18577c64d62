// SPDX-License-Identifier: Apache-2.0
// log --commands: what was run in elevated sessions, as sudo noted it in the journal.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/text.hpp"
#include "jitctl/paged.hpp"
#include "jitctl/recording/sudo_commands.hpp"
#include "jitctl/log_commands.hpp"

namespace jit::ctl {
namespace {

using recording::Command;

void show(const Output& out, const Command& command) {
    const recording::Session& session = *command.session;
    if (out.json()) {
        out.line({{"time_usec", command.time_usec},
                  {"session", session.id},
                  {"grant", session.grant},
                  {"user", session.user},
                  {"target", session.target},
                  {"command", command.what.command},
                  {"cwd", command.what.cwd}});
        return;
    }
    out.text(fmt::format("{} {} user={} target={} cwd={}: {}\n", out.time(core::from_usec(command.time_usec)), session.id,
                         core::escape(session.user), core::escape(session.target), core::escape(command.what.cwd),
                         out.styled(Style::bold, core::escape(command.what.command))));
}

bool wanted(const Command& command, const LogOptions& options) {
    return (!options.since || command.time_usec >= core::to_usec(*options.since)) &&
           (!options.until || command.time_usec <= core::to_usec(*options.until));
}

/** What to say when there is nothing to show. Only a session of sudo has lines of sudo. */
const char* nothing(const std::vector<recording::Session>& sessions, const trail::JournalFilter& filter, bool has_lines) {
    const bool one = !filter.session.empty() || !filter.grant.empty();
    const bool of_sudo = std::ranges::any_of(sessions, [](const auto& session) { return session.service.starts_with("sudo"); });
    return one && of_sudo && !has_lines ? "No lines of sudo for it in the journal: see jitctl doctor." : "No commands.";
}

}  // namespace

int run_log_commands(const Context& context, const LogOptions& options, const trail::JournalFilter& filter) {
    const auto sessions = recording::read_sessions(filter);
    if (!sessions) return context.out.fail(sessions.error());
    if (sessions->empty() && !options.session.empty())
        return context.out.fail({"NOT_FOUND", options.session + ": the journal has no such session. See: jitctl log"});
    const auto lines = recording::read_sudo_lines(*sessions);
    if (!lines) return context.out.fail(lines.error());
    auto commands = recording::commands_of(*sessions, *lines);
    const bool has_lines = !commands.empty();
    std::erase_if(commands, [&](const Command& command) { return !wanted(command, options); });
    if (options.lines && commands.size() > *options.lines)
        commands.erase(commands.begin(), commands.end() - static_cast<std::ptrdiff_t>(*options.lines));
    if (options.reverse) std::ranges::reverse(commands);

    const Paged paged(context, true);
    for (const Command& command : commands)
        if (paged.good()) show(paged.out(), command);
    if (commands.empty()) context.out.note(nothing(*sessions, filter, has_lines));
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
