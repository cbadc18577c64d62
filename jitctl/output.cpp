// SPDX-License-Identifier: Apache-2.0
#include "jitctl/output.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/codes.hpp"
#include "core/duration.hpp"
#include "core/text.hpp"
#include "jitctl/when.hpp"

namespace jit::ctl {
namespace {

void write(std::FILE* file, std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), file);
}

std::string_view code_of(Style style) {
    switch (style) {
        case Style::bold:
            return "\033[1m";
        case Style::dim:
            return "\033[2m";
        case Style::good:
            return "\033[1;32m";
        case Style::bad:
            return "\033[1;31m";
        case Style::warn:
            return "\033[1;33m";
    }
    return "";
}

constexpr std::string_view kReset = "\033[0m";

/** The verdict behind an error, as at the end of a denial: " [SELF]". */
std::string bracketed(const core::Error& error) {
    if (!core::code_from(error.code) && error.code != core::file_code::kLimit) return {};
    const std::string bracket = "[" + error.code + "]";
    return error.text.ends_with(bracket) ? "" : " " + bracket;
}

}  // namespace

std::string json_text(const Json& object, JsonMode mode) {
    constexpr auto kReplace = Json::error_handler_t::replace;
    const bool ascii = !core::is_clean(object.dump(-1, ' ', false, kReplace));
    return object.dump(mode == JsonMode::pretty ? 2 : -1, ' ', ascii, kReplace);
}

void Output::object(const Json& object) const {
    write(env_.out, json_text(versioned(object), options_.json) + "\n");
}

void Output::line(const Json& object) const {
    write(env_.out, json_text(versioned(object), JsonMode::brief) + "\n");
}

void Output::text(std::string_view text) const { write(env_.out, text); }

void Output::table(const Table& table) const {
    TableStyle style;
    style.aligned = env_.out_tty;
    style.header = options_.legend && !table.empty();
    style.width = static_cast<std::size_t>(env_.columns);
    if (env_.color) {
        style.header_on = code_of(Style::bold);
        style.header_off = kReset;
    }
    write(env_.out, table.render(style));
}

void Output::note(std::string_view text) const {
    if (options_.quiet || json()) return;
    write(env_.err, core::escape(text) + "\n");
}

int Output::fail(Exit exit, const core::Error& error) const {
    if (json()) {
        Json object = Json::object();
        object["error"]["code"] = error.code;
        object["error"]["message"] = error.text;
        write(env_.err, json_text(versioned(object), options_.json) + "\n");
    } else {
        write(env_.err, "jitctl: " + core::escape(error.text) + bracketed(error) + "\n");
    }
    return static_cast<int>(exit);
}

std::string Output::time(core::Wall at) const { return env_.out_tty ? format_stamp(at) : core::format_time(at); }

std::string Output::styled(Style style, std::string_view text) const {
    if (!env_.color) return std::string(text);
    return fmt::format("{}{}{}", code_of(style), text, kReset);
}

}  // namespace jit::ctl
