// SPDX-License-Identifier: Apache-2.0
// jitd as it runs: whether it answers, its state, the gate's socket, the grant file in force.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/time.hpp"
#include "jitctl/doctor/accounts.hpp"
#include "jitctl/doctor/finding.hpp"
#include "jitctl/doctor/gates.hpp"
#include "jitctl/doctor/look.hpp"
#include "jitctl/environment.hpp"

namespace jit::ctl::doctor {

struct Daemon {
    std::string silence;  // why it does not answer; empty: it does
    Json status;          // as of Kind::status
    Json grants = Json::array();
    std::optional<FileStat> run_dir, socket, state_dir;
    std::optional<uid_t> owner;         // jitd's uid
    std::optional<std::uint64_t> room;  // bytes free where the state is
    std::string socket_enabled;         // systemctl is-enabled jitd.socket
};

Daemon read_daemon(Look& look, const Environment& env, const Accounts& accounts);

void judge(Findings& out, const Daemon& daemon, const Gates& gates, core::Wall now);

}  // namespace jit::ctl::doctor
