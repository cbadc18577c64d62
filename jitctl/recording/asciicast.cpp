// SPDX-License-Identifier: Apache-2.0
#include "jitctl/recording/asciicast.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace jit::ctl::recording {
namespace {

using Json = nlohmann::ordered_json;

std::string dumped(const Json& json) { return json.dump(-1, ' ', true, Json::error_handler_t::replace); }

/** Bytes at the end that begin a UTF-8 character (RFC 3629) and lack its rest. */
std::size_t unfinished(std::string_view text) {
    for (std::size_t n = 1; n <= std::min<std::size_t>(3, text.size()); ++n) {
        const auto byte = static_cast<unsigned char>(text[text.size() - n]);
        if ((byte & 0xC0U) == 0x80U) continue;
        const std::size_t length = byte >= 0xF0U && byte <= 0xF4U ? 4 : byte >= 0xE0U ? 3 : byte >= 0xC2U ? 2 : 1;
        return byte <= 0xF4U && length > n ? n : 0;
    }
    return 0;
}

/** Without a terminal in between nothing has put a carriage return before the line feed. */
std::string with_returns(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\n') out += '\r';
        out += c;
    }
    return out;
}

}  // namespace

std::string Asciicast::header(const std::string& title) const {
    Json json = {{"version", 2}, {"width", about_.columns}, {"height", about_.lines}};
    json["timestamp"] = core::to_usec(about_.start) / 1'000'000;
    json["command"] = about_.command;
    json["title"] = title;
    json["env"] = Json::object();
    if (!about_.shell.empty()) json["env"]["SHELL"] = about_.shell;
    if (!about_.term.empty()) json["env"]["TERM"] = about_.term;
    return dumped(json) + "\n";
}

std::string Asciicast::text(const Shown& shown) {
    std::string& begun = begun_[shown.stream];
    std::string all = begun + shown.bytes;
    const std::size_t keep = unfinished(all);
    begun = all.substr(all.size() - keep);
    all.resize(all.size() - keep);
    return shown.stream == Stream::terminal_output ? all : with_returns(all);
}

std::string Asciicast::line(const Moment& moment) {
    std::string kind = "o", data;
    if (const auto* resized = std::get_if<Resized>(&moment.what)) {
        kind = "r";
        data = fmt::format("{}x{}", resized->columns, resized->lines);
    } else {
        data = text(std::get<Shown>(moment.what));
        if (data.empty()) return {};
    }
    const auto usec = moment.at.count();
    return fmt::format("[{}.{:06}, \"{}\", {}]\n", usec / 1'000'000, usec % 1'000'000, kind, dumped(Json(data)));
}

}  // namespace jit::ctl::recording
