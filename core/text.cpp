// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/codes.hpp"
#include "core/utf8.hpp"

namespace jit::core {

namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

bool is_clean(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] >= 0x20 && text[i] < 0x7F) {
            ++i;
            continue;
        }
        const Decoded c = decode_utf8(text, i);
        if (!c.valid || !is_visible(c.value)) return false;
        i += c.size;
    }
    return true;
}

std::string escape(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const Decoded c = decode_utf8(text, i);
        if (c.valid && is_visible(c.value)) {
            out += text.substr(i, c.size);
        } else if (!c.valid || c.value < 0x80) {
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]));
        } else {
            out += fmt::format("\\u{{{:04x}}}", static_cast<std::uint32_t>(c.value));
        }
        i += c.size;
    }
    return out;
}

std::string escape_lines(std::string_view text) {
    std::string out;
    for (;;) {
        const auto end = text.find('\n');
        out += escape(text.substr(0, end));
        if (end == std::string_view::npos) return out;
        out += '\n';
        text.remove_prefix(end + 1);
    }
}

Result<void> check_text(std::string_view text, std::string_view what, std::size_t max) {
    if (text.find_first_not_of(' ') == std::string_view::npos) {
        return fail(file_code::kField, fmt::format("{}: is empty; say something", what));
    }
    if (text.size() > max) {
        return fail(file_code::kField, fmt::format("{}: has {} bytes; at most {} are allowed", what,
                                                   text.size(), max));
    }
    if (!is_clean(text)) {
        return fail(file_code::kField,
                    fmt::format("{}: holds a control or invisible character; remove it: {}", what,
                                escape(text)));
    }
    return {};
}

bool is_account_name(std::string_view name) {
    if (name.empty() || name.size() > 32) return false;
    if (!is_lower(name[0]) && name[0] != '_') return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return is_lower(c) || is_digit(c) || c == '_' || c == '.' || c == '-';
    });
}

bool is_any_account_name(std::string_view name) {
    constexpr std::size_t kLongest = 256;  // LOGIN_NAME_MAX
    if (name.empty() || name.size() > kLongest || name.front() == '-' || name.front() == ' ' || name.back() == ' ') return false;
    return name.find_first_of("/:") == std::string_view::npos && is_clean(name);
}

bool is_file_grant_id(std::string_view id) {
    if (id.empty() || id.size() > 64) return false;
    if (id.size() == 32 && std::all_of(id.begin(), id.end(), is_hex)) return false;
    return std::all_of(id.begin(), id.end(), [](char c) {
        return is_lower(c) || is_upper(c) || is_digit(c) || c == '_' || c == '-';
    });
}

bool is_plain_id(std::string_view id) {
    if (id.empty() || id.size() > 64) return false;
    return std::all_of(id.begin(), id.end(), [](char c) {
        return is_lower(c) || is_upper(c) || is_digit(c) || c == '.' || c == '_' || c == '@' ||
               c == '-';
    });
}

bool is_own_id(std::string_view id) {
    return id.size() == 32 &&
           std::all_of(id.begin(), id.end(), [](char c) { return is_hex(c) && !is_upper(c); });
}

}  // namespace jit::core
