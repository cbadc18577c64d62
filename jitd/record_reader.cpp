// SPDX-License-Identifier: Apache-2.0
#include "jitd/record_reader.hpp"

#include <unistd.h>

#include <algorithm>
#include <optional>

namespace jit::daemon {
namespace {

RecordReader::Page page_of(const RecordReader::Open& open, const trail::JournalFilter& filter,
                           const trail::PageQuery& query) {
    const auto source = open(filter);
    if (!source) return source.failure();
    return trail::read_page(**source, query);
}

std::size_t bounded(std::size_t wanted, std::size_t most) { return wanted == 0 ? most : std::min(wanted, most); }

}  // namespace

RecordReader::RecordReader(Worker& worker, Open open) : worker_(worker), open_(std::move(open)) {}

RecordReader::Open RecordReader::this_journal() {
    return [](const trail::JournalFilter& filter) { return trail::open_journal(filter, ::getuid()); };
}

bool RecordReader::read(std::uint32_t uid, const trail::JournalFilter& filter, trail::PageQuery query, Done done) {
    if (in_work_.size() >= kMaxWaiting && uid != 0) return false;
    if (!in_work_.insert(uid).second) return false;
    query.records = bounded(query.records, kMaxRecords);
    query.bytes = bounded(query.bytes, kMaxBytes);
    if (filter.owner) {
        query.wanted = [owner = *filter.owner](const trail::LogRecord& record) { return trail::is_own(record, owner); };
    }
    auto job = [this, open = open_, uid, filter, query = std::move(query), done = std::move(done)]() -> Worker::Completion {
        std::optional<Page> page;
        if (guarded([&] {
                page.emplace(page_of(open, filter, query));
                return 0;
            }) != 0) {
            page.emplace(core::fail("FAILED", "journal: the records can't be read"));
        }
        return [this, uid, page = std::make_shared<Page>(*std::move(page)), done] {
            in_work_.erase(uid);
            done(*page);
        };
    };
    if (worker_.post(std::move(job))) return true;
    in_work_.erase(uid);
    return false;
}

}  // namespace jit::daemon
