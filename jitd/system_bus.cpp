// SPDX-License-Identifier: Apache-2.0
#include "jitd/system_bus.hpp"

#include <cstdio>
#include <cstring>

#include "common/names.hpp"
#include "core/text.hpp"
#include "jitd/clock.hpp"

namespace jit::daemon {
namespace {

constexpr char kSystemBusAddress[] = "unix:path=/run/dbus/system_bus_socket";
constexpr std::uint64_t kRetry = 1'000'000;
constexpr std::uint64_t kRetryName = 10'000'000;

}  // namespace

SystemBus::SystemBus(Manager& manager) : endpoint_{&manager, std::nullopt} {}

SystemBus::~SystemBus() { drop(); }

core::Result<void> SystemBus::start(sd_event* event) {
    event_ = event;
    if (retry_.init(event, CLOCK_MONOTONIC, kPriorityBus, [this] { connect(); }) < 0) {
        return core::fail("Failed", "bus: timer");
    }
    connect();
    return {};
}

void SystemBus::connect() {
    drop();
    sd_bus* bus = nullptr;
    int r = sd_bus_new(&bus);
    bus_.reset(bus);
    if (r >= 0) r = sd_bus_set_address(bus, kSystemBusAddress);
    if (r >= 0) r = sd_bus_set_bus_client(bus, 1);
    if (r >= 0) r = sd_bus_negotiate_fds(bus, 0);  // nothing here takes descriptors: the bus keeps them away
    if (r >= 0) r = sd_bus_start(bus);
    if (r >= 0) r = endpoint_.manager->serve(bus, &endpoint_);
    if (r >= 0) {
        r = sd_bus_match_signal(bus, nullptr, nullptr, "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local",
                                "Disconnected", on_disconnect, this);
    }
    if (r >= 0) r = sd_bus_request_name_async(bus, nullptr, kBusName, 0, on_name, this);
    if (r >= 0) r = sd_bus_attach_event(bus, event_, kPriorityBus);
    if (r < 0) {
        drop();
        retry_.arm(monotonic() + kRetry);
    }
}

void SystemBus::drop() {
    endpoint_.manager->forget_callers();
    if (bus_) sd_bus_detach_event(bus_.get());
    bus_.reset();
}

int SystemBus::on_name(sd_bus_message* reply, void* self, sd_bus_error*) noexcept {
    if (!sd_bus_message_is_method_error(reply, nullptr)) return 0;
    std::fprintf(stderr, "<3>jitd: the bus refuses the name %s: %s\n", kBusName, sd_bus_message_get_error(reply)->message);
    static_cast<SystemBus*>(self)->retry_.arm(monotonic() + kRetryName);
    return 0;
}

int SystemBus::on_disconnect(sd_bus_message*, void* self, sd_bus_error*) noexcept {
    // The connection is in the middle of dispatching this: it is replaced from the timer.
    static_cast<SystemBus*>(self)->retry_.arm(monotonic() + kRetry);
    return 0;
}

void SystemBus::emit(const core::Announce& change) {
    if (!bus_ || sd_bus_is_ready(bus_.get()) <= 0) return;
    const auto* member = change.what == "grant"     ? "GrantChanged"
                         : change.what == "request" ? "RequestChanged"
                         : change.what == "session" ? "SessionChanged"
                                                    : "FileChanged";
    // Anybody may listen: an id that a signer chose can name a person or a ticket.
    const bool told = change.what == "file" || core::is_own_id(change.id);
    (void)sd_bus_emit_signal(bus_.get(), kObjectPath, kManagerInterface, member, "ss", told ? change.id.c_str() : "",
                             change.state.c_str());
}

}  // namespace jit::daemon
