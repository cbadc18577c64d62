// SPDX-License-Identifier: Apache-2.0
// One line of the file `timing` of sudo's I/O logs: sudoers(5), "I/O log files"; iolog.h of sudo 1.9.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "core/result.hpp"
#include "core/time.hpp"

namespace jit::ctl::recording {

enum class Stream { input, output, error, terminal_input, terminal_output };

/** So many bytes more in the file of the stream. */
struct Written {
    Stream stream = Stream::output;
    std::uint64_t bytes = 0;
};

struct Resized {
    std::uint32_t lines = 0, columns = 0;
};

/** The command was stopped, or continued. */
struct Suspended {
    std::string signal;  // without SIG: "TSTP", "CONT"
};

struct TimedEvent {
    core::Usec delay{};  // since the event before
    std::variant<Written, Resized, Suspended> what;
};

/** "4 0.054656080 8", "5 0.1 40 160", "7 0.3 CONT"; without the line's end. Code PARSE. */
core::Result<TimedEvent> parse_timing(std::string_view line);

}  // namespace jit::ctl::recording
