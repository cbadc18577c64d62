// SPDX-License-Identifier: Apache-2.0
#include "trail/journal.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "common/handle.hpp"
#include "common/names.hpp"

namespace jit::trail {
namespace {

using core::Result;

using JournalPtr = std::unique_ptr<sd_journal, Deleter<sd_journal_close>>;

constexpr std::string_view kPrefix = "JIT_";
constexpr std::size_t kLongestField = 64U << 10;

core::Failure journal_failure(int r) {
    return core::fail("UNREADABLE", fmt::format("journal: {}", std::strerror(-r)));
}

/** sd_journal_open succeeds for everybody and then shows a plain user only their own records. */
Result<void> check_access() {
    sd_id128_t machine{};
    if (const int r = sd_id128_get_machine(&machine); r < 0) return journal_failure(r);
    std::array<char, SD_ID128_STRING_MAX> id{};
    bool refused = false;
    for (const char* root : {"/var/log/journal", "/run/log/journal"}) {
        const std::string file =
            fmt::format("{}/{}/system.journal", root, sd_id128_to_string(machine, id.data()));
        if (::access(file.c_str(), R_OK) == 0) return {};
        refused = refused || errno == EACCES;
    }
    if (!refused) return {};
    return core::fail(
        "UNREADABLE",
        "journal: you may not read it: be root, or ask to be in the group adm or systemd-journal");
}

std::string lower(std::string_view name) {
    std::string out(name);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    return out;
}

class Journal final : public RecordSource {
  public:
    explicit Journal(JournalPtr journal) : journal_(std::move(journal)) {}

    Result<void> seek_head() override { return done(sd_journal_seek_head(journal_.get())); }
    Result<void> seek_tail() override { return done(sd_journal_seek_tail(journal_.get())); }
    Result<void> seek(core::Wall time) override {
        return done(sd_journal_seek_realtime_usec(journal_.get(), core::to_usec(time)));
    }
    Result<bool> next() override { return moved(sd_journal_next(journal_.get())); }
    Result<bool> previous() override { return moved(sd_journal_previous(journal_.get())); }
    Result<void> wait() override { return done(sd_journal_wait(journal_.get(), UINT64_MAX)); }

    Result<LogRecord> record() override {
        LogRecord record;
        if (const int r = sd_journal_get_realtime_usec(journal_.get(), &record.time_usec); r < 0)
            return journal_failure(r);
        const void* data = nullptr;
        std::size_t size = 0;
        sd_journal_restart_data(journal_.get());
        while (sd_journal_enumerate_available_data(journal_.get(), &data, &size) > 0)
            take(record, {static_cast<const char*>(data), size});
        char* cursor = nullptr;
        if (sd_journal_get_cursor(journal_.get(), &cursor) >= 0) {
            const std::unique_ptr<char, Deleter<std::free>> owner(cursor);
            record.entry.cursor = cursor;
        }
        return record;
    }

  private:
    static Result<void> done(int r) {
        if (r < 0) return journal_failure(r);
        return {};
    }
    static Result<bool> moved(int r) {
        if (r < 0) return journal_failure(r);
        return r > 0;
    }
    static void take(LogRecord& record, std::string_view datum) {
        const std::size_t equals = datum.find('=');
        if (equals == std::string_view::npos) return;
        const std::string_view name = datum.substr(0, equals);
        const std::string_view value = datum.substr(equals + 1);
        if (name == "_SYSTEMD_UNIT") record.unit = value;
        if (name == "_BOOT_ID") record.entry.boot = value;
        if (name == "_PID") record.entry.process = value;
        if (core::is_chained(name)) {
            const auto [field, first] = record.entry.fields.emplace(name, value);
            if (!first) field->second.append("\n").append(value);  // jitd sends each field once
        }
        if (name.starts_with(kPrefix))
            record.fields.emplace(lower(name.substr(kPrefix.size())), value);
    }

    JournalPtr journal_;
};

int add_match(sd_journal* journal, const std::string& match) {
    return sd_journal_add_match(journal, match.data(), match.size());
}

}  // namespace

Result<std::unique_ptr<RecordSource>> open_journal(const JournalFilter& filter) {
    if (auto ok = check_access(); !ok) return ok.failure();
    const passwd* service = ::getpwnam(kServiceUser);
    if (service == nullptr)
        return core::fail("MISSING",
                          fmt::format("journal: no account {} here: is jit installed on this host?",
                                      kServiceUser));
    sd_journal* raw = nullptr;
    int r = sd_journal_open(&raw, SD_JOURNAL_LOCAL_ONLY);
    JournalPtr journal(raw);
    if (r >= 0) r = sd_journal_set_data_threshold(raw, kLongestField);
    if (r >= 0) r = add_match(raw, fmt::format("_UID={}", service->pw_uid));
    if (r >= 0 && !filter.user.empty()) r = add_match(raw, "JIT_USER=" + filter.user);
    if (r >= 0 && !filter.grant.empty()) r = add_match(raw, "JIT_GRANT=" + filter.grant);
    if (r >= 0 && !filter.event.empty()) r = add_match(raw, "JIT_EVENT=" + filter.event);
    if (r >= 0 && !filter.session.empty()) r = add_match(raw, "JIT_SESSION=" + filter.session);
    if (r < 0) return journal_failure(r);
    return std::unique_ptr<RecordSource>(std::make_unique<Journal>(std::move(journal)));
}

}  // namespace jit::trail
