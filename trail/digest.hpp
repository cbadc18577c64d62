// SPDX-License-Identifier: Apache-2.0
// The digest of a recording: what the audit record of a session says of the files that sudo wrote.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/handle.hpp"
#include "core/result.hpp"
#include "core/sshsig.hpp"

namespace jit::trail {

/** SHA-256 over each regular file of a folder in the order of the names' bytes: name, NUL, 64-bit LE length, content. */
struct Digest {
    core::Sha256 sha256{};
    std::uint64_t bytes = 0;  // of content
};

/** Of a folder that holds more nothing is said: root in a session could keep the reader busy for days. sudo writes 8 files. */
inline constexpr std::size_t kMostFiles = 64;
inline constexpr std::uint64_t kMostBytes = std::uint64_t{4} << 30;

/** Makes it in parts, for who has other work in between. */
class Digester {
  public:
    /** Code MISSING: no such folder; UNREADABLE: it can't be read, or holds more than kMostFiles. */
    static core::Result<Digester> open(const std::string& folder);
    Digester(Digester&&) noexcept;
    Digester& operator=(Digester&&) noexcept;
    ~Digester();

    /** Reads at most `size` bytes more; true when that was all. Code UNREADABLE, also of a file that shrank meanwhile,
     * and beyond kMostBytes. */
    core::Result<bool> read(std::size_t size);
    /** Once, after the end. */
    Digest finish();

  private:
    struct Hash;
    Digester(std::string folder, Fd dir, std::vector<std::string> names);
    core::Result<bool> next_file();

    std::string folder_;
    Fd dir_;
    std::vector<std::string> names_;  // still to come, last first
    std::unique_ptr<Hash> hash_;
    Fd file_;
    std::uint64_t left_ = 0;  // of the present file
    std::uint64_t bytes_ = 0;
};

/** The whole of it. */
core::Result<Digest> digest_of(const std::string& folder);

}  // namespace jit::trail
