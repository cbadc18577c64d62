// SPDX-License-Identifier: Apache-2.0
// jitd's gate of the real parts in this process, over a socket in a folder of the test; without a store, so that it
// grants nothing.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "jitd/gate.hpp"
#include "jitd/manager.hpp"
#include "jitd/memberships.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/test_loop.hpp"

namespace jit::test {

class NoActions final : public daemon::Actions {
  public:
    void stop(const std::string&, core::OnEnd) override {}
    void kill(const std::string&) override {}
    void announce(const core::Announce&) override {}
    void tell_everybody(const std::string&) override {}
    void tell_person(const jit::core::Session&, const std::string&) override {}
    void checkpoint() override {}
};

class ServedGate {
  public:
    TestLoop loop;

    ServedGate() {
        environment_.root_uid = ::getuid();
        Fd listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const auto address = this->address();
        if (::bind(listening.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
            ::listen(listening.get(), 64) != 0 || !gate_.start(loop.get(), std::move(listening))) {
            std::abort();
        }
    }

    /** Connected as root is: by the uid of this process. */
    [[nodiscard]] Fd connect() const {
        Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const auto address = this->address();
        if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) std::abort();
        return fd;
    }

  private:
    [[nodiscard]] sockaddr_un address() const {
        sockaddr_un out{};
        out.sun_family = AF_UNIX;
        dir_.path("gate").copy(out.sun_path, sizeof out.sun_path - 1);
        return out;
    }

    TempDir dir_;
    daemon::Environment environment_;
    NoActions actions_;
    daemon::Journal journal_;
    daemon::Worker worker_;
    daemon::Engine engine_{*daemon::Clock::create(), nullptr, daemon::Loaded{}, journal_, actions_};
    daemon::GrantSource source_{environment_, engine_, worker_};
    daemon::Scopes scopes_{environment_, [](const std::string&) {}};
    daemon::Manager manager_{engine_, source_, worker_};
    daemon::Memberships memberships_{engine_, worker_};
    daemon::Gate gate_{environment_, engine_, scopes_, manager_, memberships_};
};

}  // namespace jit::test
