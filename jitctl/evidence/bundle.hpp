// SPDX-License-Identifier: Apache-2.0
// The evidence of a grant: what jitctl evidence hands to an auditor. Read back, it is untrusted input.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/chain.hpp"
#include "core/result.hpp"
#include "jitctl/schema.hpp"
#include "trail/command.hpp"

namespace jit::ctl::evidence {

inline constexpr std::size_t kMaxBundle = 512U << 20;  // bytes of its JSON: so many records, twice as long as they use to be
inline constexpr std::size_t kMaxRecords = 200'000;  // and recordings: each session has a record
inline constexpr std::size_t kMaxCommands = 200'000;
inline constexpr std::size_t kMaxCommandBytes = 64U << 20;  // of all commands: they must not crowd out the records
inline constexpr std::size_t kMaxSignedCopy = 8U << 20;  // of a grant file that is put in

struct Entry {
    std::uint64_t time_usec = 0;  // journald's: not in the chain
    core::ChainEntry record;      // without cursor
};

/** A recording as it was found on the host when the bundle was made. */
struct FoundRecording {
    std::string session, recording, result;  // match, differs, gone, unreadable; by the records alone: lost, no-digest
    std::string words = {};  // of the record, why there is no digest: not in a bundle, it holds the record
};

/** The accepted grant file, when it still is the one the grant came with. */
struct SignedCopy {
    std::string grants, signature;
};

struct Bundle {
    std::string grant, host_id, host_name, made_by;
    std::uint64_t made_usec = 0;
    std::optional<core::Mark> before;  // the record before the first one
    std::optional<core::Mark> head;    // the last record of all, when the bundle was made
    std::vector<Entry> records;        // without a gap, from the first to the last about the grant
    std::uint64_t records_left_out = 0;  // about the grant, behind the end: more than can be in it lie in between
    std::vector<trail::Command> commands;
    std::uint64_t commands_left_out = 0;  // there were more than can be in it
    std::vector<FoundRecording> recordings;
    std::optional<SignedCopy> file;
    Json story;  // what is told of the records: verify makes its own and compares
};

/** What the bundle is like in a file, `version` left to who prints it. */
Json to_json(const Bundle& bundle);
/** Strict: every field, of its type, no other. Code FORMAT. */
core::Result<Bundle> parse_bundle(std::string text);

/** A field of a record by its name in the journal, JIT_USER; empty when it has none. */
const std::string& value(const Entry& entry, const std::string& name);

}  // namespace jit::ctl::evidence
