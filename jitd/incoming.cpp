// SPDX-License-Identifier: Apache-2.0
#include "jitd/incoming.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <span>
#include <vector>

#include "core/codes.hpp"

namespace jit::daemon {
namespace {

namespace code = core::file_code;
using core::fail;
using core::Result;

constexpr char kMagic[8] = {'J', 'I', 'T', 'P', 'A', 'I', 'R', '1'};  // then 64-bit LE length of the signature
constexpr char kName[] = "/accepted";
constexpr std::size_t kChunk = 64 * 1024;

std::string reason() { return std::strerror(errno); }

Result<void> write_all(int fd, const void* data, std::size_t size) {
    const auto* at = static_cast<const char*>(data);
    while (size > 0) {
        const auto n = ::write(fd, at, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return fail(kNoRoom, "state: the copy of the grant file can't be written: " + reason());
        at += n;
        size -= static_cast<std::size_t>(n);
    }
    return {};
}

/** Copies exactly the size that was seen at open; more or less means somebody is writing. */
Result<void> copy_file(const OwnedFile& from, const std::string& path, int to, crypto_generichash_state& hash,
                       std::string* keep) {
    std::vector<char> chunk(kChunk);
    std::size_t total = 0;
    for (;;) {
        const auto n = ::read(from.fd.get(), chunk.data(), chunk.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(code::kUnreadable, path + ": " + reason());
        if (n == 0) break;
        const auto size = static_cast<std::size_t>(n);
        total += size;
        if (total > from.size) return fail(code::kChanged, path + ": grew while it was copied; deliver it by rename");
        crypto_generichash_update(&hash, reinterpret_cast<const unsigned char*>(chunk.data()), size);
        if (keep) keep->append(chunk.data(), size);
        if (auto ok = write_all(to, chunk.data(), size); !ok) return ok;
    }
    if (total != from.size) return fail(code::kChanged, path + ": shrank while it was copied; deliver it by rename");
    return {};
}

}  // namespace

Result<OwnedFile> open_owned(const std::string& path, std::uint32_t owner, std::size_t max, Links links) {
    // Looked at first: merely to open what is no regular file may block, fail or set off a device.
    const Fd seen(::open(path.c_str(), O_PATH | O_CLOEXEC | (links == Links::refuse ? O_NOFOLLOW : 0)));
    if (!seen && errno == ENOENT) return fail(code::kMissing, path + ": no such file");
    struct stat st {};
    if (!seen || ::fstat(seen.get(), &st) < 0) return fail(code::kUnreadable, path + ": " + reason());
    if (S_ISLNK(st.st_mode)) {
        return fail(code::kNotRegular, path + ": is a symbolic link; put the file itself there");
    }
    if (!S_ISREG(st.st_mode)) return fail(code::kNotRegular, path + ": is not a regular file");
    if (st.st_uid != owner) {
        return fail(code::kOwner, fmt::format("{}: belongs to uid {}, not to root; run: chown root {}", path, st.st_uid,
                                              path));
    }
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return fail(code::kMode, fmt::format("{}: others than root may write it; run: chmod go-w {}", path, path));
    }
    if (st.st_size < 0 || static_cast<std::size_t>(st.st_size) > max) {
        return fail(code::kTooBig, fmt::format("{}: {} bytes, at most {} are read", path, st.st_size, max));
    }
    OwnedFile out;
    out.size = static_cast<std::size_t>(st.st_size);
    const auto self = fmt::format("/proc/self/fd/{}", seen.get());
    out.fd = Fd(::open(self.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!out.fd) {
        return fail(code::kUnreadable, path + ": " + reason() + "; jitd must be able to read it (0640 root:jitd)");
    }
    return out;
}

Result<Pair> Pair::copy(const std::string& grants, const std::string& signature, std::uint32_t owner,
                        const std::string& state_dir, Place place) {
    auto text = open_owned(grants, owner, core::kMaxGrantFile, Links::refuse);
    if (!text) return text.failure();
    auto sig = open_owned(signature, owner, core::kMaxSignatureFile, Links::refuse);
    if (!sig) return sig.failure();

    Pair out;
    out.fd_ = Fd(place == Place::state ? ::open(state_dir.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)
                                       : ::memfd_create("grants", MFD_CLOEXEC));
    if (!out.fd_) return fail(kNoRoom, "state: " + state_dir + ": " + reason());
    unsigned char length[8];
    for (int i = 0; i < 8; ++i) length[i] = static_cast<unsigned char>(sig->size >> (8 * i) & 0xFFU);
    auto ok = write_all(out.fd_.get(), kMagic, sizeof kMagic);
    if (ok) ok = write_all(out.fd_.get(), length, sizeof length);
    crypto_generichash_state hash;
    crypto_generichash_init(&hash, nullptr, 0, sizeof(Digest));
    crypto_generichash_update(&hash, length, sizeof length);
    if (ok) ok = copy_file(*sig, signature, out.fd_.get(), hash, &out.signature_);
    if (ok) ok = copy_file(*text, grants, out.fd_.get(), hash, nullptr);
    if (!ok) return ok.failure();
    crypto_generichash_final(&hash, out.digest_.data(), out.digest_.size());
    out.start_ = static_cast<std::int64_t>(sizeof kMagic + sizeof length + sig->size);
    out.at_ = out.start_;
    return out;
}

Result<Pair> Pair::accepted(const std::string& state_dir) {
    const auto path = state_dir + kName;
    Pair out;
    out.fd_ = Fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!out.fd_) {
        return errno == ENOENT ? fail(code::kMissing, path + ": none yet") : fail(code::kUnreadable, path + ": " + reason());
    }
    char magic[sizeof kMagic];
    unsigned char length[8];
    if (::read(out.fd_.get(), magic, sizeof magic) != sizeof magic || std::memcmp(magic, kMagic, sizeof magic) != 0 ||
        ::read(out.fd_.get(), length, sizeof length) != sizeof length) {
        return fail(code::kUnreadable, path + ": not a copy of a grant file");
    }
    std::size_t size = 0;
    for (int i = 7; i >= 0; --i) size = size << 8U | length[i];
    if (size > core::kMaxSignatureFile) return fail(code::kUnreadable, path + ": broken");
    out.signature_.resize(size);
    if (::read(out.fd_.get(), out.signature_.data(), size) != static_cast<ssize_t>(size)) {
        return fail(code::kUnreadable, path + ": cut short");
    }
    out.start_ = static_cast<std::int64_t>(sizeof magic + sizeof length + size);
    out.at_ = out.start_;
    return out;
}

Result<void> Pair::accept(const std::string& state_dir) const {
    const auto temp = state_dir + kName + ".new";
    const auto name = state_dir + kName;
    const auto self = fmt::format("/proc/self/fd/{}", fd_.get());
    const Fd dir(::open(state_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    (void)::unlink(temp.c_str());
    const bool done = dir && ::fsync(fd_.get()) == 0 &&
                      ::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, temp.c_str(), AT_SYMLINK_FOLLOW) == 0 &&
                      ::rename(temp.c_str(), name.c_str()) == 0 && ::fsync(dir.get()) == 0;
    if (!done) return fail(kNoRoom, "state: " + name + ": can't be written: " + reason());
    return {};
}

Result<std::size_t> Pair::read(std::span<char> out) {
    for (;;) {
        const auto n = ::pread(fd_.get(), out.data(), out.size(), at_);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(code::kUnreadable, "state: the copy of the grant file: " + reason());
        at_ += n;
        return static_cast<std::size_t>(n);
    }
}

Result<void> Pair::rewind() {
    at_ = start_;
    return {};
}

}  // namespace jit::daemon
