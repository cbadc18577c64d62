// SPDX-License-Identifier: Apache-2.0
// Whether the audit trail outlives a reboot.
#pragma once

#include <string>
#include <vector>

#include "jitctl/doctor/finding.hpp"
#include "jitctl/doctor/look.hpp"

namespace jit::ctl::doctor {

enum class JournalStorage { unknown, persistent, is_volatile, none };

/** By the files journald has open: settings, folders and old files say less. */
JournalStorage storage_of(const std::vector<std::string>& open_files);
JournalStorage read_journal_storage(Look& look);

void judge(Findings& out, JournalStorage storage);

}  // namespace jit::ctl::doctor
