// SPDX-License-Identifier: Apache-2.0
// Pages of audit records, read from the journal on the worker: one at a time for each account.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "core/result.hpp"
#include "jitd/worker.hpp"
#include "trail/page.hpp"

namespace jit::daemon {

class RecordReader {
  public:
    using Open = std::function<core::Result<std::unique_ptr<trail::RecordSource>>(const trail::JournalFilter&)>;
    using Page = core::Result<std::vector<trail::LogRecord>>;
    using Done = std::function<void(const Page&)>;  // on the loop

    // A page is made into a message on the loop, where checks wait behind it.
    static constexpr std::size_t kMaxRecords = 200;
    static constexpr std::size_t kMaxBytes = 256 << 10;
    static constexpr std::size_t kMaxWaiting = 16;  // of all accounts but root

    explicit RecordReader(Worker& worker, Open open = this_journal());
    RecordReader(const RecordReader&) = delete;
    RecordReader& operator=(const RecordReader&) = delete;

    /** False: this account has a question in work, or too many others wait. `query` without bounds gets the largest. */
    [[nodiscard]] bool read(std::uint32_t uid, const trail::JournalFilter& filter, trail::PageQuery query, Done done);

  private:
    /** What this process sent itself. */
    static Open this_journal();

    Worker& worker_;
    Open open_;
    std::set<std::uint32_t> in_work_;
};

}  // namespace jit::daemon
