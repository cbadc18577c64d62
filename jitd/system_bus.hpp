// SPDX-License-Identifier: Apache-2.0
// The name org.jitd1 on the system bus. Nothing here waits: a stuck or restarted bus costs the name, not the gate.
#pragma once

#include <systemd/sd-bus.h>

#include "common/handle.hpp"
#include "core/step.hpp"
#include "jitd/loop.hpp"
#include "jitd/manager.hpp"

namespace jit::daemon {

class SystemBus {
  public:
    explicit SystemBus(Manager& manager);
    SystemBus(const SystemBus&) = delete;
    SystemBus& operator=(const SystemBus&) = delete;
    ~SystemBus();

    core::Result<void> start(sd_event* event);
    void emit(const core::Announce& change);

  private:
    void connect();
    void drop();
    static int on_name(sd_bus_message* reply, void* self, sd_bus_error*) noexcept;
    static int on_disconnect(sd_bus_message*, void* self, sd_bus_error*) noexcept;

    ManagerEndpoint endpoint_;
    sd_event* event_ = nullptr;
    BusPtr bus_;
    Timer retry_;
};

}  // namespace jit::daemon
