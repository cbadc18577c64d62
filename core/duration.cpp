// SPDX-License-Identifier: Apache-2.0
#include "core/duration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/codes.hpp"
#include "core/text.hpp"

namespace jit::core {

namespace {

struct Unit {
    std::string_view name;
    std::uint64_t usec;
};

constexpr std::uint64_t kSecond = 1'000'000;
constexpr std::array<Unit, 30> kUnits = {{
    {"usec", 1},
    {"us", 1},
    {"\xC2\xB5s", 1},
    {"\xCE\xBCs", 1},
    {"msec", 1000},
    {"ms", 1000},
    {"seconds", kSecond},
    {"second", kSecond},
    {"sec", kSecond},
    {"s", kSecond},
    {"minutes", 60 * kSecond},
    {"minute", 60 * kSecond},
    {"min", 60 * kSecond},
    {"m", 60 * kSecond},
    {"hours", 3600 * kSecond},
    {"hour", 3600 * kSecond},
    {"hr", 3600 * kSecond},
    {"h", 3600 * kSecond},
    {"days", 86400 * kSecond},
    {"day", 86400 * kSecond},
    {"d", 86400 * kSecond},
    {"weeks", 604800 * kSecond},
    {"week", 604800 * kSecond},
    {"w", 604800 * kSecond},
    {"months", 2629800 * kSecond},
    {"month", 2629800 * kSecond},
    {"M", 2629800 * kSecond},
    {"years", 31557600 * kSecond},
    {"year", 31557600 * kSecond},
    {"y", 31557600 * kSecond},
}};
// So that a time plus a span never overflows.
constexpr std::uint64_t kLongest = 1000 * (31557600 * kSecond);

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

Failure bad(std::string_view text, std::string_view why) {
    return fail(file_code::kField,
                fmt::format("duration \"{}\": {}; write for example \"30min\" or "
                            "\"2h 30min\"",
                            escape(text), why));
}

std::string_view take_while(std::string_view& rest, bool (*keep)(char)) {
    const auto end = std::find_if_not(rest.begin(), rest.end(), keep);
    const std::string_view taken = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    rest.remove_prefix(taken.size());
    return taken;
}

void skip_blanks(std::string_view& rest) {
    take_while(rest, [](char c) { return c == ' '; });
}

/** As systemd does: each digit adds its share, rounded down. */
std::uint64_t fraction_of(std::string_view digits, std::uint64_t unit) {
    std::uint64_t sum = 0;
    for (const char c : digits) {
        unit /= 10;
        sum += static_cast<std::uint64_t>(c - '0') * unit;
    }
    return sum;
}

}  // namespace

Result<Usec> parse_duration(std::string_view text) {
    std::string_view rest = text;
    skip_blanks(rest);
    if (rest.empty()) return bad(text, "is empty");
    if (rest == "0") return Usec(0);
    std::uint64_t sum = 0;
    while (!rest.empty()) {
        if (rest[0] == '-') return bad(text, "is negative");
        const std::string_view whole = take_while(rest, is_digit);
        if (whole.empty()) return bad(text, "lacks a number");
        std::string_view decimals;
        if (!rest.empty() && rest[0] == '.') {
            rest.remove_prefix(1);
            decimals = take_while(rest, is_digit);
            if (decimals.empty()) return bad(text, "lacks digits after the point");
        }
        skip_blanks(rest);
        const std::string_view name = take_while(
            rest, [](char c) { return !is_digit(c) && c != ' ' && c != '.' && c != '-'; });
        if (name.empty()) return bad(text, "lacks a unit");
        const auto* unit = std::find_if(kUnits.begin(), kUnits.end(),
                                        [&](const Unit& u) { return u.name == name; });
        if (unit == kUnits.end()) return bad(text, "has an unknown unit");
        std::uint64_t number = 0;
        const auto read = std::from_chars(whole.data(), whole.data() + whole.size(), number);
        if (read.ec != std::errc() || number > kLongest / unit->usec)
            return bad(text, "is too long");
        sum += number * unit->usec + fraction_of(decimals, unit->usec);
        if (sum > kLongest) return bad(text, "is too long");
        skip_blanks(rest);
    }
    return Usec(static_cast<Usec::rep>(sum));
}

std::string format_duration(Usec span) {
    if (span < Usec(0)) return "-" + format_duration(-std::max(span, -Usec::max()));
    if (span == Usec(0)) return "0";
    const auto usec = static_cast<std::uint64_t>(span.count());
    if (usec < 1000) return fmt::format("{}us", usec);
    if (usec < kSecond) return fmt::format("{}ms", usec / 1000);
    if (usec < 60 * kSecond && usec % kSecond >= 1000) {
        return fmt::format("{}.{:03}s", usec / kSecond, usec % kSecond / 1000);
    }
    constexpr std::array<Unit, 4> kShown = {
        {{"d", 86400 * kSecond}, {"h", 3600 * kSecond}, {"min", 60 * kSecond}, {"s", kSecond}}};
    std::string out;
    std::uint64_t left = usec;
    int shown = 0;
    for (const Unit& unit : kShown) {
        const std::uint64_t n = left / unit.usec;
        left %= unit.usec;
        if (n == 0) continue;
        out += fmt::format("{}{}{}", out.empty() ? "" : " ", n, unit.name);
        if (++shown == 2) break;
    }
    return out;
}

std::string format_time(Wall time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

namespace {

/** Reads fixed-width fields off the front; `ok` turns false at the first that is not there. */
struct Fields {
    std::string_view rest;
    bool ok = true;

    int number(std::size_t width, int low, int high) {
        int value = 0;
        if (rest.size() < width ||
            !std::all_of(rest.begin(), rest.begin() + static_cast<long>(width), is_digit)) {
            ok = false;
            return low;
        }
        for (const char c : rest.substr(0, width)) value = value * 10 + (c - '0');
        rest.remove_prefix(width);
        ok = ok && value >= low && value <= high;
        return value;
    }
    bool literal(std::string_view any_of) {
        const bool hit = !rest.empty() && any_of.find(rest[0]) != std::string_view::npos;
        if (hit) rest.remove_prefix(1);
        return hit;
    }
    void expect(std::string_view any_of) { ok = literal(any_of) && ok; }
};

}  // namespace

Result<Wall> parse_time(std::string_view text) {
    Fields in{text};
    const int year = in.number(4, 1970, 9999);
    in.expect("-");
    const int month = in.number(2, 1, 12);
    in.expect("-");
    const int day = in.number(2, 1, 31);
    in.expect("Tt ");
    const int hour = in.number(2, 0, 23);
    in.expect(":");
    const int minute = in.number(2, 0, 59);
    in.expect(":");
    const int second = in.number(2, 0, 59);
    Usec fraction{0};
    if (in.literal(".")) {
        const std::string_view digits = take_while(in.rest, is_digit);
        in.ok = in.ok && !digits.empty() && digits.size() <= 9;
        fraction = Usec(static_cast<Usec::rep>(fraction_of(digits, kSecond)));
    }
    std::chrono::minutes offset{0};
    if (!in.literal("Zz")) {
        const bool west = !in.rest.empty() && in.rest[0] == '-';
        in.expect("+-");
        offset = std::chrono::hours(in.number(2, 0, 23));
        in.expect(":");
        offset += std::chrono::minutes(in.number(2, 0, 59));
        if (west) offset = -offset;
    }
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!in.ok || !in.rest.empty() || !date.ok()) {
        return fail(
            file_code::kField,
            fmt::format("time \"{}\": is not a date and time with offset; write for example "
                        "2026-11-22T12:00:00Z",
                        escape(text)));
    }
    return Wall(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
           std::chrono::minutes(minute) + std::chrono::seconds(second) + fraction - offset;
}

}  // namespace jit::core
