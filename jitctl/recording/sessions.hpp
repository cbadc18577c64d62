// SPDX-License-Identifier: Apache-2.0
// Which session is which recording: what the records `session.opened` say.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "trail/filter.hpp"

namespace jit::ctl::recording {

/** An elevated session, still going on or over. */
struct Session {
    std::string id, grant, user, target;
    std::uint32_t uid = 0;  // the person's
    std::uint32_t pid = 0;  // of the sudo process, in that boot; 0: not known
    std::string boot;
    core::Wall opened;
    std::string service;    // of PAM
    std::string recording;  // its directory below that of all recordings; empty: not recorded
};

/** Oldest first; of a filter `event` is not looked at. UNREADABLE tells who may read. */
core::Result<std::vector<Session>> read_sessions(trail::JournalFilter filter);
/** The session of this id; code NOT_FOUND. */
core::Result<Session> find_session(const std::string& id);

/** The last session that was recorded at the same place, if it is a later one: sudo's counter began again, and what is there
    is that one's. Null: none. `all` is what read_sessions gives. */
const Session* overwritten_by(const Session& session, const std::vector<Session>& all);

/** Its recording's directory below `root`. NOT_FOUND: it was not recorded, or is gone. UNREADABLE tells who may read. */
core::Result<std::string> directory_of(const Session& session, const std::string& root);

}  // namespace jit::ctl::recording
