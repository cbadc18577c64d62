// SPDX-License-Identifier: Apache-2.0
#include "jitctl/recording/opened.hpp"

#include <utility>

namespace jit::ctl::recording {

core::Result<Opened> open_session(const std::string& id, const std::string& root) {
    auto session = find_session(id);
    if (!session) return session.failure();
    auto directory = directory_of(*session, root);
    if (!directory) return directory.failure();
    auto recording = Recording::open(*directory);
    if (!recording) return recording.failure();
    return Opened{*std::move(session), *std::move(directory), *std::move(recording)};
}

}  // namespace jit::ctl::recording
