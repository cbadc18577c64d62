// SPDX-License-Identifier: Apache-2.0
#include "jitctl/evidence/recordings.hpp"

#include <algorithm>
#include <map>

#include "core/codes.hpp"
#include "core/event_kind.hpp"
#include "core/record.hpp"
#include "trail/digest.hpp"
#include "trail/recording_path.hpp"

namespace jit::ctl::evidence {
namespace {

constexpr std::string_view kLost = "lost", kNoDigest = "no-digest";

/** What jitd could not say of it when the session was over. Of a recording without a byte nothing is left: sudo begins each. */
std::string on_record(const Json& session) {
    const auto code = text_of(session, "recorded_code");
    if (code == core::to_string(core::Code::recording) || number_of(session, "bytes") == std::uint64_t{0}) return std::string(kLost);
    if (!code.empty()) return std::string(kNoDigest);  // it may be there, jitd could not read it
    const bool began = text_of(session, "code") != core::to_string(core::Code::unavailable);
    const bool over = began && number_of(session, "closed_usec").has_value();
    const bool none = !text_of(session, "recording").empty() && text_of(session, "sha256").empty();
    return over && none ? std::string(kNoDigest) : "";
}

/** Below the folder, whatever a bundle says: names of sudo's making, alice/00/00/01. */
bool is_inside(const std::string& path) {
    const bool plain = std::ranges::all_of(path, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' || c == '/';
    });
    return plain && trail::is_recording(path);
}

std::string result_of(const Json& session, const std::string& folder) {
    const std::string path = text_of(session, "recording");
    if (!is_inside(path)) return "unreadable";
    const auto digest = trail::digest_of(folder + "/" + path);
    if (!digest) return digest.error().code == "MISSING" ? "gone" : "unreadable";
    const bool same = core::to_hex(digest->sha256.data(), digest->sha256.size()) == text_of(session, "sha256") &&
                      number_of(session, "bytes") == digest->bytes;
    return same ? "match" : "differs";
}

}  // namespace

std::vector<FoundRecording> look_at_recordings(const Bundle& bundle, const Json& story, const std::string& folder) {
    std::map<std::string, std::string> words;  // of session.recorded, by session
    for (const auto& entry : bundle.records)
        if (value(entry, "JIT_EVENT") == core::event::kSessionRecorded.name) words[value(entry, "JIT_SESSION")] = value(entry, "MESSAGE");
    std::vector<FoundRecording> out;
    for (const auto& session : story["sessions"]) {
        std::string result = on_record(session);
        if (result.empty() && !folder.empty() && !text_of(session, "sha256").empty()) result = result_of(session, folder);
        if (result.empty()) continue;
        const auto id = text_of(session, "id");
        const bool has_words = result == kNoDigest && !text_of(session, "recorded_code").empty();
        out.push_back({id, text_of(session, "recording"), std::move(result), has_words ? words[id] : ""});
    }
    return out;
}

std::string in_words(const FoundRecording& recording) {
    if (recording.result == kLost) return "LOST before the session was over";
    if (recording.result == kNoDigest) return "no digest of it is on record" + (recording.words.empty() ? "" : ": " + recording.words);
    return recording.result == "differs" ? "not as it was when the session was over" : recording.result;
}

bool is_unprovable(const FoundRecording& recording) { return recording.result == kLost || recording.result == kNoDigest; }

}  // namespace jit::ctl::evidence
