// SPDX-License-Identifier: Apache-2.0
// Reads and replaces files of /etc/pam.d so that a login meanwhile sees the old file or the new
// one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace jit::ctl {

/** A file as it stands; `text` is absent if there is none. `path` has no link left in it. */
struct PamContent {
    std::string path;
    std::optional<std::string> text;
};
core::Result<PamContent> read_pam_file(const std::string& path);

/** What becomes of one file; no `after`: it goes. */
struct PamChange {
    PamContent before;
    std::optional<std::string> after;
};

/** All or nothing: a failure puts back what was written. The files that changed, in order. */
core::Result<std::vector<std::string>> apply(const std::vector<PamChange>& changes);

}  // namespace jit::ctl
