// SPDX-License-Identifier: Apache-2.0
// A file of sudo's I/O log, compressed or not. That of a session killed, or still going on, has no end mark: what was
// written so far is all there is.
#pragma once

#include <zlib.h>

#include <memory>
#include <string>

#include "common/handle.hpp"
#include "core/result.hpp"

namespace jit::ctl::recording {

class GzFile {
  public:
    /** A regular file, no link. Codes MISSING, UNREADABLE. */
    static core::Result<GzFile> open(const std::string& path);

    /** Up to `max` bytes; less only at the end, or where it is broken. */
    std::string read(std::size_t max);
    /** The next line without its end; one of more than 4 KiB is cut. False when there is no whole line any more: `out` is
        what is left. */
    bool line(std::string& out);
    /** It went no further for another reason than its end. */
    [[nodiscard]] bool broken() const;

  private:
    explicit GzFile(gzFile file) : file_(file) {}
    std::unique_ptr<gzFile_s, Deleter<gzclose_r>> file_;
};

}  // namespace jit::ctl::recording
