// SPDX-License-Identifier: Apache-2.0
#include "jitctl/log_line.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "core/text.hpp"

namespace jit::ctl {
namespace {

struct Shown {
    std::string_view name;
    std::string_view of = "";  // only of kinds that begin so
};

/** What a line shows: who, what and why first, what is to be copied last. The rest is in --json. */
constexpr auto kShown = std::to_array<Shown>({
    {"user"},
    {"actor"},
    {"target"},
    {"service"},
    {"role"},
    {"code"},
    {"reason"},
    {"decision_reason"},
    {"not_after", "grant.created"},
    {"not_after", "grant.extended"},
    {"not_after", "breakglass.used"},
    {"count"},
    {"needed"},
    {"approvers"},
    {"serial", "file."},
    {"keys", "file."},
    {"grant"},
    {"request"},
    {"session"},
});

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
    const std::string event = record.field("event");
    std::string fields;
    for (const auto& [name, of] : kShown) {
        const std::string value = record.field(std::string(name));
        if (value.empty() || !event.starts_with(of)) continue;
        fields += fmt::format(" {}={}", name, plain(value) ? core::escape(value) : in_quotes(value));
    }
    std::string shown = core::escape(event);
    if (!fields.empty()) shown = fmt::format("{:<18}", shown);
    return out.time(core::from_usec(record.time_usec)) + " " + out.styled(style_of(record), shown) + fields + "\n";
}

}  // namespace jit::ctl
