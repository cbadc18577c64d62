// SPDX-License-Identifier: Apache-2.0
// Two ends of one sd-bus connection in one process, and messages that only a test reads.
#pragma once

#include <sys/socket.h>
#include <systemd/sd-bus.h>

#include <cstdlib>
#include <functional>

#include "common/handle.hpp"

namespace jit::test {

/** A client connection over `fd`, without authentication beyond that of the socket. */
inline BusPtr bus_client(int fd) {
    sd_bus* bus = nullptr;
    if (sd_bus_new(&bus) < 0 || sd_bus_set_fd(bus, fd, fd) < 0 || sd_bus_start(bus) < 0) std::abort();
    return BusPtr(bus);
}

/** A method call whose body is written by `fill`, sealed and rewound for reading. */
inline MessagePtr message(sd_bus* bus, const std::function<int(sd_bus_message*)>& fill) {
    sd_bus_message* raw = nullptr;
    if (sd_bus_message_new_method_call(bus, &raw, nullptr, "/org/jitd1", "org.jitd1.Gate", "Check") < 0) std::abort();
    MessagePtr out(raw);
    if (fill(raw) < 0 || sd_bus_message_seal(raw, 1, 0) < 0 || sd_bus_message_rewind(raw, 1) < 0) std::abort();
    return out;
}

}  // namespace jit::test
