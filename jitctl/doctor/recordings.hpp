// SPDX-License-Identifier: Apache-2.0
// Whether roles with record = true can be used, and who can get at what is recorded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jitctl/doctor/config.hpp"
#include "jitctl/doctor/finding.hpp"
#include "jitctl/doctor/look.hpp"
#include "jitctl/doctor/sudoers.hpp"

namespace jit::ctl::doctor {

struct Recordings {
    std::string directory;
    std::optional<FileStat> stat;  // of the directory
    std::string leads_to;          // where it is when a part of its path is a link
    std::optional<gid_t> reader;   // jitd's group
    std::string player;
    bool has_player = false;
    bool rate_limited = false;  // journald drops what a session writes too fast
};

/** Whether these lines of journald.conf(5), of all its files in their order, leave the limit on. */
bool is_rate_limited(std::string_view conf);

Recordings read_recordings(Look& look, const std::string& directory, const std::string& player, std::optional<gid_t> reader);

void judge(Findings& out, const Recordings& recordings, const Sudoers& sudoers, const Config& config);

}  // namespace jit::ctl::doctor
