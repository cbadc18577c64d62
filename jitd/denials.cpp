// SPDX-License-Identifier: Apache-2.0
#include "jitd/denials.hpp"

namespace jit::daemon {
namespace {

constexpr std::size_t kFree = 10;
constexpr core::Usec kWindow = std::chrono::seconds(10);
constexpr core::Usec kInterval = std::chrono::seconds(1);
constexpr std::size_t kMaxStreams = 4096;  // accounts times codes; beyond that the quietest are forgotten

std::string field(const core::Record& record, const char* name) {
    const auto it = record.fields().find(name);
    return it == record.fields().end() ? "" : it->second;
}

}  // namespace

std::optional<core::Record> Denials::pass(const core::Record& record, core::Boot now) {
    if (streams_.size() >= kMaxStreams) {
        std::erase_if(streams_, [](const auto& entry) { return !entry.second.held; });
    }
    auto& stream = streams_[{field(record, "JIT_USER"), field(record, "JIT_CODE")}];
    while (!stream.recent.empty() && now - stream.recent.front() > kWindow) stream.recent.pop_front();
    if (stream.recent.size() < kFree) {
        stream.recent.push_back(now);
        stream.written = now;
        return record;
    }
    stream.recent.pop_front();
    stream.recent.push_back(now);
    stream.held = record;
    ++stream.count;
    return std::nullopt;
}

std::vector<core::Record> Denials::due(core::Boot now, std::optional<core::Boot>& next) {
    std::vector<core::Record> out;
    next.reset();
    for (auto it = streams_.begin(); it != streams_.end();) {
        auto& stream = it->second;
        if (stream.held && now - stream.written >= kInterval) {
            stream.held->set("COUNT", std::to_string(stream.count));
            out.push_back(*stream.held);
            stream.held.reset();
            stream.count = 0;
            stream.written = now;
        }
        if (stream.held) {
            const auto when = stream.written + kInterval;
            if (!next || when < *next) next = when;
        }
        const bool quiet = !stream.held && (stream.recent.empty() || now - stream.recent.back() > kWindow);
        it = quiet ? streams_.erase(it) : std::next(it);
    }
    return out;
}

}  // namespace jit::daemon
