// SPDX-License-Identifier: Apache-2.0
#include "jitctl/doctor/look.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "common/handle.hpp"
#include "jitctl/file_io.hpp"

namespace jit::ctl::doctor {
namespace {

constexpr std::size_t kMaxFile = 1U << 20;

bool is_word_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

bool has_word(std::string_view line, std::string_view word) {
    for (std::size_t at = line.find(word); at != std::string_view::npos;
         at = line.find(word, at + 1)) {
        const bool open = at == 0 || !is_word_byte(line[at - 1]);
        const std::size_t end = at + word.size();
        if (open && (end == line.size() || !is_word_byte(line[end]))) return true;
    }
    return false;
}

}  // namespace

std::string Look::at(std::string_view path) const {
    if (root_.empty() || root_ == "/") return std::string(path);
    return root_ + std::string(path);
}

void Look::could_not(std::string what) {
    if (std::ranges::find(unseen_, what) == unseen_.end()) unseen_.push_back(std::move(what));
}

std::optional<std::string> Look::text(const std::string& path) {
    auto text = read_file(at(path), kMaxFile);
    if (text) return *std::move(text);
    if (text.error().code != "MISSING") could_not(path);
    return std::nullopt;
}

std::optional<FileStat> Look::stat(const std::string& path) {
    struct stat info {};
    if (::stat(at(path).c_str(), &info) == 0)
        return FileStat{info.st_uid, info.st_gid, info.st_mode};
    if (errno != ENOENT && errno != ENOTDIR) could_not(path);
    return std::nullopt;
}

std::vector<std::string> Look::names(const std::string& folder) {
    std::vector<std::string> out;
    const std::unique_ptr<DIR, Deleter<::closedir>> handle(::opendir(at(folder).c_str()));
    if (!handle && errno != ENOENT) could_not(folder);
    while (handle) {
        const auto* entry = ::readdir(handle.get());
        if (entry == nullptr) break;
        if (entry->d_name[0] != '.') out.emplace_back(entry->d_name);
    }
    std::ranges::sort(out);
    return out;
}

std::size_t line_with(std::string_view text, const std::vector<std::string>& words) {
    std::size_t number = 0;
    std::size_t found = 0;
    while (!text.empty()) {
        ++number;
        const std::size_t newline = text.find('\n');
        std::string_view line = text.substr(0, newline);
        text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
        const std::size_t start = line.find_first_not_of(" \t");
        if (start == std::string_view::npos || line[start] == '#') continue;
        if (std::ranges::all_of(words, [&](const auto& word) { return has_word(line, word); }))
            found = number;
    }
    return found;
}

}  // namespace jit::ctl::doctor
