// SPDX-License-Identifier: Apache-2.0
#include "jitctl/recording/sudo_commands.hpp"

#include <algorithm>
#include <iterator>
#include <map>

namespace jit::ctl::recording {
namespace {

constexpr std::string_view kCommand = "COMMAND=", kBetween = " ; ", kContinued = "(command continued) ";
constexpr std::uint64_t kBefore = 60'000'000, kUnnoticed = 5'000'000;  // microseconds

/** What follows "    alice : "; none: sudo did not write it so. */
std::optional<std::string_view> after_name(std::string_view message) {
    const std::size_t begin = std::min(message.find_first_not_of(' '), message.size());
    const std::size_t colon = message.find(" : ", begin);
    if (colon == std::string_view::npos) return std::nullopt;
    return message.substr(colon + 3);
}

/** A command too long for one line goes on in the next of the same sender. */
std::vector<SudoLine> joined(const std::vector<SudoLine>& lines) {
    std::vector<SudoLine> out;
    for (const auto& line : lines) {
        const auto text = after_name(line.message);
        if (!text) continue;
        if (!text->starts_with(kContinued)) {
            out.push_back(line);
            continue;
        }
        const auto begun = std::find_if(out.rbegin(), out.rend(), [&](const SudoLine& before) {
            return before.pid == line.pid && before.uid == line.uid && before.boot == line.boot;
        });
        if (begun != out.rend()) begun->message += " " + std::string(text->substr(kContinued.size()));
    }
    return out;
}

/** Below the first. journald notices a move to another scope a second or two later. */
bool is_inside(const SudoLine& line, const Session& session) {
    const std::uint64_t opened = core::to_usec(session.opened);
    return line.time_usec > opened && (line.unit == "jit-" + session.id + ".scope" || line.time_usec <= opened + kUnnoticed);
}

bool same_person(const SudoLine& line, const Session& session) { return line.uid == session.uid && line.boot == session.boot; }

std::string last_part(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/** sudo -b logs in the process that leaves the rest to a child: only the id of the I/O log is in common. */
bool same_log(const SudoCommand& command, const Session& session) {
    return !session.recording.empty() && command.log_id == last_part(session.recording);
}

/** What the session began with. The person can have written lines from the same process before it became sudo, none after:
    the last one counts. Where the process is another, whoever knew the id could write: all are shown, so none is hidden. */
void add_first(std::vector<Command>& out, const Session& session, const std::vector<SudoLine>& lines) {
    const std::uint64_t opened = core::to_usec(session.opened);
    auto line = std::ranges::lower_bound(lines, opened - kBefore, {}, &SudoLine::time_usec);
    std::vector<Command> own, others;
    for (; line != lines.end() && line->time_usec <= opened; ++line) {
        if (!same_person(*line, session)) continue;
        auto command = parse_sudo_line(line->message);
        if (!command) continue;
        if (line->pid == session.pid)
            own.assign(1, Command{line->time_usec, &session, *std::move(command)});
        else if (same_log(*command, session))
            others.push_back(Command{line->time_usec, &session, *std::move(command)});
    }
    std::ranges::move(own.empty() ? others : own, std::back_inserter(out));
}

}  // namespace

std::optional<SudoCommand> parse_sudo_line(std::string_view message) {
    auto text = after_name(message);
    if (!text) return std::nullopt;
    SudoCommand out;
    while (!text->starts_with(kCommand)) {
        const std::size_t end = text->find(kBetween);
        if (end == std::string_view::npos) return std::nullopt;
        const std::string_view field = text->substr(0, end);
        const auto take = [&](std::string_view name, std::string& to) {
            if (to.empty() && field.starts_with(name)) to = field.substr(name.size());
        };
        take("PWD=", out.cwd);
        take("USER=", out.run_as);
        take("TSID=", out.log_id);
        if (field.starts_with("EXIT=") || field.starts_with("SIGNAL=")) return std::nullopt;  // log_exit_status: told before
        text->remove_prefix(end + kBetween.size());
    }
    out.log_id = out.log_id.substr(0, out.log_id.find('@'));  // "@0.12" of a command below the first
    out.command = text->substr(kCommand.size());
    return out;
}

std::vector<Command> commands_of(const std::vector<Session>& sessions, const std::vector<SudoLine>& lines) {
    auto whole = joined(lines);
    std::ranges::stable_sort(whole, {}, &SudoLine::time_usec);
    std::map<std::uint32_t, std::vector<const SudoLine*>> by_pid;
    for (const auto& line : whole) by_pid[line.pid].push_back(&line);

    std::vector<Command> out;
    for (const auto& session : sessions) {
        if (session.pid == 0) continue;
        add_first(out, session, whole);
        for (const SudoLine* line : by_pid[session.pid]) {
            if (!same_person(*line, session) || !is_inside(*line, session)) continue;
            if (auto command = parse_sudo_line(line->message))
                out.push_back(Command{line->time_usec, &session, *std::move(command)});
        }
    }
    std::ranges::stable_sort(out, {}, &Command::time_usec);
    return out;
}

}  // namespace jit::ctl::recording
