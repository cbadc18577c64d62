// SPDX-License-Identifier: Apache-2.0
#include "jitctl/recording/timing.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace jit::ctl::recording {
namespace {

constexpr std::uint64_t kLongestDelay = 10ULL * 366 * 86400;  // seconds: no sum of a file's delays overflows
constexpr std::size_t kMicro = 6;                             // digits

constexpr int kResize = 5, kSuspend = 7;  // 6 is terminal output, of a sudo that gave it the wrong number

/** The text before the next blank; `rest` goes on behind it. */
std::string_view word(std::string_view& rest) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    const std::string_view out = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return out;
}

template <class T>
std::optional<T> number(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/** "12.000345678" */
std::optional<core::Usec> delay(std::string_view text) {
    const std::size_t point = text.find('.');
    const auto seconds = number<std::uint64_t>(text.substr(0, point));
    if (!seconds || *seconds > kLongestDelay) return std::nullopt;
    std::uint64_t micro = 0;
    if (point != std::string_view::npos) {
        std::string digits(text.substr(point + 1));
        if (digits.empty() || !std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }))
            return std::nullopt;
        digits.resize(kMicro, '0');
        micro = number<std::uint64_t>(digits).value_or(0);
    }
    return core::Usec(static_cast<core::Usec::rep>(*seconds * 1'000'000 + micro));
}

core::Failure wrong() { return core::fail("PARSE", "not a line of sudo's I/O log"); }

}  // namespace

core::Result<TimedEvent> parse_timing(std::string_view line) {
    const auto kind = number<std::uint32_t>(word(line));
    const auto wait = delay(word(line));
    if (!kind || !wait) return wrong();
    TimedEvent event{*wait, {}};
    switch (*kind) {
        case 0: case 1: case 2: case 3: case 4: case 6: {
            const auto bytes = number<std::uint64_t>(word(line));
            if (!bytes || !line.empty()) return wrong();
            event.what = Written{*kind == 6 ? Stream::terminal_output : static_cast<Stream>(*kind), *bytes};
            return event;
        }
        case kResize: {
            const auto lines = number<std::uint32_t>(word(line)), columns = number<std::uint32_t>(word(line));
            if (!lines || !columns || !line.empty()) return wrong();
            event.what = Resized{*lines, *columns};
            return event;
        }
        case kSuspend: {
            const std::string signal(word(line));
            if (signal.empty() || !line.empty()) return wrong();
            event.what = Suspended{signal};
            return event;
        }
        default:
            return wrong();
    }
}

}  // namespace jit::ctl::recording
