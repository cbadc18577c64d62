// SPDX-License-Identifier: Apache-2.0
#include "jitctl/log_line.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "core/text.hpp"
#include "jitctl/when.hpp"

namespace jit::ctl {
namespace {

/** What a line shows, in this order; the rest is in --json. */
constexpr std::array<std::string_view, 13> kShown = {"user",    "target", "service", "role",      "grant",
                                                     "request", "code",   "session", "approvers", "actor",
                                                     "count",   "needed", "reason"};

Style style_of(const trail::LogRecord& record) {
    const std::string decision = record.field("decision");
    if (decision == "deny") return Style::bad;
    if (decision == "would_deny") return Style::warn;
    return decision == "allow" ? Style::good : Style::bold;
}

std::string in_quotes(std::string_view value) {
    std::string out = "\"";
    for (const char c : core::escape(value)) {
        if (c == '"') out += '\\';
        out += c;
    }
    return out + "\"";
}

bool plain(std::string_view value) { return value.find_first_of(" \"=") == std::string_view::npos; }

}  // namespace

Json to_json(const trail::LogRecord& record) {
    Json out = Json::object();
    out["time_usec"] = record.time_usec;
    // The version of JSON is another.
    for (const auto& [name, value] : record.fields) out[name == "version" ? "record_version" : name] = value;
    return out;
}

std::string to_line(const trail::LogRecord& record, const Output& out) {
    const std::string event = fmt::format("{:<18}", core::escape(record.field("event")));
    std::string line =
        format_stamp(core::from_usec(record.time_usec)) + " " + out.styled(style_of(record), event);
    for (const std::string_view name : kShown) {
        const std::string value = record.field(std::string(name));
        if (value.empty()) continue;
        line += fmt::format(" {}={}", name, plain(value) ? core::escape(value) : in_quotes(value));
    }
    return line + "\n";
}

}  // namespace jit::ctl
