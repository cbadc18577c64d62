// SPDX-License-Identifier: Apache-2.0
#include "jitctl/view.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/duration.hpp"
#include "core/text.hpp"
#include "jitctl/when.hpp"

namespace jit::ctl {
namespace {

constexpr std::string_view kTimeSuffix = "_usec";

std::string label_of(std::string_view field) {
    if (field.ends_with(kTimeSuffix)) field.remove_suffix(kTimeSuffix.size());
    std::string label(field);
    for (char& c : label)
        if (c == '_') c = ' ';
    return label;
}

std::string value_of(std::string_view field, const Json& value, core::Wall now) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
    if (value.is_number_integer()) {
        const auto number = value.get<std::uint64_t>();
        if (!field.ends_with(kTimeSuffix)) return std::to_string(number);
        const core::Wall time = core::from_usec(number);
        return fmt::format("{} ({}{})", format_local(time, now), time >= now ? "in " : "",
                           format_left(time, now));
    }
    std::string list;
    if (value.is_array())
        for (const auto& item : value) {
            if (!item.is_string()) continue;
            list += (list.empty() ? "" : ", ") + item.get<std::string>();
        }
    return list;
}

}  // namespace

std::string shown(const Json& object, std::string_view field, std::string_view absent) {
    const std::string value = text_of(object, field);
    return value.empty() ? std::string(absent) : core::escape(value);
}

std::optional<core::Wall> time_of(const Json& object, std::string_view field) {
    const auto usec = number_of(object, field);
    if (!usec) return std::nullopt;
    return core::from_usec(*usec);
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
    return fmt::format("{}", fmt::join(words, separator));
}

std::string grant_when(const Json& grant, core::Wall now) {
    const std::string state = text_of(grant, "state");
    const auto from = time_of(grant, "not_before_usec");
    const auto until = time_of(grant, "not_after_usec");
    if (state == "scheduled" && from) return "in " + format_left(*from, now);
    if (state == "active" && until)
        return *until >= now ? format_left(*until, now) + " left"
                             : "ended " + format_left(*until, now);
    return core::escape(state);
}

std::string cell_time(const Output& out, const std::optional<core::Wall>& time, core::Wall now) {
    if (!time) return out.terminal() ? "-" : "";
    return out.terminal() ? format_local(*time, now) : core::format_time(*time);
}

std::string property(std::string_view label, std::string_view value) {
    if (value.empty()) return {};
    return fmt::format("{:>12}  {}\n", label, core::escape(value));
}

std::string describe(const Json& object, core::Wall now) {
    std::string out;
    for (const auto& [field, value] : object.items())
        out += property(label_of(field), value_of(field, value, now));
    return out;
}

}  // namespace jit::ctl
