// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "core/access.hpp"
#include "core/text.hpp"
#include "jitd/manager.hpp"

namespace jit::daemon {
namespace {

constexpr std::uint64_t kEndOfTime = 253'402'300'799'000'000;  // year 9999

core::Result<void> check_keys(const Dict& options) {
    std::vector<std::string_view> known = {"after", "before", "since_usec", "until_usec", "oldest", "limit"};
    for (const auto& field : trail::kFilterFields) known.emplace_back(field.name);
    auto ok = options.only(known);
    for (const auto& [key, member] : trail::kFilterFields) {
        if (ok) ok = options.typed(key, 's');
    }
    for (const auto* key : {"after", "before"}) {
        if (ok) ok = options.typed(key, 's');
    }
    for (const auto* key : {"since_usec", "until_usec"}) {
        if (ok) ok = options.typed(key, 't');
    }
    if (ok) ok = options.typed("oldest", 'b');
    if (ok) ok = options.typed("limit", 'u');
    if (ok && !options.text("after").empty() && !options.text("before").empty()) {
        return core::fail("InvalidArgument", "log: after and before: only one of them");
    }
    return ok;
}

core::Result<trail::JournalFilter> filter_of(const Dict& options) {
    trail::JournalFilter out;
    for (const auto& [key, member] : trail::kFilterFields) out.*member = options.text(key);
    if (const auto matches = trail::matches_of(out); !matches) {
        return core::fail("InvalidArgument", "log: " + matches.error().text);
    }
    return out;
}

std::optional<core::Wall> time_in(const Dict& options, const char* key) {
    const auto usec = options.get<std::uint64_t>(key);
    return usec ? std::optional(core::from_usec(std::min(*usec, kEndOfTime))) : std::nullopt;
}

trail::PageQuery query_of(const Dict& options) {
    trail::PageQuery out;
    out.after = options.text("after");
    out.before = options.text("before");
    out.since = time_in(options, "since_usec");
    out.until = time_in(options, "until_usec");
    out.oldest = options.get<bool>("oldest").value_or(false);
    out.records = options.get<std::uint32_t>("limit").value_or(0);
    return out;
}

void describe(DictWriter& out, const trail::LogRecord& record) {
    out.number("time_usec", record.time_usec).text("cursor", record.entry.cursor);
    for (const auto& [name, value] : record.fields) out.text(name.c_str(), core::escape_lines(value));
}

/** Words for the caller, with the code of a reply. */
core::Error refusal(const core::Error& error) {
    return {error.code == "FIELD" ? "InvalidArgument" : "Failed", "log: " + error.text};
}

}  // namespace

int Manager::list_records(Call& call) {
    if (auto ok = check_keys(call.options); !ok) return refuse(call, ok.error());
    auto filter = filter_of(call.options);
    if (!filter) return refuse(call, filter.error());
    bool denied = false;
    (void)subject(call, denied);
    if (denied) {
        return refuse(call, {"AccessDenied", "log: only admins and observers see others' records; run it as root"});
    }
    if (!core::sees_all(call.actor)) filter->owner = trail::Owner{call.actor.account, call.actor.uid};
    const auto uid = call.actor.uid;
    auto query = query_of(call.options);
    auto kept = std::make_shared<Call>(std::move(call));
    const bool asked = records_.read(uid, *filter, std::move(query), [this, kept](const RecordReader::Page& page) {
        if (!page) {
            (void)refuse(*kept, refusal(page.error()));
            return;
        }
        const int r = reply(*kept, [&](sd_bus_message* m) {
            return append_list(m, *page, [](DictWriter& out, const trail::LogRecord& one) { describe(out, one); });
        });
        if (r < 0) (void)refuse(*kept, {"Failed", "log: the records can't be sent"});
    });
    if (asked) return 1;
    return refuse(*kept, {"LimitsExceeded", "log: a question of yours is in work, or those of too many others; try again"});
}

}  // namespace jit::daemon
