// SPDX-License-Identifier: Apache-2.0
#include "jitctl/recording/sudo_commands.hpp"

#include <algorithm>
#include <iterator>
#include <map>

namespace jit::ctl::recording {
namespace {

constexpr std::string_view kBetween = " ; ", kUser = " ; USER=", kCommand = " ; COMMAND=", kContinued = "(command continued) ";
constexpr auto npos = std::string_view::npos;
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
    return !session.recording.empty() &&
           std::ranges::find(command.log_ids, last_part(session.recording)) != command.log_ids.end();
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

/** Takes "NAME=value ; " off the front. */
std::optional<std::string_view> take(std::string_view& rest, std::string_view name) {
    if (!rest.starts_with(name)) return std::nullopt;
    const std::size_t end = rest.find(kBetween);
    if (end == npos) return std::nullopt;
    const auto value = rest.substr(name.size(), end - name.size());
    rest.remove_prefix(end + kBetween.size());
    return value;
}

/** The ways to read what comes after the directory, "USER= [GROUP=] [TSID=] [ENV=] COMMAND=" in this order. */
struct Readings {
    std::size_t count = 0;  // 2: more than one
    std::size_t user = 0;   // where the first one's kUser is
    std::string_view run_as, command;
};

Readings readings_of(std::string_view text) {
    Readings out;
    for (std::size_t at = text.find(kUser); at != npos && out.count < 2; at = text.find(kUser, at + 1)) {
        std::string_view rest = text.substr(at + kBetween.size());
        const auto run_as = take(rest, "USER=");
        if (!run_as) break;
        (void)take(rest, "GROUP=");
        (void)take(rest, "TSID=");
        std::size_t begin = rest.starts_with("COMMAND=") ? 0 : npos;
        if (rest.starts_with("ENV=")) {
            begin = rest.find(kCommand);
            if (begin == npos) break;
            begin += kBetween.size();
            if (rest.find(kCommand, begin) != npos) ++out.count;
        }
        if (begin == npos) continue;
        if (out.count++ == 0) {
            out.user = at;
            out.run_as = *run_as;
            out.command = rest.substr(begin + std::string_view("COMMAND=").size());
        }
    }
    return out;
}

/** The directory in "TTY=pts/0 ; PWD=/tmp"; none: CHROOT, which can have any name, too, leaves it open. */
std::optional<std::string_view> directory_in(std::string_view text) {
    bool chroot = false;
    while (!text.starts_with("PWD=")) {
        chroot |= text.starts_with("CHROOT=");
        const std::size_t end = text.find(kBetween);
        if (end == npos) return std::nullopt;
        text.remove_prefix(end + kBetween.size());
    }
    if (chroot && text.find(" ; PWD=") != npos) return std::nullopt;
    return text.substr(std::string_view("PWD=").size());
}

std::vector<std::string> log_ids_in(std::string_view text) {
    constexpr std::string_view kLog = " ; TSID=";
    std::vector<std::string> out;
    for (std::size_t at = text.find(kLog); at != npos; at = text.find(kLog)) {
        text.remove_prefix(at + kLog.size());
        const auto value = text.substr(0, text.find(kBetween));
        out.emplace_back(value.substr(0, value.find('@')));  // "@0.12" of a command below the first
    }
    return out;
}

}  // namespace

std::optional<SudoCommand> parse_sudo_line(std::string_view message) {
    const auto text = after_name(message);
    if (!text || (!text->starts_with(kCommand.substr(kBetween.size())) && text->find(kCommand) == npos)) return std::nullopt;
    SudoCommand out;
    const auto readings = readings_of(*text);
    const auto cwd = readings.count == 1 ? directory_in(text->substr(0, readings.user)) : std::nullopt;
    if (cwd) {
        out.cwd = *cwd;
        out.run_as = readings.run_as;
        out.command = readings.command;
        out.log_ids = log_ids_in(text->substr(0, text->size() - out.command.size()));
    } else {
        out.command = *text;
        out.log_ids = log_ids_in(*text);
    }
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
