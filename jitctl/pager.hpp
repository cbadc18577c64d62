// SPDX-License-Identifier: Apache-2.0
// Pipes long output through the reader's pager.
#pragma once

#include <sys/types.h>

#include <cstdio>

namespace jit::ctl {

class Pager {
  public:
    /** Starts $JITCTL_PAGER, $SYSTEMD_PAGER or $PAGER; where none is set or it can't be started, less; and without that the
     * text goes to stdout as it is. file() is `fallback` if there is to be no pager. */
    explicit Pager(std::FILE* fallback);
    Pager(const Pager&) = delete;
    Pager& operator=(const Pager&) = delete;
    ~Pager();  // waits until the reader has left it

    [[nodiscard]] std::FILE* file() const { return file_; }

  private:
    std::FILE* file_;
    pid_t pid_ = -1;
};

}  // namespace jit::ctl
