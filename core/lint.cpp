// SPDX-License-Identifier: Apache-2.0
#include "core/lint.hpp"

#include <fmt/format.h>

#include "core/codes.hpp"
#include "core/text.hpp"
#include "core/utf8.hpp"

namespace jit::core {

namespace {

constexpr std::string_view kBeforeQuote = " \t=,[{";

}  // namespace

Failure fail_at(std::string_view code, std::string_view file, std::uint32_t line,
                std::uint32_t column, std::string_view text) {
    const std::string place = column == 0 ? fmt::format("{}:{}", escape(file), line)
                                          : fmt::format("{}:{}:{}", escape(file), line, column);
    return fail(code, fmt::format("{}: {}", place, text), line, column);
}

Failure Lint::refuse(std::size_t at, std::string_view text) const {
    return fail_at(file_code::kLint, file_, number_, static_cast<std::uint32_t>(at + 1), text);
}

Result<void> Lint::line(std::string_view line) {
    ++number_;
    if (line.size() > kMaxLine) {
        return refuse(kMaxLine,
                      fmt::format("line has {} bytes; at most {} are allowed, break it up",
                                  line.size(), kMaxLine));
    }
    if (auto bad = bytes(line); !bad) return bad;
    return shape(line);
}

Result<void> Lint::bytes(std::string_view line) const {
    for (std::size_t i = 0; i < line.size();) {
        const auto c = static_cast<unsigned char>(line[i]);
        if ((c >= 0x20 && c < 0x7F) || c == '\t') {
            ++i;
            continue;
        }
        if (c == '\r') return refuse(i, "carriage return; lines must end in a line feed alone");
        const Decoded decoded = decode_utf8(line, i);
        if (!decoded.valid)
            return refuse(i, fmt::format("byte \\x{:02x} is not UTF-8; remove it", c));
        if (!is_visible(decoded.value)) {
            return refuse(i, fmt::format("control or invisible character U+{:04X}; remove it",
                                         static_cast<std::uint32_t>(decoded.value)));
        }
        i += decoded.size;
    }
    return {};
}

Result<void> Lint::shape(std::string_view line) {
    unsigned dots = 0;
    char quote = 0;
    bool in_key = depth_ == 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quote != 0) {
            if (c == '\\' && quote == '"') ++i;
            if (c == quote) quote = 0;
            continue;
        }
        switch (c) {
            case '#':
                return {};
            case '"':
            case '\'':
                if (line.substr(i, 3) == std::string_view(c == '"' ? "\"\"\"" : "'''")) {
                    return refuse(i, "multi-line string; write it on one line in single quotes");
                }
                // Otherwise the parser and we could differ on what is inside of a string.
                if (i > 0 && kBeforeQuote.find(line[i - 1]) == std::string_view::npos && !(in_key && line[i - 1] == '.')) {
                    return refuse(i, "quote in the middle of a word; quote the whole of it");
                }
                quote = c;
                break;
            case '.':
                if (++dots > kMaxKeyDots) {
                    return refuse(
                        i, fmt::format("key has more than {} dots; shorten it", kMaxKeyDots));
                }
                break;
            case '[':
            case '{':
                if (++depth_ > kMaxNesting) {
                    return refuse(i, fmt::format("values are nested deeper than {}; flatten them",
                                                 kMaxNesting));
                }
                dots = 0;
                break;
            case ']':
            case '}':
                if (depth_ > 0) --depth_;
                dots = 0;
                break;
            case '=':
                in_key = false;
                [[fallthrough]];
            case ',':
                dots = 0;
                break;
            default:
                // TOML has them in strings and comments only, and toml++ 3.3 runs into undefined behaviour on others.
                if (static_cast<unsigned char>(c) >= 0x80) {
                    return refuse(i, fmt::format("U+{:04X} outside of quotes; names and numbers are in ASCII",
                                                 static_cast<std::uint32_t>(decode_utf8(line, i).value)));
                }
                break;
        }
    }
    return {};
}

Result<void> lint_text(std::string_view text, std::string_view file) {
    Lint lint(file);
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        if (auto bad = lint.line(text.substr(0, end)); !bad) return bad;
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return {};
}

}  // namespace jit::core
