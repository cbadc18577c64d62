// SPDX-License-Identifier: Apache-2.0
#include "jitctl/recording/recording.hpp"

#include <fmt/format.h>

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

/** The beginning of a line that was to be written when the session was killed. */
bool is_half_line(const std::string& text) { return text.find_first_not_of("0123456789. ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos; }

}  // namespace

core::Result<Recording> Recording::open(const std::string& directory) {
    auto timing = GzFile::open(directory + "/timing");
    if (!timing) return timing.failure();
    About about;
    about.terminal = true;  // unless log.json says otherwise
    std::string damage;
    if (const auto json = read_file(directory + "/log.json", kLargestAbout); !json)
        damage = json.error().text;
    else if (auto parsed = parse_about(*json))
        about = *std::move(parsed);
    else
        damage = directory + "/log.json: " + parsed.error().text;
    Recording out(directory, std::move(about), *std::move(timing));
    out.damage_ = std::move(damage);
    return out;
}

Recording::Recording(std::string directory, About about, GzFile timing)
    : directory_(std::move(directory)), about_(std::move(about)), timing_(std::move(timing)) {}

void Recording::damaged(std::string what) {
    if (damage_.empty()) damage_ = std::move(what);
}

GzFile* Recording::file_of(Stream stream) {
    const auto [it, is_new] = files_.try_emplace(stream);
    if (is_new) {
        auto opened = GzFile::open(directory_ + "/" + kFiles[static_cast<std::size_t>(stream)]);
        if (opened)
            it->second = *std::move(opened);
        else if (left_.bytes > 0 || opened.error().code != "MISSING")
            damaged(opened.error().text);
    }
    return it->second ? &*it->second : nullptr;
}

std::optional<Moment> Recording::more() {
    std::string bytes;
    if (GzFile* file = file_of(left_.stream)) {
        bytes = file->read(static_cast<std::size_t>(std::min<std::uint64_t>(left_.bytes, kMostAtOnce)));
        if (bytes.empty())
            damaged(fmt::format("{}/{}: {}", directory_, kFiles[static_cast<std::size_t>(left_.stream)],
                                file->broken() ? "broken" : "shorter than timing says"));
    }
    left_.bytes = bytes.empty() ? 0 : left_.bytes - bytes.size();
    if (bytes.empty()) return std::nullopt;
    return Moment{at_, Shown{left_.stream, std::move(bytes)}};
}

/** sudo writes what came out first, then its time: without any time there is nothing, or one line's worth. */
void Recording::at_end(const std::string& rest) {
    if (timing_.broken() || !is_half_line(rest)) return damaged(directory_ + "/timing: broken");
    if (!files_.empty() || !rest.empty()) return;
    for (const auto stream : {Stream::output, Stream::error, Stream::terminal_output})
        if (GzFile* file = file_of(stream); file != nullptr && !file->read(1).empty())
            damaged(fmt::format("{}/timing: empty, and {} is not", directory_, kFiles[static_cast<std::size_t>(stream)]));
}

std::optional<Moment> Recording::next() {
    for (std::string line;;) {
        while (left_.bytes > 0)
            if (auto moment = more()) return moment;
        if (!timing_.line(line)) {
            at_end(line);
            return std::nullopt;
        }
        const auto event = parse_timing(line);
        if (!event) {
            damaged(directory_ + "/timing: " + event.error().text);
            return std::nullopt;
        }
        const auto* suspended = std::get_if<Suspended>(&event->what);
        if (suspended == nullptr || suspended->signal != "CONT") at_ = std::min(at_ + event->delay, kLongest);
        if (const auto* resized = std::get_if<Resized>(&event->what)) return Moment{at_, *resized};
        if (const auto* written = std::get_if<Written>(&event->what); written != nullptr && !is_input(written->stream))
            left_ = *written;
    }
}

}  // namespace jit::ctl::recording
