// SPDX-License-Identifier: Apache-2.0
#include "jitctl/recording/opened.hpp"

#include <fmt/format.h>

#include <utility>

namespace jit::ctl::recording {

core::Result<Opened> open_session(const std::string& id, const std::string& root) {
    auto session = find_session(id);
    if (!session) return session.failure();
    auto directory = directory_of(*session, root);
    if (!directory) return directory.failure();
    const auto all = read_sessions({});
    if (!all) return all.failure();
    if (const Session* later = overwritten_by(*session, *all))
        return core::fail("NOT_FOUND", fmt::format("{}: the recording of session {} was overwritten by session {}", *directory,
                                                   session->id, later->id));
    auto recording = Recording::open(*directory);
    if (!recording) return recording.failure();
    return Opened{*std::move(session), *std::move(directory), *std::move(recording)};
}

std::optional<core::Error> damage_of(const Opened& opened) {
    if (opened.recording.damage().empty()) return std::nullopt;
    return core::Error{"UNREADABLE", fmt::format("the recording of session {} is damaged, this is what could be read: {}. See: jitctl "
                                                 "log --session {}", opened.session.id, opened.recording.damage(), opened.session.id)};
}

}  // namespace jit::ctl::recording
