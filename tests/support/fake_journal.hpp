// SPDX-License-Identifier: Apache-2.0
// journald's socket in a folder of the test, for what jitd sends there.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "common/handle.hpp"
#include "tests/support/temp_dir.hpp"

namespace jit::test {

/** journald's socket, read by the test when it pleases. */
class FakeJournal {
  public:
    explicit FakeJournal(const TempDir& dir) : path_(dir.path("socket")) { open(); }

    void open() {
        fd_ = Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path_.copy(address.sun_path, sizeof address.sun_path - 1);
        if (::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) std::abort();
    }
    void close() {
        fd_.reset();
        if (::unlink(path_.c_str()) != 0) std::abort();
    }
    /** One datagram; "" when there is none. */
    std::string read() {
        char buffer[8192];
        const auto n = ::recv(fd_.get(), buffer, sizeof buffer, 0);
        return n < 0 ? "" : std::string(buffer, static_cast<std::size_t>(n));
    }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
    Fd fd_;
};

}  // namespace jit::test
