// SPDX-License-Identifier: Apache-2.0
// The commands of elevated sessions, out of what sudo wrote into the journal: the first by its policy, those below it by
// log_subcmds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jitctl/recording/sessions.hpp"

namespace jit::ctl::recording {

/** A line of sudo's; all but the message is journald's own knowledge of the sender. */
struct SudoLine {
    std::uint64_t time_usec = 0;
    std::string boot;
    std::uint32_t pid = 0, uid = 0;  // sudo's real uid: the person's
    std::string unit;
    std::string message;
};

/** What a line says of a command, as sudo wrote it: control characters as #ooo. */
struct SudoCommand {
    std::string cwd, run_as, command;
    std::vector<std::string> log_ids;  // TSID, the last part of its recording's path; of a line in doubt all it may be
};

/**
 * None: it is of no command. sudo escapes no delimiter, and who runs it chooses directory, variables and arguments. A line
 * that can be read in more than one way is therefore no better than its worst reading: all of it is the command then, and
 * cwd and run_as are empty.
 */
std::optional<SudoCommand> parse_sudo_line(std::string_view message);

struct Command {
    std::uint64_t time_usec = 0;
    const Session* session = nullptr;
    SudoCommand what;
};

/** By time. A line is of a session when its sender was the session's own sudo, by what the kernel says of pid and uid: the
    last one before the session was opened, those of the seconds after, later those from inside its scope, so that a pid
    which is used again is another's. */
std::vector<Command> commands_of(const std::vector<Session>& sessions, const std::vector<SudoLine>& lines);

/** The lines of sudo that are of one of the sessions, perhaps. Code UNREADABLE. */
core::Result<std::vector<SudoLine>> read_sudo_lines(const std::vector<Session>& sessions);

}  // namespace jit::ctl::recording
