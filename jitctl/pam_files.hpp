// SPDX-License-Identifier: Apache-2.0
// Puts JIT's lines into /etc/pam.d and takes them out again; called by `jitctl pam`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "jitctl/pam_edit.hpp"

namespace jit::ctl {

/** One file of one service. `state`: off, on, permissive, partial, out of order. */
struct PamStatus {
    std::string service;  // sudo, su, sshd
    std::string file;     // /etc/pam.d/sudo-i
    std::string state;
};

/** Files changed, in the order written; none when all was in place already. `service`: sudo, su or
 * sshd. `root` is the root of the file system (tests). Codes: USAGE, MISSING, UNREADABLE, FIELD. A
 * failure half-way puts the files already written back. */
core::Result<std::vector<std::string>> pam_enable(std::string_view service, PamMode mode,
                                                  const std::string& root = "/");

/** Takes out exactly the lines `pam_enable` put in; lines of other people stay, byte for byte. */
core::Result<std::vector<std::string>> pam_disable(std::string_view service,
                                                   const std::string& root = "/");

/** State of every file of a service, or of all services when `service` is empty. */
core::Result<std::vector<PamStatus>> pam_status(std::string_view service = {},
                                                const std::string& root = "/");

}  // namespace jit::ctl
