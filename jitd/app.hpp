// SPDX-License-Identifier: Apache-2.0
// Owns all parts of jitd and starts them in order: state, settings and grants, gate, bus.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "jitd/account_watch.hpp"
#include "jitd/engine.hpp"
#include "jitd/environment.hpp"
#include "jitd/gate.hpp"
#include "jitd/grant_source.hpp"
#include "jitd/journal.hpp"
#include "jitd/manager.hpp"
#include "jitd/memberships.hpp"
#include "jitd/recordings.hpp"
#include "jitd/scopes.hpp"
#include "jitd/system_bus.hpp"
#include "jitd/terminals.hpp"
#include "jitd/worker.hpp"

namespace jit::daemon {

class App final : public Actions {
  public:
    explicit App(Environment environment);
    App(const App&) = delete;
    App& operator=(const App&) = delete;
    ~App() override;

    /** `gate` listens; `kept` are the descriptors systemd kept, by name: k- or t- and the session, see Scopes and
     *  Terminals. Returns main's exit code, with all on disk: the process may end without ~App, which waits for a look-up
     *  on the worker, as long as that takes. */
    int run(Fd gate, std::map<std::string, Fd> kept);

    void stop(const std::string& session, core::OnEnd how) override { scopes_.stop(session, how); }
    void kill(const std::string& session) override { scopes_.kill(session); }
    void announce(const core::Announce& change) override;
    void tell_everybody(const std::string& text) override;
    void tell_person(const core::Session& session, const std::string& text) override;
    void checkpoint() override;

  private:
    core::Result<void> start(std::map<std::string, Fd> kept);
    core::Result<void> open_state();
    core::Result<std::string> set_state_aside();
    void on_ready();
    void adopt(const std::string& name, Fd fd);
    void adopt_sessions();
    /** Nothing runs in the session any more. */
    void over(const std::string& session);
    static int on_signal(sd_event_source*, const signalfd_siginfo*, void* app) noexcept;

    Environment environment_;
    EventPtr event_;
    Worker worker_;
    Journal journal_;
    Scopes scopes_;
    Terminals terminals_;
    Recordings recordings_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<Memberships> memberships_;
    std::unique_ptr<AccountWatch> account_watch_;
    std::unique_ptr<GrantSource> source_;
    std::unique_ptr<Manager> manager_;
    std::unique_ptr<Gate> gate_;
    std::unique_ptr<SystemBus> bus_;
    Fd gate_fd_;
};

}  // namespace jit::daemon
