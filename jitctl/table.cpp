// SPDX-License-Identifier: Apache-2.0
#include "jitctl/table.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace jit::ctl {
namespace {

constexpr std::string_view kGap = "  ";

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

std::size_t length(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, starts_character));
}

std::string tabbed(const std::vector<std::string>& row) {
    std::string line;
    for (const auto& cell : row) line += (line.empty() && &cell == row.data() ? "" : "\t") + cell;
    return line + "\n";
}

std::string aligned(const std::vector<std::string>& row, const std::vector<std::size_t>& widths,
                    std::size_t width) {
    std::string line;
    std::size_t used = 0;
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (i + 1 == row.size()) {
            const std::size_t rest = width > used + 1 ? width - used : 0;
            return line + (rest > 0 ? cut(row[i], rest) : row[i]);
        }
        line += row[i];
        line.append(widths[i] - length(row[i]), ' ');
        line += kGap;
        used += widths[i] + kGap.size();
    }
    return line;
}

}  // namespace

std::string cut(std::string_view text, std::size_t columns) {
    if (length(text) <= columns) return std::string(text);
    std::size_t seen = 0;
    std::size_t end = 0;
    while (end < text.size()) {
        if (starts_character(text[end]) && ++seen == columns) break;
        ++end;
    }
    return std::string(text.substr(0, end)) + "\u2026";
}

void Table::add(std::vector<std::string> row) {
    for (auto& cell : row) cell = core::escape(cell);
    row.resize(header_.size());
    rows_.push_back(std::move(row));
}

std::string Table::render(const TableStyle& style) const {
    std::string out;
    if (!style.aligned) {
        for (const auto& row : rows_) out += tabbed(row);
        return out;
    }
    std::vector<std::size_t> widths;
    for (const auto& title : header_) widths.push_back(style.header ? length(title) : 0);
    for (const auto& row : rows_)
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], length(row[i]));

    if (style.header) {
        out += style.header_on;
        out += aligned(header_, widths, 0);
        out += style.header_off;
        out += '\n';
    }
    for (const auto& row : rows_) {
        std::string line = aligned(row, widths, style.width);
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + '\n';
    }
    return out;
}

}  // namespace jit::ctl
