// SPDX-License-Identifier: Apache-2.0
// Small files read whole, written so that a reader never sees half of one.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <string_view>

#include "core/grant_file.hpp"
#include "core/result.hpp"

namespace jit::ctl {

/** Codes MISSING, UNREADABLE, NOT_REGULAR, TOO_BIG. */
core::Result<std::string> read_file(const std::string& path, std::size_t max);
/** Standard input to its end, or its first `max` bytes. */
std::string read_stdin(std::size_t max);
/** A request with whatever surrounds it in a mail or a chat. */
inline constexpr std::size_t kMaxPaste = 64U << 10;
bool exists(const std::string& path);
/** Permissions of an existing file, else `otherwise`. */
mode_t mode_of(const std::string& path, mode_t otherwise);
/** All of it; 0 or an errno. */
int write_all(int fd, std::string_view text);
/** Creates `path`, which must not exist yet, and has it on disk before returning. */
core::Result<void> write_new(const std::string& path, std::string_view text, mode_t mode);
core::Result<void> rename_file(const std::string& from, const std::string& to);
/** Makes renames in the folder of `path` durable. */
core::Result<void> sync_folder(const std::string& path);

/** Unlinks a file when it goes out of scope, unless kept: temporary files never stay. */
class Temporary {
  public:
    explicit Temporary(std::string path) : path_(std::move(path)) {}
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    ~Temporary();
    [[nodiscard]] const std::string& path() const { return path_; }
    void keep() { path_.clear(); }

  private:
    std::string path_;
};

/** A text in memory, for the loader. */
class TextSource final : public core::ByteSource {
  public:
    explicit TextSource(std::string_view text) : text_(text) {}
    core::Result<std::size_t> read(std::span<char> out) override;
    core::Result<void> rewind() override;

  private:
    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace jit::ctl
