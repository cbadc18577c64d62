// SPDX-License-Identifier: Apache-2.0
// One call to jitd, bounded as a whole: connecting, authentication, Hello, question and answer.
#pragma once

#include <systemd/sd-bus.h>

#include <functional>

#include "common/handle.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "jitctl/environment.hpp"

namespace jit::ctl {

struct Call {
    const char* member = nullptr;  // of org.jitd1.Manager
    std::function<int(sd_bus_message*)> append;
    core::Usec timeout{};
    bool gate_only = false;  // never over the bus
};

/** Root asks the gate peer to peer, and the bus only when the gate can't be reached; others the
   bus. Codes of exit_code.hpp; a call that may have been carried out is never sent a second time.
 */
core::Result<MessagePtr> call_manager(const Environment& env, const Call& call);

}  // namespace jit::ctl
