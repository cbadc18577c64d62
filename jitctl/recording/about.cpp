// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "jitctl/recording/recording.hpp"

namespace jit::ctl::recording {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kLatest = 253402300799;  // the year 9999

/** With U+FFFD for each byte that is no UTF-8: the parser wants none, the writer puts it there. */
std::string valid_utf8(std::string_view bytes) {
    const auto written = Json(bytes).dump(-1, ' ', false, Json::error_handler_t::replace);
    return Json::parse(written).get<std::string>();
}

std::string text(const Json& object, const char* name) {
    const auto it = object.find(name);
    return it != object.end() && it->is_string() ? it->get<std::string>() : "";
}

std::uint32_t size(const Json& object, const char* name, std::uint32_t otherwise) {
    const auto it = object.find(name);
    if (it == object.end() || !it->is_number_unsigned()) return otherwise;
    const auto value = it->get<std::uint64_t>();
    return value > 0 && value < 10'000 ? static_cast<std::uint32_t>(value) : otherwise;
}

/** The value of "NAME=..." in runenv. */
std::string variable(const Json& object, std::string_view name) {
    const auto list = object.find("runenv");
    if (list == object.end() || !list->is_array()) return {};
    for (const auto& item : *list) {
        if (!item.is_string()) continue;
        const auto value = item.get<std::string>();
        if (value.starts_with(name) && value.substr(name.size()).starts_with('=')) return value.substr(name.size() + 1);
    }
    return {};
}

std::string command(const Json& object) {
    std::string out = text(object, "command");
    const auto list = object.find("runargv");
    if (list == object.end() || !list->is_array()) return out;
    for (std::size_t i = 1; i < list->size(); ++i)
        if ((*list)[i].is_string()) out += " " + (*list)[i].get<std::string>();
    return out;
}

}  // namespace

core::Result<About> parse_about(std::string_view json) {
    const Json all = Json::parse(valid_utf8(json), nullptr, false);
    if (!all.is_object()) return core::fail("PARSE", "not a JSON object");
    About out;
    if (const auto time = all.find("timestamp"); time != all.end() && time->is_object()) {
        const auto seconds = time->find("seconds");
        if (seconds != time->end() && seconds->is_number_unsigned() && seconds->get<std::uint64_t>() <= kLatest)
            out.start = core::from_usec(seconds->get<std::uint64_t>() * 1'000'000);
    }
    out.command = command(all);
    out.shell = variable(all, "SHELL");
    out.term = variable(all, "TERM");
    out.lines = size(all, "lines", out.lines);
    out.columns = size(all, "columns", out.columns);
    out.terminal = all.contains("ttyname");
    return out;
}

}  // namespace jit::ctl::recording
