// SPDX-License-Identifier: Apache-2.0
// How the gate stands in /etc/pam.d.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "jitctl/doctor/accounts.hpp"
#include "jitctl/doctor/finding.hpp"
#include "jitctl/doctor/gates.hpp"
#include "jitctl/doctor/look.hpp"
#include "jitctl/pam_files.hpp"
#include "jitctl/pam_rollout.hpp"

namespace jit::ctl::doctor {

struct Pam {
    struct Line {
        std::string file;
        std::size_t line = 0;
    };
    struct Module {
        std::string path;
        FileStat stat;
    };
    std::vector<PamStatus> files;
    std::vector<Line> elsewhere;  // lines of the module in other services' files
    std::vector<Module> modules;
    std::vector<PamWaiting> waiting;      // for a confirmation, or gone back without one
    std::vector<std::string> remembered;  // services that jitctl gated and nobody ungated
    std::vector<std::string> permissive;  // services whose files, or what is remembered, say so

    [[nodiscard]] Gates gates() const;
    /** Names of the files that ask: what sudo's pam_service may be. */
    [[nodiscard]] std::vector<std::string> asking() const;
};

Pam read_pam(Look& look);

void judge(Findings& out, const Pam& pam, const Accounts& accounts);

}  // namespace jit::ctl::doctor
