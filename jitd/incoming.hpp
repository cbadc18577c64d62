// SPDX-License-Identifier: Apache-2.0
// Files as they come: opened without following links or blocking, judged by their open descriptor,
// and copied once, so that every later step reads bytes that nobody can change.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/handle.hpp"
#include "core/grant_file.hpp"
#include "core/result.hpp"

namespace jit::daemon {

/** The state could not take the copy: no fault of the file, and room cures it. */
inline constexpr std::string_view kNoRoom = "RECOVERY";

enum class Links { follow, refuse };

struct OwnedFile {
    Fd fd;
    std::size_t size = 0;
};

/** Regular, of `owner`, not writable by group or others, at most `max` bytes. */
core::Result<OwnedFile> open_owned(const std::string& path, std::uint32_t owner, std::size_t max, Links links);

/** A grant file and its signature in one unlinked file of the state folder. */
class Pair final : public core::ByteSource {
  public:
    using Digest = std::array<unsigned char, 32>;

    enum class Place { state, memory };
    /** Copies both and hashes them on the way. A copy in memory can't be accepted. Code RECOVERY: no room. */
    static core::Result<Pair> copy(const std::string& grants, const std::string& signature, std::uint32_t owner,
                                   const std::string& state_dir, Place place = Place::state);
    /** The accepted copy; code MISSING if there is none. */
    static core::Result<Pair> accepted(const std::string& state_dir);
    /** Gives the copy its name, in one rename, on disk when this returns. */
    core::Result<void> accept(const std::string& state_dir) const;

    [[nodiscard]] const std::string& signature() const { return signature_; }
    [[nodiscard]] const Digest& digest() const { return digest_; }

    core::Result<std::size_t> read(std::span<char> out) override;
    core::Result<void> rewind() override;

  private:
    Fd fd_;
    std::string signature_;
    Digest digest_{};
    std::int64_t start_ = 0;  // of the grants
    std::int64_t at_ = 0;
};

}  // namespace jit::daemon
