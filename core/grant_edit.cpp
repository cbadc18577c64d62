// SPDX-License-Identifier: Apache-2.0
#include "core/grant_edit.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/duration.hpp"
#include "core/lint.hpp"
#include "core/text.hpp"
#include "core/toml_reader.hpp"

namespace jit::core {

namespace {

constexpr std::string_view kTable = "[[grant]]";
constexpr Usec kLongestLife = std::chrono::hours(24 * 7);
constexpr Usec kUsualLife = std::chrono::hours(24);

/** One line of a text, without its line feed. */
struct Line {
    std::size_t begin = 0, end = 0;  // end: of the text; the line feed, if any, is at end
    std::size_t next = 0;
    std::string_view text;
};

Line line_at(std::string_view text, std::size_t begin) {
    const std::size_t feed = text.find('\n', begin);
    const bool last = feed == std::string_view::npos;
    const std::size_t end = last ? text.size() : feed;
    return {begin, end, last ? end : end + 1, text.substr(begin, end - begin)};
}

std::string_view trimmed(std::string_view line) {
    const std::size_t from = line.find_first_not_of(" \t");
    return from == std::string_view::npos ? std::string_view() : line.substr(from);
}

bool is_table_line(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line == kTable;
}

/** Begin of each `[[grant]]` line and, with it, of the comments right above. */
struct Place {
    std::size_t comments = 0, header = 0;
    std::uint32_t line = 0;
};

std::vector<Place> table_places(std::string_view text) {
    std::vector<Place> places;
    std::optional<std::size_t> comments;
    std::uint32_t number = 0;
    for (std::size_t at = 0; at < text.size();) {
        const Line line = line_at(text, at);
        ++number;
        if (is_table_line(line.text)) {
            places.push_back({comments.value_or(line.begin), line.begin, number});
            comments.reset();
        } else if (trimmed(line.text).starts_with('#')) {
            if (!comments) comments = line.begin;
        } else {
            comments.reset();
        }
        at = line.next;
    }
    return places;
}

std::size_t header_size(std::string_view text) {
    const auto places = table_places(text);
    return places.empty() ? text.size() : places.front().header;
}

Result<GrantTable> read_table(std::string_view text, std::string_view file, const Place& place,
                              std::size_t end) {
    const std::size_t body = line_at(text, place.header).next;
    const auto document =
        TomlDocument::parse_part(text.substr(body, end - body), file, place.line + 1);
    if (!document) return document.failure();
    TableReader root = document->root();
    GrantTable table;
    table.id = root.text("id", Need::required);
    table.user = root.text("user", Need::optional);
    table.role = root.text("role", Need::optional);
    table.reason = root.text("reason", Need::optional);
    table.not_before = root.time("not_before", Need::optional).value_or(Wall());
    table.not_after = root.time("not_after", Need::optional).value_or(Wall());
    table.begin = place.comments;
    table.end = end;
    return table;
}

/** The text as a basic string of TOML. */
std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

std::string quoted_list(const std::vector<std::string>& texts) {
    std::string out;
    for (const auto& text : texts) out += (out.empty() ? "" : ", ") + quoted(text);
    return "[" + out + "]";
}

Wall whole_seconds(Wall time) { return std::chrono::floor<std::chrono::seconds>(time); }

/** The value's place in `key = value # comment`, within `line`. */
struct Value {
    std::size_t begin = 0, size = 0;
};

std::optional<Value> value_of(const Line& line, std::string_view key) {
    std::string_view rest = trimmed(line.text);
    if (!rest.starts_with(key)) return std::nullopt;
    rest = trimmed(rest.substr(key.size()));
    if (!rest.starts_with('=')) return std::nullopt;
    rest = trimmed(rest.substr(1));
    // Numbers and times only: the first # begins a comment.
    std::string_view value = rest.substr(0, rest.find('#'));
    const std::size_t last = value.find_last_not_of(" \t\r");
    if (last == std::string_view::npos) return std::nullopt;
    return Value{line.end - rest.size(), last + 1};
}

Result<std::string> set_value(std::string text, std::string_view file, std::string_view key,
                              std::string_view value) {
    const std::size_t end = header_size(text);
    for (std::size_t at = 0; at < end;) {
        const Line line = line_at(text, at);
        if (const auto place = value_of(line, key)) {
            text.replace(place->begin, place->size, value);
            return text;
        }
        at = line.next;
    }
    return fail("FIELD", fmt::format("{}: no line \"{} = ...\" above the first [[grant]]",
                                     escape(file), key));
}

}  // namespace

Result<GrantHeader> read_grant_header(std::string_view text, std::string_view file) {
    const std::string_view part = text.substr(0, header_size(text));
    if (auto ok = lint_text(part, file); !ok) return ok.failure();
    const auto document = TomlDocument::parse_part(part, file, 1);
    if (!document) return document.failure();
    TableReader root = document->root();
    GrantHeader header;
    (void)root.number("format", Need::required, 1, 1);
    (void)root.text("type", Need::required);
    header.org = root.text("org", Need::required);
    header.serial = root.number("serial", Need::required, 1, INT64_MAX);
    header.issued = root.time("issued", Need::required).value_or(Wall());
    header.expires = root.time("expires", Need::required).value_or(Wall());
    if (auto ok = document->finish(); !ok) return ok.failure();
    return header;
}

Result<std::vector<GrantTable>> list_grant_tables(std::string_view text, std::string_view file) {
    if (auto ok = lint_text(text, file); !ok) return ok.failure();
    const auto places = table_places(text);
    std::vector<GrantTable> tables;
    for (std::size_t i = 0; i < places.size(); ++i) {
        const std::size_t end = i + 1 < places.size() ? places[i + 1].comments : text.size();
        auto table = read_table(text, file, places[i], end);
        if (!table) return table.failure();
        tables.push_back(std::move(*table));
    }
    return tables;
}

std::string new_grant_text(const GrantHeader& header) {
    return fmt::format(
        "format = 1\n"
        "type = \"grants\"\n"
        "org = {}\n"
        "serial = {}\n"
        "issued = {}\n"
        "expires = {}\n",
        quoted(header.org), header.serial, format_time(whole_seconds(header.issued)),
        format_time(whole_seconds(header.expires)));
}

std::string append_grant_table(std::string_view text, const NewGrant& grant) {
    std::string out(text);
    if (!out.empty() && !out.ends_with('\n')) out += '\n';
    if (!out.empty() && !out.ends_with("\n\n")) out += '\n';
    out += fmt::format("{}\nid = {}\nuser = {}\n", kTable, quoted(grant.id), quoted(grant.user));
    if (grant.uid) out += fmt::format("uid = {}\n", *grant.uid);
    out += fmt::format("role = {}\nhosts = {}\nnot_before = {}\nnot_after = {}\nreason = {}\n",
                       quoted(grant.role), quoted_list(grant.hosts),
                       format_time(whole_seconds(grant.not_before)),
                       format_time(whole_seconds(grant.not_after)), quoted(grant.reason));
    if (!grant.ticket.empty()) out += fmt::format("ticket = {}\n", quoted(grant.ticket));
    return out;
}

Result<std::string> remove_grant_table(std::string_view text, std::string_view file,
                                       std::string_view id) {
    const auto tables = list_grant_tables(text, file);
    if (!tables) return tables.failure();
    const auto table = std::ranges::find(*tables, id, &GrantTable::id);
    if (table == tables->end())
        return fail("NOT_FOUND",
                    fmt::format("{}: no grant has the id {}", escape(file), escape(id)));
    std::string out(text);
    out.erase(table->begin, table->end - table->begin);
    return out;
}

Result<std::string> set_grant_header(std::string_view text, std::string_view file,
                                     const GrantHeader& header) {
    auto out = set_value(std::string(text), file, "serial", std::to_string(header.serial));
    if (!out) return out;
    out = set_value(std::move(*out), file, "issued", format_time(whole_seconds(header.issued)));
    if (!out) return out;
    return set_value(std::move(*out), file, "expires", format_time(whole_seconds(header.expires)));
}

GrantHeader next_grant_header(const GrantHeader& old, const std::vector<GrantTable>& tables,
                              Wall now) {
    GrantHeader header = old;
    header.issued = whole_seconds(now);
    header.serial = std::max(to_usec(header.issued) / 1'000'000, old.serial + 1);
    header.expires = header.issued + kUsualLife;
    for (const auto& table : tables) header.expires = std::max(header.expires, table.not_after);
    header.expires = std::min(header.expires, Wall(header.issued + kLongestLife));
    return header;
}

}  // namespace jit::core
