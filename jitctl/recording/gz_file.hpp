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

    /** Up to `max` bytes; less only at the end. */
    std::string read(std::size_t max);
    /** The next line without its end; false when there is no whole line any more. One of more than 4 KiB is cut. */
    bool line(std::string& out);

  private:
    explicit GzFile(gzFile file) : file_(file) {}
    std::unique_ptr<gzFile_s, Deleter<gzclose_r>> file_;
};

}  // namespace jit::ctl::recording
