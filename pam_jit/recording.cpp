// SPDX-License-Identifier: Apache-2.0
#include "pam_jit/recording.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <memory>
#include <string_view>

#include "common/handle.hpp"

namespace jit::pam {
namespace {

// What a terminal shows; sudo opens it, with log_ttyout, without a terminal, too. It has `timing` whatever it logs.
constexpr std::string_view kShown = "/ttyout";

/** `target` is ROOT/PATH/ttyout: PATH. */
bool path_of(std::string_view target, std::string_view root, Recording& out) noexcept {
    if (!target.starts_with(root) || !target.ends_with(kShown)) return false;
    target.remove_prefix(root.size());
    if (!target.starts_with('/') || target.size() <= kShown.size() + 1) return false;
    target.remove_prefix(1);
    target.remove_suffix(kShown.size());
    return out.format("%.*s", static_cast<int>(target.size()), target.data());
}

bool is_writable(int fd) noexcept {
    const int flags = ::fcntl(fd, F_GETFL);
    return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
}

}  // namespace

Recording find_recording(const Environment& env) noexcept {
    Recording out;
    const std::unique_ptr<DIR, Deleter<::closedir>> dir(::opendir(env.fd_dir));
    while (const dirent* entry = dir ? ::readdir(dir.get()) : nullptr) {
        char target[512];
        const ssize_t size = ::readlinkat(::dirfd(dir.get()), entry->d_name, target, sizeof target);
        if (size <= 0 || size == ssize_t{sizeof target}) continue;
        const int fd = static_cast<int>(::strtol(entry->d_name, nullptr, 10));
        if (!path_of({target, static_cast<std::size_t>(size)}, env.recordings_dir, out)) continue;
        if (is_writable(fd)) return out;
        out.clear();
    }
    return out;
}

}  // namespace jit::pam
