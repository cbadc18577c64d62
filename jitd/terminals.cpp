// SPDX-License-Identifier: Apache-2.0
#include "jitd/terminals.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <optional>
#include <string_view>

#include "common/handle.hpp"
#include "core/text.hpp"

namespace jit::daemon {
namespace {

bool is_number(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::string line_of(const std::string& text) { return "\r\n\a*** jit: " + core::escape(text) + "\r\n"; }

void tell(const std::string& path, const std::string& line, std::optional<std::uint32_t> uid = std::nullopt) {
    const Fd fd(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat st {};
    if (!fd || ::fstat(fd.get(), &st) != 0 || !S_ISCHR(st.st_mode) || (st.st_mode & S_IWGRP) == 0) return;
    if (uid && st.st_uid != *uid) return;  // a session outlives its terminal: by now it may be somebody else's
    (void)!::write(fd.get(), line.data(), line.size());
}

}  // namespace

void tell_terminals(const std::string& dir, const std::string& text) {
    const auto line = line_of(text);
    const std::unique_ptr<DIR, Deleter<::closedir>> open(::opendir(dir.c_str()));
    while (const auto* entry = open ? ::readdir(open.get()) : nullptr) {
        if (is_number(entry->d_name)) tell(dir + "/" + entry->d_name, line);
    }
}

void tell_terminal(const std::string& dir, const std::string& tty, std::uint32_t uid, const std::string& text) {
    std::string_view name = tty;
    if (name.starts_with("/dev/")) name.remove_prefix(5);
    if (!name.starts_with("pts/") || !is_number(name.substr(4))) return;
    tell(dir + "/" + std::string(name.substr(4)), line_of(text), uid);
}

}  // namespace jit::daemon
