// SPDX-License-Identifier: Apache-2.0
// How doctor reads the host: files, and programs that only tell. Remembers what it could not see,
// so that "no problems" never means "not looked".
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jit::ctl::doctor {

struct FileStat {
    uid_t uid = 0;
    gid_t gid = 0;
    mode_t mode = 0;  // with the type
    [[nodiscard]] bool others_may_write() const { return (mode & 022U) != 0; }
};

/** What a program said. */
struct Said {
    int status = 0;  // exit code; 128 + signal
    std::string out, err;
};

class Look {
  public:
    /** `root`: the root of the file system (tests). */
    explicit Look(std::string root = "/") : root_(std::move(root)) {}

    [[nodiscard]] std::string at(std::string_view path) const;
    /** Nothing when it is not there; also when it may not be read, which is remembered. */
    std::optional<std::string> text(const std::string& path);
    std::optional<FileStat> stat(const std::string& path);
    /** Names in a folder, sorted, without hidden ones. */
    std::vector<std::string> names(const std::string& folder);
    /** Runs a program by its full path, with no environment but PATH and a C locale, no input, and
     * 10 s of time. Nothing when it is not installed. */
    std::optional<Said> run(const std::vector<std::string>& words);

    void could_not(std::string what);
    [[nodiscard]] const std::vector<std::string>& unseen() const { return unseen_; }

  private:
    std::string root_;
    std::vector<std::string> unseen_;
};

/** 1-based number of the last line, comments aside, that has all of `words`; 0: none. */
std::size_t line_with(std::string_view text, const std::vector<std::string>& words);

}  // namespace jit::ctl::doctor
