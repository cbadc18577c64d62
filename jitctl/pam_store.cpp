// SPDX-License-Identifier: Apache-2.0
#include "jitctl/pam_store.hpp"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <map>

#include "jitctl/file_io.hpp"

namespace jit::ctl {
namespace {

constexpr std::size_t kMaxFile = 4096;

using Fields = std::map<std::string, std::string, std::less<>>;

core::Failure failed(const std::string& path, std::string_view what) {
    const std::string_view next = errno == EACCES || errno == EPERM ? "; be root" : "";
    return core::fail("UNREADABLE",
                      fmt::format("pam: {}: {}: {}{}", path, what, ::strerror(errno), next));
}

/** KEY=VALUE lines. */
core::Result<std::optional<Fields>> read_fields(const std::string& path) {
    const auto text = read_file(path, kMaxFile);
    if (!text && text.error().code == "MISSING") return std::optional<Fields>();
    if (!text) return text.failure();
    Fields fields;
    std::string_view rest = *text;
    while (!rest.empty()) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        if (const auto equals = line.find('='); equals != std::string_view::npos)
            fields.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
    return std::optional(std::move(fields));
}

std::string text_of(const Fields& fields, std::string_view key) {
    const auto it = fields.find(key);
    return it == fields.end() ? "" : it->second;
}

std::chrono::seconds seconds_of(const Fields& fields, std::string_view key) {
    const auto text = text_of(fields, key);
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return std::chrono::seconds(value);
}

std::int64_t whole(auto time) {
    return std::chrono::ceil<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

PamStore::PamStore(std::string root) : folder_(std::move(root)) {
    if (!folder_.ends_with('/')) folder_ += '/';
    folder_ += "var/lib/jit-pam";
}

core::Result<void> PamStore::lock() {
    if (::mkdir(folder_.c_str(), 0700) == 0)
        (void)sync_folder(folder_);
    else if (errno != EEXIST)
        return failed(folder_, "make");
    lock_.reset(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    struct stat st {};
    if (!lock_ || ::fstat(lock_.get(), &st) < 0) return failed(folder_, "open");
    if (st.st_uid != ::geteuid())
        return core::fail("UNREADABLE", "pam: " + folder_ + ": belongs to another user than root");
    if ((st.st_mode & 07777) != 0700 && ::fchmod(lock_.get(), 0700) < 0)
        return failed(folder_, "make private");
    if (::flock(lock_.get(), LOCK_EX | LOCK_NB) < 0)
        return core::fail("FAILED", "pam: " + folder_ +
                                        ": another jitctl pam, or a package's script, is at work; "
                                        "try again");
    return {};
}

std::string PamStore::file(std::string_view kind, std::string_view service) const {
    return fmt::format("{}/{}-{}", folder_, kind, service);
}

core::Result<void> PamStore::write(const std::string& file, const std::string& text) {
    const std::string next = file + ".new";
    ::unlink(next.c_str());  // of one that was cut off; nobody else is here
    if (auto done = write_new(next, text, 0600); !done) return done;
    if (auto done = rename_file(next, file); !done) return done;
    return sync_folder(file);
}

core::Result<void> PamStore::forget(const std::string& file) {
    if (::unlink(file.c_str()) < 0) {
        if (errno == ENOENT) return {};
        return failed(file, "remove");
    }
    return sync_folder(file);
}

core::Result<std::optional<PamPending>> PamStore::pending(std::string_view service) const {
    const auto fields = read_fields(file("pending", service));
    if (!fields) return fields.failure();
    if (!*fields) return std::optional<PamPending>();
    return std::optional(PamPending{text_of(**fields, "undo"),
                                    core::Wall(seconds_of(**fields, "wall")),
                                    core::Boot(seconds_of(**fields, "boot")),
                                    text_of(**fields, "boot_id"), text_of(**fields, "timer")});
}

core::Result<std::optional<PamReverted>> PamStore::reverted(std::string_view service) const {
    const auto fields = read_fields(file("reverted", service));
    if (!fields) return fields.failure();
    if (!*fields) return std::optional<PamReverted>();
    return std::optional(PamReverted{text_of(**fields, "undo"), text_of(**fields, "why"),
                                     core::Wall(seconds_of(**fields, "wall"))});
}

bool PamStore::is_enabled(std::string_view service) const {
    return exists(file("enabled", service));
}

core::Result<void> PamStore::set_pending(std::string_view service, const PamPending& pending) {
    return write(
        file("pending", service),
        fmt::format("undo={}\nwall={}\nboot={}\nboot_id={}\ntimer={}\n", pending.undo,
                    whole(pending.wall), whole(pending.boot), pending.boot_id, pending.timer));
}

core::Result<void> PamStore::set_enabled(std::string_view service, bool permissive) {
    return write(file("enabled", service), permissive ? "mode=permissive\n" : "mode=on\n");
}

core::Result<void> PamStore::forget_enabled(std::string_view service) {
    return forget(file("enabled", service));
}

core::Result<void> PamStore::forget_pending(std::string_view service) {
    return forget(file("pending", service));
}

core::Result<void> PamStore::forget_reverted(std::string_view service) {
    return forget(file("reverted", service));
}

core::Result<core::Now> read_clocks(const std::string& root) {
    const std::string top = root.ends_with('/') ? root : root + "/";
    const auto id = read_file(top + "proc/sys/kernel/random/boot_id", kMaxFile);
    if (!id) return id.failure();
    const auto uptime = read_file(top + "proc/uptime", kMaxFile);
    if (!uptime) return uptime.failure();
    double seconds = 0;
    std::from_chars(uptime->data(), uptime->data() + uptime->size(), seconds);
    return core::Now{
        std::chrono::floor<core::Usec>(std::chrono::system_clock::now()),
        core::Boot(std::chrono::ceil<core::Usec>(std::chrono::duration<double>(seconds))),
        id->substr(0, id->find('\n'))};
}

}  // namespace jit::ctl
