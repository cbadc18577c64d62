// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <systemd/sd-journal.h>

#include <charconv>
#include <cstring>
#include <memory>
#include <set>

#include "common/handle.hpp"
#include "jitctl/recording/sudo_commands.hpp"

namespace jit::ctl::recording {
namespace {

using JournalPtr = std::unique_ptr<sd_journal, Deleter<sd_journal_close>>;

constexpr std::size_t kLongest = 64U << 10;

core::Failure failure(int r) { return core::fail("UNREADABLE", fmt::format("journal: {}", std::strerror(-r))); }

std::string field(sd_journal* journal, const char* name) {
    const void* data = nullptr;
    std::size_t size = 0;
    if (sd_journal_get_data(journal, name, &data, &size) < 0) return {};
    const std::string_view text(static_cast<const char*>(data), size);
    return std::string(text.substr(text.find('=') + 1));
}

std::uint32_t number(const std::string& text) {
    std::uint32_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

SudoLine line_of(sd_journal* journal) {
    SudoLine out;
    (void)sd_journal_get_realtime_usec(journal, &out.time_usec);
    out.boot = field(journal, "_BOOT_ID");
    out.pid = number(field(journal, "_PID"));
    out.uid = number(field(journal, "_UID"));
    out.unit = field(journal, "_SYSTEMD_UNIT");
    out.message = field(journal, "MESSAGE");
    return out;
}

}  // namespace

core::Result<std::vector<SudoLine>> read_sudo_lines(const std::vector<Session>& sessions) {
    std::vector<SudoLine> out;
    if (sessions.empty()) return out;
    sd_journal* raw = nullptr;
    int r = sd_journal_open(&raw, SD_JOURNAL_LOCAL_ONLY);
    const JournalPtr journal(raw);
    if (r >= 0) r = sd_journal_set_data_threshold(raw, kLongest);
    if (r >= 0) r = sd_journal_add_match(raw, "SYSLOG_IDENTIFIER=sudo", 0);
    // Entries are in the order they were written, which is not that of their times once the clock was set.
    if (r >= 0) r = sd_journal_seek_head(raw);
    if (r < 0) return failure(r);

    std::set<std::uint32_t> uids;
    for (const auto& session : sessions) uids.insert(session.uid);
    while ((r = sd_journal_next(raw)) > 0)
        if (auto line = line_of(raw); uids.contains(line.uid)) out.push_back(std::move(line));
    if (r < 0) return failure(r);
    return out;
}

}  // namespace jit::ctl::recording
