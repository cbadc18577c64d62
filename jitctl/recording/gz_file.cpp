// SPDX-License-Identifier: Apache-2.0
#include "jitctl/recording/gz_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace jit::ctl::recording {

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
    std::array<char, 4096> buffer{};
    if (::gzgets(file_.get(), buffer.data(), static_cast<int>(buffer.size())) == nullptr) return false;
    out = buffer.data();
    if (!out.ends_with('\n')) return out.size() + 1 == buffer.size();
    out.pop_back();
    return true;
}

}  // namespace jit::ctl::recording
