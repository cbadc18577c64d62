// SPDX-License-Identifier: Apache-2.0
// Every line of every recording, in an index of three characters each (SQLite FTS5, trigram). A cache: what it has lost is
// read again.
#pragma once

#include <sqlite3.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/handle.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace jit::ctl::recording {

struct Hit {
    std::string session;
    core::Usec at{};   // since the session began
    std::string line;  // printable on any terminal
};

struct Indexed {
    std::string session, directory;
};

/** A recording that could not be read, or not to its end. */
struct Damaged {
    std::string session, what;
};

class SearchIndex {
  public:
    /** In `folder`, which is made if it is missing, and must be of nobody else. An index that can't be used is begun
        again. Code UNREADABLE. */
    static core::Result<SearchIndex> open(const std::string& folder);

    /** Afterwards it has these recordings and no other; only those that are new or have grown are read. One that can't be
        read has the lines before. Code UNREADABLE. */
    core::Result<void> update(const std::vector<Indexed>& recordings);
    /** Code UNREADABLE. */
    core::Result<std::vector<Damaged>> damaged() const;
    /** The lines with this text of 3 characters or more, whatever the case. Code UNREADABLE. */
    core::Result<std::vector<Hit>> find(const std::string& text) const;

  private:
    using Db = std::unique_ptr<sqlite3, Deleter<sqlite3_close>>;

    SearchIndex(std::string file, Db db) : file_(std::move(file)), db_(std::move(db)) {}
    core::Result<void> write(const std::vector<Indexed>& recordings);
    core::Result<void> add(const Indexed& recording, const std::string& stamp);
    /** What is damaged; empty: nothing. */
    core::Result<std::string> add_lines(const Indexed& recording, std::int64_t first);
    core::Result<void> remove(const std::string& session);
    [[nodiscard]] core::Failure failure() const;

    std::string file_;
    Db db_;
};

}  // namespace jit::ctl::recording
