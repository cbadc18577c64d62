// SPDX-License-Identifier: Apache-2.0
#include "core/rule_limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "core/codes.hpp"
#include "core/text.hpp"

namespace jit::core {

namespace {

constexpr std::array<std::string_view, 7> kDays = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

std::optional<unsigned> day_from(std::string_view name) {
    const auto* hit = std::find(kDays.begin(), kDays.end(), name);
    if (hit == kDays.end()) return std::nullopt;
    return static_cast<unsigned>(hit - kDays.begin());
}

/** "Mon" or "Mon..Fri"; a range may wrap, "Sat..Mon". 0 when it is neither. */
std::uint8_t days_from(std::string_view part) {
    const std::size_t range = part.find("..");
    const auto first = day_from(part.substr(0, range));
    const auto last = range == std::string_view::npos ? first : day_from(part.substr(range + 2));
    if (!first || !last) return 0;
    unsigned days = 0;
    for (unsigned day = *first;; day = (day + 1) % 7) {
        days |= 1U << day;
        if (day == *last) return static_cast<std::uint8_t>(days);
    }
}

std::optional<std::uint32_t> number_from(std::string_view text) {
    std::uint32_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::optional<std::chrono::minutes> clock_from(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    const auto hour = number_from(text.substr(0, 2)), minute = number_from(text.substr(3));
    if (!hour || !minute || *minute > 59 || *hour * 60 + *minute > 24 * 60) return std::nullopt;
    return std::chrono::minutes(*hour * 60 + *minute);
}

}  // namespace

bool Hours::contains(const LocalTime& at) const {
    const unsigned bit = at.day.iso_encoding() - 1;
    return ((days >> bit) & 1U) != 0 && at.since_midnight >= from && at.since_midnight < to;
}

Result<Hours> parse_hours(std::string_view text) {
    const auto refuse = [text](std::string_view why) {
        return fail(file_code::kField,
                    fmt::format("hours \"{}\": {}; write for example \"Mon..Fri 08:00-18:00\"",
                                escape(text), why));
    };
    Hours hours;
    std::string_view clock = text;
    if (const std::size_t space = text.find(' '); space != std::string_view::npos) {
        std::string_view days = text.substr(0, space);
        clock = text.substr(space + 1);
        hours.days = 0;
        for (;;) {
            const std::size_t comma = days.find(',');
            const std::uint8_t part = days_from(days.substr(0, comma));
            if (part == 0) return refuse("has an unknown day");
            hours.days = static_cast<std::uint8_t>(hours.days | part);
            if (comma == std::string_view::npos) break;
            days.remove_prefix(comma + 1);
        }
    }
    if (clock.size() != 11 || clock[5] != '-') return refuse("has no HH:MM-HH:MM");
    const auto from = clock_from(clock.substr(0, 5)), to = clock_from(clock.substr(6));
    if (!from || !to) return refuse("has an impossible time");
    if (*from >= *to) return refuse("ends before it begins; a span may not cross midnight");
    hours.from = *from;
    hours.to = *to;
    return hours;
}

Result<AutoLimit> parse_auto_limit(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, std::chrono::hours>, 4> kPeriods = {
        {{"hour", std::chrono::hours(1)},
         {"day", std::chrono::hours(24)},
         {"week", std::chrono::hours(168)},
         {"month", std::chrono::hours(720)}}};
    const std::size_t slash = text.find('/');
    if (slash != std::string_view::npos) {
        const auto count = number_from(text.substr(0, slash));
        for (const auto& [name, period] : kPeriods) {
            if (count && *count >= 1 && *count <= 1000 && text.substr(slash + 1) == name) {
                return AutoLimit{*count, period};
            }
        }
    }
    return fail(
        file_code::kField,
        fmt::format(
            "auto_limit \"{}\": must be N/hour, N/day, N/week or N/month with N from 1 to 1000",
            escape(text)));
}

}  // namespace jit::core
