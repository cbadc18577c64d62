// SPDX-License-Identifier: Apache-2.0
// A recorded session by its id, ready to be read.
#pragma once

#include <optional>
#include <string>

#include "jitctl/recording/recording.hpp"
#include "jitctl/recording/sessions.hpp"

namespace jit::ctl::recording {

struct Opened {
    Session session;
    std::string directory;
    Recording recording;
};

/** Below `root`. Codes of find_session, directory_of and Recording::open; NOT_FOUND also: another session overwrote it. */
core::Result<Opened> open_session(const std::string& id, const std::string& root);
/** What to say when it was read to its end and something of it is missing. Code UNREADABLE. */
std::optional<core::Error> damage_of(const Opened& opened);

}  // namespace jit::ctl::recording
