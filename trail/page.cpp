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
    return forward ? source.seek_head() : source.seek_tail();
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
        const auto usec = source.time_usec();
        if (!usec) return usec.failure();
        if (!is_between(*usec, query.since, query.until)) continue;
        auto record = source.record();
        if (!record) return record.failure();
        if (!is_trusted(*record) || (query.wanted && !query.wanted(*record))) continue;
        bytes += size_of(*record);
        if (!out.empty() && bytes > query.bytes) break;
        out.push_back(*std::move(record));
    }
    if (!forward) std::reverse(out.begin(), out.end());
    return out;
}

}  // namespace jit::trail
