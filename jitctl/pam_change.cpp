// SPDX-License-Identifier: Apache-2.0
#include "jitctl/pam_change.hpp"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "common/handle.hpp"

namespace jit::ctl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFile = 1 << 20;

core::Failure io_failure(const std::string& path, std::string_view what) {
    return core::fail("UNREADABLE",
                      "pam: " + path + ": " + std::string(what) + ": " + ::strerror(errno));
}

/** Owner, mode and extended attributes (ACL, SELinux label) of the file replaced. */
bool copy_attributes(int from, int to) {
    struct stat st {};
    if (::fstat(from, &st) < 0 || ::fchown(to, st.st_uid, st.st_gid) < 0 ||
        ::fchmod(to, st.st_mode & 07777) < 0)
        return false;
    std::string names(65536, '\0');
    const ssize_t size = ::flistxattr(from, names.data(), names.size());
    if (size < 0) return errno == ENOTSUP;
    for (ssize_t at = 0; at < size; at += static_cast<ssize_t>(::strlen(names.data() + at)) + 1) {
        std::string value(65536, '\0');
        const ssize_t length = ::fgetxattr(from, names.data() + at, value.data(), value.size());
        if (length < 0 || ::fsetxattr(to, names.data() + at, value.data(),
                                      static_cast<std::size_t>(length), 0) < 0)
            return false;
    }
    return true;
}

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t size = ::write(fd, text.data(), text.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
}

void sync_folder(const fs::path& folder) {
    const Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd) ::fsync(fd.get());
}

/** In one step: a login meanwhile sees the old file or the new one. No text: the file goes. */
core::Result<void> replace(const PamContent& content) {
    const fs::path path = content.path;
    if (!content.text) {
        if (::unlink(path.c_str()) < 0 && errno != ENOENT)
            return io_failure(content.path, "unlink");
        sync_folder(path.parent_path());
        return {};
    }
    // A dot in front: no service is called that.
    std::string temporary = path.parent_path() / ("." + path.filename().string() + ".jit-XXXXXX");
    const Fd fd(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!fd) return io_failure(content.path, "create");
    const Fd old(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    const bool dressed = old ? copy_attributes(old.get(), fd.get()) : ::fchmod(fd.get(), 0644) == 0;
    if (!dressed || !write_all(fd.get(), *content.text) || ::fsync(fd.get()) < 0 ||
        ::rename(temporary.c_str(), path.c_str()) < 0) {
        const auto failure = io_failure(content.path, "replace");
        ::unlink(temporary.c_str());
        return failure;
    }
    sync_folder(path.parent_path());
    return {};
}

}  // namespace

core::Result<PamContent> read_pam_file(const std::string& path) {
    PamContent content{path, std::nullopt};
    std::error_code error;
    if (fs::is_symlink(path, error)) {
        content.path = fs::canonical(path, error);
        if (error)
            return core::fail("UNREADABLE", "pam: " + path + ": dangling link: " + error.message());
    }
    const Fd fd(::open(content.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd && errno == ENOENT) return content;
    if (!fd) return io_failure(content.path, "open");
    struct stat st {};
    if (::fstat(fd.get(), &st) < 0) return io_failure(content.path, "stat");
    if (!S_ISREG(st.st_mode) || static_cast<std::size_t>(st.st_size) > kMaxFile)
        return core::fail("UNREADABLE",
                          "pam: " + content.path + ": no regular file of a sensible size");
    std::string text;
    char buffer[4096];
    ssize_t size = 0;
    while ((size = ::read(fd.get(), buffer, sizeof buffer)) != 0) {
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return io_failure(content.path, "read");
        text.append(buffer, static_cast<std::size_t>(size));
    }
    content.text = std::move(text);
    return content;
}

core::Result<std::vector<std::string>> apply(const std::vector<PamChange>& changes) {
    std::vector<std::string> written;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const PamChange& change = changes[i];
        if (change.before.text == change.after) continue;
        if (const auto done = replace({change.before.path, change.after}); !done) {
            while (i-- > 0)
                if (changes[i].before.text != changes[i].after) (void)replace(changes[i].before);
            return done.failure();
        }
        written.push_back(change.before.path);
    }
    return written;
}

}  // namespace jit::ctl
