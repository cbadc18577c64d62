// SPDX-License-Identifier: Apache-2.0
#include "jitctl/doctor/journal_storage.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>

namespace jit::ctl::doctor {

namespace {

/** Where the descriptors of a process lead; nothing when that may not be seen. */
std::optional<std::vector<std::string>> open_files(const std::string& pid) {
    namespace fs = std::filesystem;
    std::error_code error;
    fs::directory_iterator entries("/proc/" + pid + "/fd", error);
    if (error) return std::nullopt;
    std::vector<std::string> out;
    for (; entries != fs::directory_iterator(); entries.increment(error)) {
        if (error) return std::nullopt;
        const auto target = fs::read_symlink(entries->path(), error);
        if (!error) out.push_back(target);
    }
    return out;
}

}  // namespace

JournalStorage storage_of(const std::vector<std::string>& open_files) {
    const auto has = [&](std::string_view folder) {
        return std::ranges::any_of(open_files, [&](const std::string& file) {
            return file.starts_with(folder) && file.ends_with(".journal");
        });
    };
    if (has("/var/log/journal/")) return JournalStorage::persistent;
    return has("/run/log/journal/") ? JournalStorage::is_volatile : JournalStorage::none;
}

JournalStorage read_journal_storage(Look& look) {
    const auto said = look.run({"/usr/bin/systemctl", "show", "--value", "--property=MainPID",
                                "systemd-journald.service"});
    const std::string pid = said ? said->out.substr(0, said->out.find('\n')) : "";
    if (pid == "0") return JournalStorage::none;
    const auto files = pid.empty() ? std::nullopt : open_files(pid);
    if (files) return storage_of(*files);
    look.could_not("journald's files");
    return JournalStorage::unknown;
}

void judge(Findings& out, JournalStorage storage) {
    if (storage == JournalStorage::is_volatile)
        out.warning("journal-volatile",
                    "journald: writes to /run/log/journal: the audit trail is gone at the next "
                    "reboot",
                    "mkdir -p /var/log/journal && systemctl restart systemd-journald; Storage= of "
                    "journald.conf must be auto or persistent");
    if (storage == JournalStorage::none)
        out.problem("journal-none", "journald: keeps no journal: there is no audit trail",
                    "set Storage=persistent in /etc/systemd/journald.conf, and systemctl restart "
                    "systemd-journald");
}

}  // namespace jit::ctl::doctor
