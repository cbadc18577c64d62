// SPDX-License-Identifier: Apache-2.0
#include "jitctl/file_io.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "common/handle.hpp"

namespace jit::ctl {
namespace {

core::Failure failed(std::string_view what, const std::string& path, int error) {
    const std::string_view next = error == EACCES ? ": be root, or in the group that may" : "";
    return core::fail(error == ENOENT ? "MISSING" : "UNREADABLE",
                      fmt::format("{}{}: {}{}", what, path, std::strerror(error), next));
}

}  // namespace

core::Result<std::string> read_file(const std::string& path, std::size_t max) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) return failed("", path, errno);
    struct stat info {};
    if (::fstat(fd.get(), &info) < 0) return failed("", path, errno);
    if (!S_ISREG(info.st_mode)) return core::fail("NOT_REGULAR", path + ": not a regular file");
    std::string text;
    std::string chunk(64U << 10, '\0');
    for (;;) {
        const ssize_t n = ::read(fd.get(), chunk.data(), chunk.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return failed("", path, errno);
        if (n == 0) return text;
        text.append(chunk, 0, static_cast<std::size_t>(n));
        if (text.size() > max)
            return core::fail("TOO_BIG", fmt::format("{}: larger than {} bytes", path, max));
    }
}

std::string read_stdin(std::size_t max) {
    std::string text(max, '\0');
    text.resize(std::fread(text.data(), 1, max, stdin));
    return text;
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

mode_t mode_of(const std::string& path, mode_t otherwise) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 0777U : otherwise;
}

int write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t n = ::write(fd, text.data(), text.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return 0;
}

core::Result<void> write_new(const std::string& path, std::string_view text, mode_t mode) {
    const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
    if (!fd && errno == EEXIST)
        return core::fail(
            "FAILED",
            path + ": exists: another edit is going on, or one was cut off: then remove it");
    if (!fd) return failed("can't write ", path, errno);
    (void)::fchmod(fd.get(), mode);  // the old permissions, whatever the umask
    int error = write_all(fd.get(), text);
    if (error == 0 && ::fsync(fd.get()) < 0) error = errno;
    if (error == 0) return {};
    ::unlink(path.c_str());
    return failed("can't write ", path, error);
}

core::Result<void> rename_file(const std::string& from, const std::string& to) {
    if (std::rename(from.c_str(), to.c_str()) != 0) return failed("can't write ", to, errno);
    return {};
}

core::Result<void> sync_folder(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || ::fsync(fd.get()) < 0) return failed("", folder, errno);
    return {};
}

Temporary::~Temporary() {
    if (!path_.empty()) ::unlink(path_.c_str());
}

core::Result<std::size_t> TextSource::read(std::span<char> out) {
    const std::size_t n = std::min(out.size(), text_.size() - at_);
    text_.copy(out.data(), n, at_);
    at_ += n;
    return n;
}

core::Result<void> TextSource::rewind() {
    at_ = 0;
    return {};
}

}  // namespace jit::ctl
