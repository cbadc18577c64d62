// SPDX-License-Identifier: Apache-2.0
#include "trail/filter.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>

#include "core/event_kind.hpp"
#include "core/text.hpp"

namespace jit::trail {
namespace {

core::Result<std::vector<std::string>> values_in(std::string_view name, std::string_view list) {
    std::vector<std::string> out;
    for (;;) {
        const auto comma = list.find(',');
        out.emplace_back(list.substr(0, comma));
        if (out.back().empty())
            return core::fail("FIELD", fmt::format("{}: a value is empty: separate them by one comma", name));
        if (out.size() > kMaxValues)
            return core::fail("FIELD", fmt::format("{}: more than {} values", name, kMaxValues));
        if (comma == std::string_view::npos) return out;
        list.remove_prefix(comma + 1);
    }
}

core::Result<std::vector<std::string>> kinds_in(std::string_view list) {
    const auto patterns = values_in("event", list);
    if (!patterns) return patterns.failure();
    std::vector<std::string> out;
    for (const auto& pattern : *patterns) {
        const auto before = out.size();
        for (const auto* kind : core::kEventKinds) {
            const std::string name(kind->name);
            if (::fnmatch(pattern.c_str(), name.c_str(), 0) == 0) out.push_back(name);
        }
        if (out.size() == before)
            return core::fail("FIELD", fmt::format("event: {}: no kind of record is called so; write grant.created, or "
                                                   "session.* for all of sessions. See: man jitd",
                                                   core::escape(pattern)));
    }
    return out;
}

}  // namespace

core::Result<Matches> matches_of(const JournalFilter& filter) {
    Matches out;
    for (const auto& [name, member] : kFilterFields) {
        const std::string& list = filter.*member;
        if (list.empty() || member == &JournalFilter::event || member == &JournalFilter::boot) continue;
        auto values = values_in(name, list);
        if (!values) return values.failure();
        std::string field = std::string("JIT_") + name;
        std::transform(field.begin(), field.end(), field.begin(),
                       [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
        out.emplace_back(std::move(field), *std::move(values));
    }
    if (!filter.event.empty()) {
        auto kinds = kinds_in(filter.event);
        if (!kinds) return kinds.failure();
        out.emplace_back("JIT_EVENT", *std::move(kinds));
    }
    if (!filter.boot.empty()) out.emplace_back("_BOOT_ID", std::vector{filter.boot});
    return out;
}

bool is_between(std::uint64_t time_usec, const std::optional<core::Wall>& since, const std::optional<core::Wall>& until) {
    return (!since || time_usec >= core::to_usec(*since)) && (!until || time_usec <= core::to_usec(*until));
}

bool is_own(const LogRecord& record, const Owner& owner) {
    const auto is_theirs = [&](const char* field) {
        const auto uid = record.field(field);
        return uid.empty() || uid == std::to_string(owner.uid);
    };
    return (record.field("actor") == owner.account && is_theirs("loginuid")) ||
           (record.field("user") == owner.account && is_theirs("uid"));
}

}  // namespace jit::trail
