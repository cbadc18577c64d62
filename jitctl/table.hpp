// SPDX-License-Identifier: Apache-2.0
// Rows of text: aligned columns on a terminal, tab-separated values elsewhere.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jit::ctl {

struct TableStyle {
    bool aligned = true;    // false: tabs between values, no header, nothing cut
    bool header = true;     // of an aligned table
    std::size_t width = 0;  // an aligned table's last column is cut to fit; 0 = never
    std::string_view header_on, header_off;  // terminal codes around the header
};

/** `text`, or its beginning and an ellipsis, in so many characters. */
std::string cut(std::string_view text, std::size_t columns);

class Table {
  public:
    explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}
    /** Cells are escaped here. */
    void add(std::vector<std::string> row);
    [[nodiscard]] bool empty() const { return rows_.empty(); }
    [[nodiscard]] std::size_t size() const { return rows_.size(); }
    [[nodiscard]] std::string render(const TableStyle& style) const;

  private:
    std::vector<std::string> header_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace jit::ctl
