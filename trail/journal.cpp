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
#include <utility>

#include "common/handle.hpp"
#include "common/names.hpp"
#include "core/event_kind.hpp"

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

    Result<void> seek_head() override {
        past_.clear();
        return done(sd_journal_seek_head(journal_.get()));
    }
    Result<void> seek_tail() override {
        past_.clear();
        return done(sd_journal_seek_tail(journal_.get()));
    }
    Result<void> seek_cursor(const std::string& cursor) override {
        const int r = sd_journal_seek_cursor(journal_.get(), cursor.c_str());
        if (r == -EINVAL) return core::fail("FIELD", "journal: not a cursor of the journal");
        past_ = cursor;
        return done(r);
    }
    Result<bool> next() override { return move(sd_journal_next); }
    Result<bool> previous() override { return move(sd_journal_previous); }
    Result<void> wait() override { return done(sd_journal_wait(journal_.get(), UINT64_MAX)); }

    Result<std::uint64_t> time_usec() override {
        std::uint64_t usec = 0;
        if (const int r = sd_journal_get_realtime_usec(journal_.get(), &usec); r < 0) return journal_failure(r);
        return usec;
    }

    Result<LogRecord> record() override {
        const auto usec = time_usec();
        if (!usec) return usec.failure();
        LogRecord record;
        record.time_usec = *usec;
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
    /** The first move after sd_journal_seek_cursor is to the very entry. */
    Result<bool> move(int (*step)(sd_journal*)) {
        int r = step(journal_.get());
        const std::string past = std::exchange(past_, {});
        if (r > 0 && !past.empty() && sd_journal_test_cursor(journal_.get(), past.c_str()) > 0)
            r = step(journal_.get());
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
    std::string past_;
};

/** Adds terms to an sd_journal until one fails; terms of different fields hold together. */
class Query {
  public:
    explicit Query(sd_journal* journal) : journal_(journal) {}

    Query& any(std::string_view field, const std::vector<std::string>& values) {
        for (const auto& value : values) {
            const std::string match = fmt::format("{}={}", field, value);
            if (r_ >= 0) r_ = sd_journal_add_match(journal_, match.data(), match.size());
        }
        return *this;
    }
    Query& also() { return keep(sd_journal_add_conjunction); }
    Query& or_else() { return keep(sd_journal_add_disjunction); }
    [[nodiscard]] int result() const { return r_; }

  private:
    Query& keep(int (*add)(sd_journal*)) {
        if (r_ >= 0) r_ = add(journal_);
        return *this;
    }
    sd_journal* journal_;
    int r_ = 0;
};

/** A superset of is_own(), by the index: records of grants and locks need not have a uid. */
void add_owner(Query& query, const Owner& owner) {
    std::vector<std::string> without_uid;
    for (const auto* kind : core::kEventKinds) {
        if (kind->name.starts_with("grant.") || kind->name.starts_with("lock.")) without_uid.emplace_back(kind->name);
    }
    query.also()
        .any("JIT_USER", {owner.account})
        .any("JIT_UID", {std::to_string(owner.uid)})
        .or_else()
        .any("JIT_USER", {owner.account})
        .any("JIT_EVENT", without_uid)
        .or_else()
        .any("JIT_ACTOR", {owner.account})
        .also();
}

}  // namespace

Result<std::unique_ptr<RecordSource>> open_journal(const JournalFilter& filter,
                                                   std::optional<uid_t> sender) {
    const auto matches = matches_of(filter);
    if (!matches) return matches.failure();
    if (auto ok = check_access(); !ok) return ok.failure();
    if (!sender) {
        const passwd* service = ::getpwnam(kServiceUser);
        if (service == nullptr)
            return core::fail("MISSING",
                              fmt::format("journal: no account {} here: is jit installed on this host?",
                                          kServiceUser));
        sender = service->pw_uid;
    }
    sd_journal* raw = nullptr;
    int r = sd_journal_open(&raw, SD_JOURNAL_LOCAL_ONLY);
    JournalPtr journal(raw);
    if (r >= 0) r = sd_journal_set_data_threshold(raw, kLongestField);
    if (r < 0) return journal_failure(r);
    Query query(raw);
    query.any("_UID", {std::to_string(*sender)});
    if (filter.owner) add_owner(query, *filter.owner);
    for (const auto& [field, values] : *matches) query.any(field, values);
    if (query.result() < 0) return journal_failure(query.result());
    return std::unique_ptr<RecordSource>(std::make_unique<Journal>(std::move(journal)));
}

}  // namespace jit::trail
