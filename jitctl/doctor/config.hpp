// SPDX-License-Identifier: Apache-2.0
// /etc/jit as jitd reads it: what it refuses, and whether anybody can still grant.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/host.hpp"
#include "core/policy.hpp"
#include "core/settings.hpp"
#include "core/time.hpp"
#include "core/trust.hpp"
#include "jitctl/doctor/accounts.hpp"
#include "jitctl/doctor/finding.hpp"
#include "jitctl/doctor/gates.hpp"
#include "jitctl/doctor/logins.hpp"
#include "jitctl/doctor/look.hpp"

namespace jit::ctl::doctor {

struct Refused {
    std::string text;  // "file:line:column: reason"
    std::string code;
    std::string remedy;
};

struct Config {
    std::vector<Refused> refused;
    std::vector<std::string> missing;  // paths of host.toml, trust.toml
    core::Settings settings;
    core::Host host;
    std::optional<core::Trust> trust;
    std::optional<core::Policy> policy;
};

/** `reader`: the group of jitd, which has to read the files. */
Config read_config(Look& look, const std::string& config_dir, const std::string& vendor_dir,
                   std::optional<gid_t> reader);

void judge(Findings& out, const Config& config, const Gates& gates, core::Wall now);

/** Whether somebody can still let somebody in. */
void judge_lockout(Findings& out, const Config& config, const Gates& gates,
                   const Accounts& accounts, const Logins& logins, core::Wall now);

}  // namespace jit::ctl::doctor
