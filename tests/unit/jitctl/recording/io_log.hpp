// SPDX-License-Identifier: Apache-2.0
// A directory as sudo's I/O log makes it.
#pragma once

#include <zlib.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/temp_dir.hpp"

namespace jit::test {

class IoLog {
  public:
    IoLog() { file("log.json", "{}").file("timing", ""); }

    IoLog& file(const std::string& name, const std::string& bytes) {
        std::ofstream(path() + "/" + name, std::ios::binary) << bytes;
        return *this;
    }
    /** As compress_io and iolog_flush write it, without the last `cut` bytes. */
    IoLog& compressed(const std::string& name, const std::string& bytes, std::size_t cut) {
        const std::string to = path() + "/" + name;
        gzFile out = ::gzopen(to.c_str(), "wb");
        if (::gzwrite(out, bytes.data(), static_cast<unsigned>(bytes.size())) <= 0 || ::gzflush(out, Z_SYNC_FLUSH) != Z_OK ||
            ::gzclose(out) != Z_OK)
            std::abort();
        std::filesystem::resize_file(to, std::filesystem::file_size(to) - cut);
        return *this;
    }
    [[nodiscard]] std::string path() const { return dir_.path(""); }

  private:
    TempDir dir_;
};

}  // namespace jit::test
