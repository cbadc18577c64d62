// SPDX-License-Identifier: Apache-2.0
#include "trail/recording_path.hpp"

#include <algorithm>

namespace jit::trail {
namespace {
constexpr std::size_t kMaxPath = 255;
}

bool is_recording(std::string_view path) {
    const bool printable = std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (!printable || path.empty() || path.size() > kMaxPath) return false;
    if (path.ends_with('/')) return false;
    while (!path.empty()) {
        const auto part = path.substr(0, path.find('/'));
        if (part.empty() || part == "." || part == "..") return false;
        path.remove_prefix(std::min(part.size() + 1, path.size()));
    }
    return true;
}

}  // namespace jit::trail
