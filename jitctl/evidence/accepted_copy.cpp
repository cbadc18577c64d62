// SPDX-License-Identifier: Apache-2.0
#include "jitctl/evidence/accepted_copy.hpp"

#include <sodium.h>

#include "core/grant_file.hpp"
#include "core/record.hpp"
#include "jitctl/file_io.hpp"

namespace jit::ctl::evidence {

core::Result<SignedCopy> read_accepted(const std::string& path) {
    constexpr std::string_view kMagic = "JITPAIR1";
    constexpr std::size_t kStart = kMagic.size() + 8;
    auto text = read_file(path, kStart + core::kMaxSignatureFile + kMaxSignedCopy);
    if (!text) return text.failure();
    if (!text->starts_with(kMagic) || text->size() < kStart) return core::fail("UNREADABLE", path + ": not a copy of a grant file");
    std::uint64_t size = 0;
    for (std::size_t i = 8; i-- > 0;) size = size << 8U | static_cast<unsigned char>((*text)[kMagic.size() + i]);
    if (size > text->size() - kStart) return core::fail("UNREADABLE", path + ": cut short");
    return SignedCopy{text->substr(kStart + size), text->substr(kStart, size)};
}

std::string sha256_of(std::string_view bytes) {
    core::Sha256 hash{};
    crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    return core::to_hex(hash.data(), hash.size());
}

}  // namespace jit::ctl::evidence
