// SPDX-License-Identifier: Apache-2.0
// A recorded session by its id, ready to be read.
#pragma once

#include <string>

#include "jitctl/recording/recording.hpp"
#include "jitctl/recording/sessions.hpp"

namespace jit::ctl::recording {

struct Opened {
    Session session;
    std::string directory;
    Recording recording;
};

/** Below `root`. Codes of find_session, directory_of and Recording::open. */
core::Result<Opened> open_session(const std::string& id, const std::string& root);

}  // namespace jit::ctl::recording
