// SPDX-License-Identifier: Apache-2.0
// Which files of /etc/pam.d change how, to gate a service and to ungate it; called by
// pam_rollout.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "jitctl/pam_change.hpp"
#include "jitctl/pam_edit.hpp"

namespace jit::ctl {

/** One file of one service. `state`: off, on, permissive, partial, out of order. */
struct PamStatus {
    std::string service;  // sudo, su, sshd
    std::string file;     // /etc/pam.d/sudo-i
    std::string state;
    std::size_t line = 0;  // of the first rule that is not in order; 0: none
};

/** What gating `service` (sudo, su or sshd) changes, files that stay as they are included. `root`
 * is the root of the file system (tests). Codes: USAGE, MISSING, UNREADABLE, FIELD. */
core::Result<std::vector<PamChange>> plan_pam_enable(std::string_view service, PamMode mode,
                                                     const std::string& root = "/");

/** Takes out exactly the lines of `plan_pam_enable`; lines of other people stay, byte for byte. */
core::Result<std::vector<PamChange>> plan_pam_disable(std::string_view service,
                                                      const std::string& root = "/");

/** State of every file of a service, or of all services when `service` is empty. */
core::Result<std::vector<PamStatus>> pam_status(std::string_view service = {},
                                                const std::string& root = "/");

/** Where libpam would find pam_jit.so, as paths below `root`; none: every gated service refuses. */
std::vector<std::string> pam_modules(const std::string& root = "/");

}  // namespace jit::ctl
