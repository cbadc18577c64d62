// SPDX-License-Identifier: Apache-2.0
// One audit record: journal fields, chained by hash to the one before. Made by step(), sent by jitd.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/codes.hpp"
#include "core/event_kind.hpp"
#include "core/time.hpp"

namespace jit::core {

using Chain = std::array<unsigned char, 32>;

/** Fields by journal name; an empty value is left out. */
class Record {
  public:
    Record(const EventKind& kind, std::string message);

    Record& set(std::string_view field, std::string value);  // field without "JIT_": "GRANT"
    /** A text whose line ends stay; all else as set() has it. */
    Record& set_lines(std::string_view field, std::string_view text);
    [[nodiscard]] const std::map<std::string, std::string>& fields() const { return fields_; }
    [[nodiscard]] const EventKind& kind() const { return *kind_; }

  private:
    const EventKind* kind_;
    std::map<std::string, std::string> fields_;
};

/** A record with its place in the chain, in the journal's native protocol, ready to send. */
struct SealedRecord {
    std::uint64_t seq = 0;
    Chain chain{};
    std::string datagram;
};

/** BLAKE2b-256(previous || for each field but JIT_CHAIN, by name: name, 64-bit LE length, value). */
Chain chain_hash(const Chain& previous, const std::map<std::string, std::string>& fields);

SealedRecord seal(const Record& record, std::uint64_t seq, const Chain& previous, std::string_view host_id);

/** systemd's JOURNAL_NATIVE_PROTOCOL: "NAME=value\n", or NAME, LF, 64-bit LE length, value, LF. */
std::string encode_native(const std::map<std::string, std::string>& fields);

std::string to_hex(const unsigned char* bytes, std::size_t size);

}  // namespace jit::core
