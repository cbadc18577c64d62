// SPDX-License-Identifier: Apache-2.0
// A folder that goes with the test, and the few file and program calls tests need.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jit::test {

class TempDir {
  public:
    /** In `parent`; by default where temporary files go. */
    explicit TempDir(const std::string& parent = {});
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    [[nodiscard]] std::string path(std::string_view name = {}) const;
    /** Makes the folders on the way; the file's path. */
    std::string write(std::string_view name, std::string_view content) const;
    [[nodiscard]] std::string read(std::string_view name) const;

  private:
    std::string root_;
};

/** Runs a program with `input` on stdin and waits; its exit code, -1 when it did not start. */
int run(const std::vector<std::string>& command, std::string_view input_file = "/dev/null");

}  // namespace jit::test
