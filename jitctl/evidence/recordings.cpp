// SPDX-License-Identifier: Apache-2.0
#include "jitctl/evidence/recordings.hpp"

#include <algorithm>

#include "core/record.hpp"
#include "trail/digest.hpp"
#include "trail/recording_path.hpp"

namespace jit::ctl::evidence {
namespace {

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

std::vector<FoundRecording> look_at_recordings(const Json& story, const std::string& folder) {
    std::vector<FoundRecording> out;
    for (const auto& session : story["sessions"])
        if (!text_of(session, "sha256").empty())
            out.push_back({text_of(session, "id"), text_of(session, "recording"), result_of(session, folder)});
    return out;
}

}  // namespace jit::ctl::evidence
