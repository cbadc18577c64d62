// SPDX-License-Identifier: Apache-2.0
#include "jitctl/recording/sessions.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "core/event_kind.hpp"
#include "core/text.hpp"
#include "jitctl/log_walk.hpp"
#include "trail/journal.hpp"
#include "trail/recording_path.hpp"

namespace jit::ctl::recording {
namespace {

std::uint32_t number(const std::string& text) {
    std::uint32_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

Session session_of(const trail::LogRecord& record) {
    Session out{record.field("session"), record.field("grant"), record.field("user"), record.field("target")};
    out.uid = number(record.field("uid"));
    out.pid = number(record.field("pid"));
    out.boot = record.entry.boot;
    out.opened = core::from_usec(record.time_usec);
    out.service = record.field("service");
    out.recording = record.field("recording");
    return out;
}

}  // namespace

core::Result<std::vector<Session>> read_sessions(trail::JournalFilter filter) {
    filter.event = core::event::kSessionOpened.name;
    auto journal = trail::open_journal(filter);
    if (!journal) return journal.failure();
    std::vector<Session> out;
    const auto walked = walk_log(**journal, {}, [&](const trail::LogRecord& record) {
        out.push_back(session_of(record));
        return true;
    });
    if (!walked) return walked.failure();
    return out;
}

core::Result<Session> find_session(const std::string& id) {
    const auto missing = [&] {
        return core::fail("NOT_FOUND", fmt::format("{}: the journal has no such session. See: jitctl log", core::escape(id)));
    };
    if (!core::is_own_id(id)) return missing();
    trail::JournalFilter filter;
    filter.session = id;
    const auto found = read_sessions(std::move(filter));
    if (!found) return found.failure();
    if (found->empty()) return missing();
    return found->back();
}

const Session* overwritten_by(const Session& session, const std::vector<Session>& all) {
    if (session.recording.empty()) return nullptr;
    const auto last = std::find_if(all.rbegin(), all.rend(), [&](const Session& other) { return other.recording == session.recording; });
    return last == all.rend() || last->id == session.id ? nullptr : &*last;
}

core::Result<std::string> directory_of(const Session& session, const std::string& root) {
    if (session.recording.empty())
        return core::fail("NOT_FOUND", fmt::format("session {} was not recorded: its role says no record = true", session.id));
    const std::string path = root + "/" + session.recording;
    if (!trail::is_recording(session.recording)) return core::fail("UNREADABLE", core::escape(path) + ": leads out of " + root);
    struct stat found {};
    if (::lstat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode)) return path;
    if (errno == EACCES) return core::fail("UNREADABLE", root + ": you may not read it: be root");
    return core::fail("NOT_FOUND", fmt::format("{}: the recording of session {} is gone. See: jitctl log --session {}",
                                             path, session.id, session.id));
}

}  // namespace jit::ctl::recording
