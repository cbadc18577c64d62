// SPDX-License-Identifier: Apache-2.0
#include "jitd/app.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <sodium.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "core/duration.hpp"
#include "core/record.hpp"

namespace jit::daemon {
namespace {

/** A hash, not the id itself: machine-id is confidential (machine-id(5)). */
std::string machine_hash(const Environment& environment) {
    const Fd fd(::open(environment.machine_id.c_str(), O_RDONLY | O_CLOEXEC));
    char text[64];
    const auto n = fd ? ::read(fd.get(), text, sizeof text) : 0;
    core::Sha256 out{};
    crypto_generichash(out.data(), out.size(), reinterpret_cast<const unsigned char*>(text),
                       n > 0 ? static_cast<unsigned long long>(n) : 0, reinterpret_cast<const unsigned char*>("jitd"),
                       0);
    return core::to_hex(out.data(), out.size());
}

int complain(const core::Error& error) {
    std::fprintf(stderr, "<2>jitd: %s\n", error.text.c_str());
    return 1;
}

}  // namespace

App::App(Environment environment)
    : environment_(std::move(environment)), scopes_(environment_, [this](const std::string& session) { over(session); }),
      terminals_(environment_.terminals_dir), recordings_(environment_, worker_) {}

App::~App() = default;

core::Result<void> App::open_state() {
    auto clock = Clock::create();
    if (!clock) return clock.failure();
    std::unique_ptr<Store> store;
    Loaded loaded;
    auto opened = Store::open(environment_.state_dir);
    if (opened) {
        store = std::make_unique<Store>(*std::move(opened));
        auto rows = store->load(machine_hash(environment_), clock->now().boot_id);
        if (rows) {
            loaded = *std::move(rows);
        } else {
            opened = rows.failure();
        }
    }
    if (!opened) {  // never a silent reset: nothing is allowed until root has looked
        (void)complain(opened.error());
        store.reset();
        loaded.state.needs_recovery = true;
        loaded.state.host_id = machine_hash(environment_).substr(0, 32);  // break-glass tokens need a host to be for
    }
    engine_ = std::make_unique<Engine>(*std::move(clock), std::move(store), std::move(loaded), journal_, *this);
    return {};
}

core::Result<void> App::start(std::map<std::string, Fd> kept) {
    if (sodium_init() < 0) return core::fail("Failed", "libsodium can't be initialised");
    ::mallopt(M_ARENA_MAX, 1);  // two threads, little to do: a second arena is only memory
    ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);  // fixed: after one large message malloc would keep as much for ever
    sd_event* event = nullptr;
    if (const int r = sd_event_default(&event); r < 0) return core::fail("Failed", std::strerror(-r));
    event_.reset(event);
    (void)sd_event_set_watchdog(event, 1);
    sigset_t mask;
    sigemptyset(&mask);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&mask, signal);
    sigprocmask(SIG_BLOCK, &mask, nullptr);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sd_event_add_signal(event, nullptr, signal, on_signal, this);

    if (auto ok = journal_.start(event, environment_.journal_socket); !ok) return ok;
    if (auto ok = worker_.start(event); !ok) return ok;
    if (auto ok = scopes_.start(event); !ok) return ok;
    if (auto ok = open_state(); !ok) return ok;
    for (auto& [name, fd] : kept) adopt(name, std::move(fd));
    memberships_ = std::make_unique<Memberships>(*engine_, worker_);
    account_watch_ = std::make_unique<AccountWatch>(environment_, *engine_, worker_);
    source_ = std::make_unique<GrantSource>(environment_, *engine_, worker_, [this] { memberships_->refresh(); });
    manager_ = std::make_unique<Manager>(*engine_, *source_, worker_, [this] { return set_state_aside(); });
    gate_ = std::make_unique<Gate>(environment_, *engine_, scopes_, *manager_, *memberships_);
    bus_ = std::make_unique<SystemBus>(*manager_);
    return source_->start(event, [this] { on_ready(); });
}

void App::adopt(const std::string& name, Fd fd) {
    const auto session = name.substr(2);
    const bool known = engine_->state().needs_recovery || engine_->state().sessions.contains(session);
    if (name.starts_with("t-")) {
        known ? terminals_.adopt(session, std::move(fd)) : Terminals::discard(session);
    } else {
        known ? scopes_.adopt(session, std::move(fd)) : Scopes::discard(session);
    }
}

