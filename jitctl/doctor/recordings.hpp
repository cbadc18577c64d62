// SPDX-License-Identifier: Apache-2.0
// Whether roles with record = true can be used, and who can get at what is recorded.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "jitctl/doctor/config.hpp"
#include "jitctl/doctor/finding.hpp"
#include "jitctl/doctor/look.hpp"
#include "jitctl/doctor/sudoers.hpp"

namespace jit::ctl::doctor {

struct Recordings {
    std::string directory;
    std::optional<FileStat> stat;  // of the directory
    std::optional<gid_t> reader;   // jitd's group
    std::string player;
    bool has_player = false;
};

Recordings read_recordings(Look& look, const std::string& directory, const std::string& player, std::optional<gid_t> reader);

void judge(Findings& out, const Recordings& recordings, const Sudoers& sudoers, const Config& config);

}  // namespace jit::ctl::doctor
