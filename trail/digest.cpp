// SPDX-License-Identifier: Apache-2.0
#include "trail/digest.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace jit::trail {
namespace {

using core::Result;

core::Failure unreadable(const std::string& path, int error) {
    return core::fail(error == ENOENT ? "MISSING" : "UNREADABLE", fmt::format("{}: {}", path, std::strerror(error)));
}

}  // namespace

struct Digester::Hash {
    crypto_hash_sha256_state state;
    void add(const void* data, std::size_t size) {
        crypto_hash_sha256_update(&state, static_cast<const unsigned char*>(data), size);
    }
};

Digester::Digester(std::string folder, Fd dir, std::vector<std::string> names)
    : folder_(std::move(folder)), dir_(std::move(dir)), names_(std::move(names)), hash_(std::make_unique<Hash>()) {
    crypto_hash_sha256_init(&hash_->state);
}
Digester::Digester(Digester&&) noexcept = default;
Digester& Digester::operator=(Digester&&) noexcept = default;
Digester::~Digester() = default;

Result<Digester> Digester::open(const std::string& folder) {
    Fd dir(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!dir) return unreadable(folder, errno);
    const std::unique_ptr<DIR, Deleter<::closedir>> listing(::fdopendir(::fcntl(dir.get(), F_DUPFD_CLOEXEC, 3)));
    if (!listing) return unreadable(folder, errno);
    std::vector<std::string> names;
    while (const auto* entry = ::readdir(listing.get())) {
        const std::string name = entry->d_name;
        if (name == "." || name == "..") continue;
        if (names.size() == kMostFiles) return core::fail("UNREADABLE", fmt::format("{}: more than {} files", folder, kMostFiles));
        names.push_back(name);
    }
    std::sort(names.rbegin(), names.rend());
    return Digester(folder, std::move(dir), std::move(names));
}

Result<bool> Digester::next_file() {
    while (!names_.empty()) {
        const std::string name = std::move(names_.back());
        names_.pop_back();
        file_ = Fd(::openat(dir_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        const int error = errno;
        if (!file_ && error == ELOOP) continue;  // no regular file
        struct stat st {};
        if (!file_) return unreadable(folder_ + "/" + name, error);
        if (::fstat(file_.get(), &st) != 0) return unreadable(folder_ + "/" + name, errno);
        if (!S_ISREG(st.st_mode)) continue;
        left_ = static_cast<std::uint64_t>(st.st_size);
        bytes_ += left_;
        if (left_ > kMostBytes || bytes_ > kMostBytes)
            return core::fail("UNREADABLE", fmt::format("{}: larger than {} GiB", folder_, kMostBytes >> 30));
        std::array<unsigned char, 8> size{};
        for (std::size_t i = 0; i < size.size(); ++i) size[i] = static_cast<unsigned char>(left_ >> (8 * i));
        hash_->add(name.c_str(), name.size() + 1);
        hash_->add(size.data(), size.size());
        return true;
    }
    return false;
}

Result<bool> Digester::read(std::size_t size) {
    std::array<char, 65536> buffer;
    while (size > 0) {
        if (left_ == 0) {
            const auto more = next_file();
            if (!more) return more.failure();
            if (!*more) return true;
            continue;
        }
        const auto wanted = std::min<std::uint64_t>({buffer.size(), left_, size});
        const auto n = ::read(file_.get(), buffer.data(), static_cast<std::size_t>(wanted));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return unreadable(folder_, errno);
        if (n == 0) return core::fail("UNREADABLE", folder_ + ": a file shrank while it was read");
        hash_->add(buffer.data(), static_cast<std::size_t>(n));
        left_ -= static_cast<std::uint64_t>(n);
        size -= static_cast<std::size_t>(n);
    }
    return left_ == 0 && names_.empty();
}

Digest Digester::finish() {
    Digest out;
    out.bytes = bytes_;
    crypto_hash_sha256_final(&hash_->state, out.sha256.data());
    return out;
}

Result<Digest> digest_of(const std::string& folder) {
    auto digester = Digester::open(folder);
    if (!digester) return digester.failure();
    for (;;) {
        const auto over = digester->read(std::size_t{1} << 20);
        if (!over) return over.failure();
        if (*over) return digester->finish();
    }
}

}  // namespace jit::trail
