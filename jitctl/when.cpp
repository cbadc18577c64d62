// SPDX-License-Identifier: Apache-2.0
#include "jitctl/when.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <ctime>
#include <optional>

#include "core/duration.hpp"
#include "core/text.hpp"

namespace jit::ctl {
namespace {

using core::Result;
using core::Usec;
using core::Wall;

std::tm local(Wall time) {
    const std::time_t seconds =
        std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    std::tm tm{};
    ::localtime_r(&seconds, &tm);
    return tm;
}

std::optional<Wall> from_local(std::tm tm) {
    const std::tm asked = tm;
    tm.tm_isdst = -1;
    const std::time_t seconds = ::mktime(&tm);
    if (seconds == -1) return std::nullopt;
    // mktime makes the 31st of February the 3rd of March.
    if (tm.tm_mday != asked.tm_mday || tm.tm_mon != asked.tm_mon) return std::nullopt;
    return Wall(std::chrono::seconds(seconds));
}

std::optional<Wall> midnight(Wall now, int days) {
    std::tm tm = local(now);
    tm.tm_mday += days;
    tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
    tm.tm_isdst = -1;
    const std::time_t seconds = ::mktime(&tm);  // of day 0 and day 32, too
    if (seconds == -1) return std::nullopt;
    return Wall(std::chrono::seconds(seconds));
}

std::optional<int> digits(std::string_view text, std::size_t from, std::size_t count) {
    int value = 0;
    if (from + count > text.size()) return std::nullopt;
    const auto* begin = text.data() + from;
    const auto [end, error] = std::from_chars(begin, begin + count, value);
    if (error != std::errc{} || end != begin + count || value < 0) return std::nullopt;
    return value;
}

/** HH:MM[:SS] into tm. */
bool read_clock(std::string_view text, std::tm& tm) {
    if (text.size() != 5 && text.size() != 8) return false;
    const auto hour = digits(text, 0, 2);
    const auto minute = digits(text, 3, 2);
    const auto second = text.size() == 8 ? digits(text, 6, 2) : std::optional<int>(0);
    if (!hour || !minute || !second || text[2] != ':' || (text.size() == 8 && text[5] != ':'))
        return false;
    if (*hour > 23 || *minute > 59 || *second > 59) return false;
    tm.tm_hour = *hour;
    tm.tm_min = *minute;
    tm.tm_sec = *second;
    return true;
}

/** YYYY-MM-DD into tm. */
bool read_date(std::string_view text, std::tm& tm) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    const auto year = digits(text, 0, 4);
    const auto month = digits(text, 5, 2);
    const auto day = digits(text, 8, 2);
    if (!year || !month || !day || *month < 1 || *month > 12 || *day < 1 || *day > 31) return false;
    tm.tm_year = *year - 1900;
    tm.tm_mon = *month - 1;
    tm.tm_mday = *day;
    return true;
}

std::optional<Wall> read_calendar(std::string_view text, Wall now) {
    std::tm tm = local(now);
    tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
    if (read_clock(text, tm)) return from_local(tm);
    if (!read_date(text.substr(0, 10), tm)) return std::nullopt;
    if (text.size() == 10) return from_local(tm);
    if (text[10] != ' ' || !read_clock(text.substr(11), tm)) return std::nullopt;
    return from_local(tm);
}

std::optional<Wall> read_word(std::string_view text, Wall now) {
    if (text == "now") return now;
    if (text == "today") return midnight(now, 0);
    if (text == "yesterday") return midnight(now, -1);
    if (text == "tomorrow") return midnight(now, 1);
    return std::nullopt;
}

std::optional<Wall> read_epoch(std::string_view text) {
    constexpr std::int64_t kLast = 253'402'300'799;  // year 9999
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || end != text.data() + text.size() || seconds < 0 || seconds > kLast)
        return std::nullopt;
    return Wall(std::chrono::seconds(seconds));
}

core::Failure not_a_time(std::string_view text) {
    return core::fail("FIELD",
                      fmt::format("{}: no point in time: write \"1h ago\", \"today\", \"12:30\", "
                                  "\"2026-11-22 12:30\" or \"2026-11-22T12:30:00Z\"",
                                  core::escape(text)));
}

Result<Wall> shifted(std::string_view span, Wall now, int sign) {
    const auto length = core::parse_duration(span);
    if (!length) return length.failure();
    const Wall time = now + sign * *length;
    return time < Wall{} ? Wall{} : time;
}

}  // namespace

Result<Wall> parse_when(std::string_view text, Wall now) {
    constexpr std::string_view kAgo = " ago";
    if (text.empty()) return not_a_time(text);
    if (const auto word = read_word(text, now)) return *word;
    if (text.ends_with(kAgo)) return shifted(text.substr(0, text.size() - kAgo.size()), now, -1);
    if (text[0] == '+') return shifted(text.substr(1), now, 1);
    if (text[0] == '-') return shifted(text.substr(1), now, -1);
    if (text[0] == '@') {
        const auto epoch = read_epoch(text.substr(1));
        if (!epoch) return not_a_time(text);
        return *epoch;
    }
    if (const auto calendar = read_calendar(text, now)) return *calendar;
    if (auto exact = core::parse_time(text)) return exact;
    return not_a_time(text);
}

std::string format_stamp(Wall time) {
    const std::tm tm = local(time);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", tm.tm_year + 1900, tm.tm_mon + 1,
                       tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

std::string format_local(Wall time, Wall now) {
    static constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed",
                                                              "Thu", "Fri", "Sat"};
    const std::tm tm = local(time);
    const std::tm today = local(now);
    const std::string stamp = format_stamp(time);
    if (tm.tm_year == today.tm_year && tm.tm_yday == today.tm_yday)
        return stamp.substr(stamp.find(' ') + 1);
    return fmt::format("{} {}", kDays[static_cast<std::size_t>(tm.tm_wday) % kDays.size()], stamp);
}

std::string format_left(Wall end, Wall now) {
    if (end >= now)
        return core::format_duration(std::chrono::floor<std::chrono::seconds>(end - now));
    return core::format_duration(std::chrono::floor<std::chrono::seconds>(now - end)) + " ago";
}

}  // namespace jit::ctl
