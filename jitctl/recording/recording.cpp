// SPDX-License-Identifier: Apache-2.0
#include "jitctl/recording/recording.hpp"

#include <algorithm>
#include <array>

#include "jitctl/file_io.hpp"

namespace jit::ctl::recording {
namespace {

constexpr std::size_t kMostAtOnce = 64U << 10;
constexpr std::size_t kLargestAbout = 16U << 20;  // command line and environment: ARG_MAX is 2 MiB
constexpr core::Usec kLongest = std::chrono::days(10 * 366);

bool is_input(Stream stream) { return stream == Stream::input || stream == Stream::terminal_input; }

/** Names in the directory, by Stream. */
constexpr std::array<const char*, 5> kFiles = {"stdin", "stdout", "stderr", "ttyin", "ttyout"};

}  // namespace

core::Result<Recording> Recording::open(const std::string& directory) {
    const auto json = read_file(directory + "/log.json", kLargestAbout);
    if (!json) return json.failure();
    auto about = parse_about(*json);
    if (!about) return core::fail("UNREADABLE", directory + "/log.json: " + about.error().text);
    auto timing = GzFile::open(directory + "/timing");
    if (!timing) return timing.failure();
    return Recording(directory, *std::move(about), *std::move(timing));
}

Recording::Recording(std::string directory, About about, GzFile timing)
    : directory_(std::move(directory)), about_(std::move(about)), timing_(std::move(timing)) {}

std::optional<Moment> Recording::more() {
    auto& file = files_[left_.stream];
    if (!file) {
        if (auto opened = GzFile::open(directory_ + "/" + kFiles[static_cast<std::size_t>(left_.stream)]))
            file = *std::move(opened);
    }
    std::string bytes;
    if (file) bytes = file->read(static_cast<std::size_t>(std::min<std::uint64_t>(left_.bytes, kMostAtOnce)));
    left_.bytes = bytes.empty() ? 0 : left_.bytes - bytes.size();
    if (bytes.empty()) return std::nullopt;
    return Moment{at_, Shown{left_.stream, std::move(bytes)}};
}

std::optional<Moment> Recording::next() {
    for (std::string line;;) {
        while (left_.bytes > 0)
            if (auto moment = more()) return moment;
        if (!timing_.line(line)) return std::nullopt;
        const auto event = parse_timing(line);
        if (!event) return std::nullopt;
        const auto* suspended = std::get_if<Suspended>(&event->what);
        if (suspended == nullptr || suspended->signal != "CONT") at_ = std::min(at_ + event->delay, kLongest);
        if (const auto* resized = std::get_if<Resized>(&event->what)) return Moment{at_, *resized};
        if (const auto* written = std::get_if<Written>(&event->what); written != nullptr && !is_input(written->stream))
            left_ = *written;
    }
}

}  // namespace jit::ctl::recording
