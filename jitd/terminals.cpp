// SPDX-License-Identifier: Apache-2.0
#include "jitd/terminals.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <string_view>

#include "common/handle.hpp"
#include "core/text.hpp"

namespace jit::daemon {
namespace {

bool is_number(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

void tell(const std::string& path, const std::string& line) {
    const Fd fd(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat st {};
    if (!fd || ::fstat(fd.get(), &st) != 0 || !S_ISCHR(st.st_mode) || (st.st_mode & S_IWGRP) == 0) return;
    (void)!::write(fd.get(), line.data(), line.size());
}

}  // namespace

void tell_terminals(const std::string& dir, const std::string& text) {
    const auto line = "\r\n\a*** jit: " + core::escape(text) + "\r\n";
    const std::unique_ptr<DIR, Deleter<::closedir>> open(::opendir(dir.c_str()));
    while (const auto* entry = open ? ::readdir(open.get()) : nullptr) {
        if (is_number(entry->d_name)) tell(dir + "/" + entry->d_name, line);
    }
}

}  // namespace jit::daemon
