// SPDX-License-Identifier: Apache-2.0
#include "trail/page.hpp"

#include <algorithm>

namespace jit::trail {
namespace {

std::size_t size_of(const LogRecord& record) {
    std::size_t out = record.entry.cursor.size();
    for (const auto& [name, value] : record.fields) out += name.size() + value.size();
    return out;
}

core::Result<void> seek(RecordSource& source, const PageQuery& query, bool forward) {
    const auto& cursor = forward ? query.after : query.before;
    if (!cursor.empty()) return source.seek_cursor(cursor);
    if (forward) return query.since ? source.seek(*query.since) : source.seek_head();
    return query.until ? source.seek(*query.until + core::Usec(1)) : source.seek_tail();
}

bool too_early(const LogRecord& record, const PageQuery& query) {
    return query.since && record.time_usec < core::to_usec(*query.since);
}

bool too_late(const LogRecord& record, const PageQuery& query) {
    return query.until && record.time_usec > core::to_usec(*query.until);
}

}  // namespace

core::Result<std::vector<LogRecord>> read_page(RecordSource& source, const PageQuery& query) {
    const bool forward = query.oldest || !query.after.empty();
    std::vector<LogRecord> out;
    std::size_t bytes = 0;
    if (auto ok = seek(source, query, forward); !ok) return ok.failure();
    while (out.size() < query.records) {
        const auto more = forward ? source.next() : source.previous();
        if (!more) return more.failure();
        if (!*more) break;
        auto record = source.record();
        if (!record) return record.failure();
        if (forward ? too_late(*record, query) : too_early(*record, query)) break;
        if (forward ? too_early(*record, query) : too_late(*record, query)) continue;
        if (!is_trusted(*record) || (query.wanted && !query.wanted(*record))) continue;
        bytes += size_of(*record);
        if (!out.empty() && bytes > query.bytes) break;
        out.push_back(*std::move(record));
    }
    if (!forward) std::reverse(out.begin(), out.end());
    return out;
}

}  // namespace jit::trail
