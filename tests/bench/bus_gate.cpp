// SPDX-License-Identifier: Apache-2.0
// bus_gate STATE_DIR: jitd's own gate, engine, state and journal behind a name on the system bus instead of a socket:
// the control of what a check costs. It doesn't ask the bus who calls, as a real one would have to.
#include <sodium.h>
#include <systemd/sd-daemon.h>

#include <cstdio>

#include "jitd/gate.hpp"
#include "jitd/grant_source.hpp"
#include "jitd/manager.hpp"
#include "jitd/memberships.hpp"
#include "tests/bench/bus_gate.hpp"

namespace {

using namespace jit;
using namespace jit::daemon;

/** Ends nothing; keeps its log as short as jitd does. */
class NoActions final : public Actions {
  public:
    NoActions(Worker& worker, std::string state_dir) : worker_(worker), state_dir_(std::move(state_dir)) {}
    void stop(const std::string&, core::OnEnd) override {}
    void kill(const std::string&) override {}
    void announce(const core::Announce&) override {}
    void tell_everybody(const std::string&) override {}
    void tell_person(const jit::core::Session&, const std::string&) override {}
    void checkpoint() override {
        (void)worker_.post([this]() -> Worker::Completion {
            daemon::checkpoint(state_dir_);
            return nullptr;
        });
    }

  private:
    Worker& worker_;
    std::string state_dir_;
};

int on_check(sd_bus_message* m, void* gate, sd_bus_error*) noexcept {
    return guarded([&] { return static_cast<Gate*>(gate)->check(m); });
}

const sd_bus_vtable kVtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("Check", "a{sv}", "ayta{sv}", on_check, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

int complain(const char* what) {
    std::fprintf(stderr, "bus_gate: %s failed\n", what);
    return 1;
}

int serve(const std::string& state_dir) {
    Environment environment;
    environment.state_dir = state_dir;
    sd_event* loop = nullptr;
    if (sodium_init() < 0 || sd_event_default(&loop) < 0) return complain("the event loop");
    const EventPtr event(loop);
    Journal journal;
    Worker worker;
    NoActions actions(worker, state_dir);
    auto clock = Clock::create();
    auto store = Store::open(state_dir);
    if (!clock || !store) return complain("the state");
    auto loaded = store->load("", clock->now().boot_id);
    if (!loaded || !journal.start(loop, environment.journal_socket) || !worker.start(loop)) return complain("the start");
    Scopes scopes(environment, [](const std::string&) {});
    Engine engine(*std::move(clock), std::make_unique<Store>(*std::move(store)), *std::move(loaded), journal, actions);
    GrantSource source(environment, engine, worker);
    Manager manager(engine, source, worker);
    Memberships memberships(engine, worker);
    Gate gate(environment, engine, scopes, manager, memberships);

    sd_bus* raw = nullptr;
    if (sd_bus_open_system(&raw) < 0) return complain("the system bus");
    const BusPtr bus(raw);
    const auto ready = [&] {
        (void)engine.start(loop);
        const bool served = sd_bus_add_object_vtable(raw, nullptr, kObjectPath, kGateInterface, kVtable, &gate) >= 0 &&
                            sd_bus_attach_event(raw, loop, kPriorityGate) >= 0 &&
                            sd_bus_request_name(raw, bench::kBusGateName, 0) >= 0;
        served ? (void)sd_notify(0, "READY=1") : (void)sd_event_exit(loop, 1);
    };
    if (!source.start(loop, ready)) return complain("the grant file");
    return sd_event_loop(loop);
}

}  // namespace

int main(int argc, char** argv) { return argc == 2 ? serve(argv[1]) : 2; }
