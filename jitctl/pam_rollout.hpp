// SPDX-License-Identifier: Apache-2.0
// Gating a service and ungating it so that nobody is locked out: what to undo is on disk and a
// timer runs before a file changes. Called by `jitctl pam`.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jitctl/pam_files.hpp"
#include "jitctl/pam_store.hpp"

namespace jit::ctl {

/** Where it happens, and who starts and stops the timer; tests give others. */
struct PamHost {
    std::string root = "/";
    std::function<core::Result<void>(const PamPending&, core::Usec span)> start_timer;
    std::function<void(const PamPending&)> stop_timer;
};
PamHost system_pam_host();

struct PamOutcome {
    std::vector<std::string> changed;   // files
    std::optional<PamPending> pending;  // waits for a confirmation, perhaps since an earlier change
};

/** Gates `service`. With `confirm` it goes back to what was confirmed last, unless pam_confirm
 * comes within that time. Without it a confirmation awaited is still awaited. Codes as
 * plan_pam_enable. */
core::Result<PamOutcome> pam_enable(const PamHost& host, std::string_view service, PamMode mode,
                                    std::optional<core::Usec> confirm);
/** Ungates it; nothing is left to confirm. When only that can't be remembered it is ungated all the
 * same, and the failure says so. */
core::Result<PamOutcome> pam_disable(const PamHost& host, std::string_view service);

/** Keeps the changes that wait; `service` may be empty for all. The services confirmed. Codes:
 * NOT_FOUND, or REVERTED if it is too late. */
core::Result<std::vector<std::string>> pam_confirm(const PamHost& host, std::string_view service);

/** One service's confirmation that is awaited, or the one that did not come. */
struct PamWaiting {
    std::string service;
    std::optional<PamPending> pending;
    std::optional<PamReverted> reverted;
    core::Usec left{};  // until `pending` is undone, by the clock that gets there first
};
/** Of the services that have either. UNREADABLE for who is not root. */
core::Result<std::vector<PamWaiting>> pam_waiting(const PamHost& host, std::string_view service);

}  // namespace jit::ctl
