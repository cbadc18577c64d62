// SPDX-License-Identifier: Apache-2.0
#include "jitctl/recording/gz_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace jit::ctl::recording {
namespace {
constexpr std::size_t kLongestLine = 4096;
}

core::Result<GzFile> GzFile::open(const std::string& path) {
    Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
    struct stat found {};
    if (!fd || ::fstat(fd.get(), &found) < 0)
        return core::fail(errno == ENOENT ? "MISSING" : "UNREADABLE", fmt::format("{}: {}", path, std::strerror(errno)));
    if (!S_ISREG(found.st_mode)) return core::fail("UNREADABLE", path + ": not a regular file");
    gzFile file = ::gzdopen(fd.get(), "rb");
    if (file == nullptr) return core::fail("UNREADABLE", path + ": out of memory");
    (void)fd.release();
    return GzFile(file);
}

std::string GzFile::read(std::size_t max) {
    std::string out(max, '\0');
    const int n = ::gzread(file_.get(), out.data(), static_cast<unsigned>(max));
    out.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
    return out;
}

bool GzFile::line(std::string& out) {
    out.clear();
    while (out.size() < kLongestLine) {
        const int c = gzgetc(file_.get());
        if (c < 0) return false;
        if (c == '\n') return true;
        out += static_cast<char>(c);
    }
    return true;
}

bool GzFile::broken() const {
    int error = Z_OK;
    (void)::gzerror(file_.get(), &error);
    return error != Z_OK && error != Z_STREAM_END && error != Z_BUF_ERROR;  // the last: it has no end mark
}

}  // namespace jit::ctl::recording