core::Result<std::string> App::set_state_aside() {
    const auto now = engine_->now();
    const auto floor = std::max(now.wall, floor_in(environment_.state_dir).value_or(core::Wall{}));
    auto aside = set_aside(environment_.state_dir, core::format_time(now.wall));
    if (!aside) return aside;
    auto made = Store::open(environment_.state_dir, Begin::anew);
    if (made) {
        auto loaded = made->load(machine_hash(environment_), now.boot_id);
        const auto saved = loaded ? made->save_floor(floor) : core::Result<void>(loaded.failure());
        if (!saved) return saved.failure();
    }
    if (!made) return made.failure();
    engine_->stop(nullptr);
    (void)sd_event_exit(event_.get(), 0);  // systemd starts another one, which reads it
    return aside;
}

void App::on_ready() {
    // Only now: a check or a tick before the file grants are back would deny, or end what they hold.
    auto ok = account_watch_->start(event_.get());
    if (ok) ok = engine_->start(event_.get());
    if (ok) adopt_sessions();
    if (ok) ok = gate_->start(event_.get(), std::move(gate_fd_));
    if (ok && environment_.system_bus) ok = bus_->start(event_.get());
    if (!ok) {
        (void)complain(ok.error());
        (void)sd_event_exit(event_.get(), 1);
        return;
    }
    (void)sd_notify(0, "READY=1");
}

void App::adopt_sessions() {
    std::vector<std::string> came, ending, gone;
    for (const auto& [id, session] : engine_->state().sessions) {
        const bool opening = session.state == core::SessionState::opening;
        if (!scopes_.attach(id, Fd())) {
            if (!opening) gone.push_back(id);  // otherwise its scope line may still come
        } else if (opening) {
            came.push_back(id);
        } else if (session.state == core::SessionState::ending) {
            ending.push_back(id);
        }
    }
    for (const auto& id : came) engine_->handle(core::AttachEvent{id});  // the disk did not take it, or jitd ended before
    for (const auto& id : gone) over(id);
    for (const auto& id : ending) scopes_.stop(id, core::OnEnd::terminate);  // the first byte may not have gone out
    if (engine_->state().needs_recovery) return;
    for (const auto& id : scopes_.found()) {
        if (engine_->state().sessions.contains(id)) continue;
        std::fprintf(stderr, "<4>jitd: session %s is not in the state, ending it\n", id.c_str());
        scopes_.stop(id, core::OnEnd::terminate);
    }
}

void App::over(const std::string& session) {
    const auto it = engine_->state().sessions.find(session);
    if (it == engine_->state().sessions.end() || it->second.recording.empty()) {
        engine_->handle(core::EmptyEvent{session, {}});
        return;
    }
    recordings_.look_at(session, it->second.recording, [this, session](const core::Recorded& recorded) {
        engine_->handle(core::EmptyEvent{session, recorded});
    });
}

void App::announce(const core::Announce& change) {
    if (bus_) bus_->emit(change);
    if (change.what != "session") return;
    if (account_watch_) account_watch_->sessions_changed();
    const auto it = engine_->state().sessions.find(change.id);
    if (it == engine_->state().sessions.end()) {
        terminals_.forget(change.id);
    } else if (it->second.state == core::SessionState::open) {
        terminals_.keep(it->second);
    }
}

void App::tell_everybody(const std::string& text) { terminals_.tell_everybody(text); }

void App::tell_person(const core::Session& session, const std::string& text) { terminals_.tell(session, text); }

void App::checkpoint() {
    (void)worker_.post([dir = environment_.state_dir]() -> Worker::Completion {
        daemon::checkpoint(dir);
        return nullptr;
    });
}

int App::on_signal(sd_event_source* source, const signalfd_siginfo* info, void* self) noexcept {
    auto& app = *static_cast<App*>(self);
    if (info->ssi_signo == SIGHUP) {
        app.source_->reload([] {});
        return 0;
    }
    (void)sd_notify(0, "STOPPING=1");
    app.engine_->stop(nullptr);
    return sd_event_exit(sd_event_source_get_event(source), 0);
}

int App::run(Fd gate, std::map<std::string, Fd> kept) {
    gate_fd_ = std::move(gate);
    if (auto ok = start(std::move(kept)); !ok) return complain(ok.error());
    const int r = sd_event_loop(event_.get());
    if (engine_) engine_->close();
    return r < 0 ? 1 : 0;
}

}  // namespace jit::daemon
