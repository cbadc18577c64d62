// SPDX-License-Identifier: Apache-2.0
#include "jitd/terminals.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "core/text.hpp"

namespace jit::daemon {
namespace {

bool is_number(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::string line_of(const std::string& text) { return "\r\n\a*** jit: " + core::escape(text) + "\r\n"; }

/** One that takes messages, of `owner` if that is given. */
Fd open_terminal(const std::string& path, std::optional<std::uint32_t> owner = std::nullopt) {
    Fd fd(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat st {};
    if (!fd || ::fstat(fd.get(), &st) != 0 || !S_ISCHR(st.st_mode) || (st.st_mode & S_IWGRP) == 0) return {};
    return owner && st.st_uid != *owner ? Fd() : std::move(fd);
}

/** A session outlives its terminal: by its name it may be somebody else's by now. */
Fd open_own(const std::string& dir, const core::Session& session) {
    std::string_view name = session.tty;
    if (name.starts_with("/dev/")) name.remove_prefix(5);
    if (!name.starts_with("pts/") || !is_number(name.substr(4))) return {};
    return open_terminal(dir + "/" + std::string(name.substr(4)), session.uid);
}

void write_line(const Fd& fd, const std::string& line) { (void)!::write(fd.get(), line.data(), line.size()); }

}  // namespace

void Terminals::keep(const core::Session& session) {
    if (kept_.contains(session.id)) return;
    auto terminal = open_own(dir_, session);
    if (!terminal) return;
    const int fd = terminal.get();
    (void)sd_pid_notify_with_fds(0, 0, ("FDSTORE=1\nFDNAME=t-" + session.id).c_str(), &fd, 1);
    kept_.emplace(session.id, std::move(terminal));
}

void Terminals::adopt(const std::string& session, Fd terminal) { kept_.insert_or_assign(session, std::move(terminal)); }

void Terminals::forget(const std::string& session) {
    if (kept_.erase(session) > 0) discard(session);
}

void Terminals::discard(const std::string& session) {
    (void)sd_notify(0, ("FDSTOREREMOVE=1\nFDNAME=t-" + session).c_str());
}

void Terminals::tell(const core::Session& session, const std::string& text) const {
    if (const auto it = kept_.find(session.id); it != kept_.end()) return write_line(it->second, line_of(text));
    if (const auto terminal = open_own(dir_, session)) write_line(terminal, line_of(text));
}

void Terminals::tell_everybody(const std::string& text) const {
    const auto line = line_of(text);
    const std::unique_ptr<DIR, Deleter<::closedir>> open(::opendir(dir_.c_str()));
    while (const auto* entry = open ? ::readdir(open.get()) : nullptr) {
        if (!is_number(entry->d_name)) continue;
        if (const auto terminal = open_terminal(dir_ + "/" + entry->d_name)) write_line(terminal, line);
    }
}

}  // namespace jit::daemon
