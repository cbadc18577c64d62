// SPDX-License-Identifier: Apache-2.0
#include "core/grant_stream.hpp"

#include <cstring>

#include "core/codes.hpp"

namespace jit::core {

namespace {

constexpr std::string_view kTableLine = "[[grant]]";
constexpr std::size_t kBuffer = 64U << 10;

}  // namespace

GrantStream::GrantStream(ByteSource& source, std::string_view file)
    : source_(source), file_(file), lint_(file), buffer_(kBuffer, '\0') {}

Result<bool> GrantStream::fill() {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    const auto size = source_.read(std::span(buffer_).subspan(end_));
    if (!size) return size.failure();
    end_ += *size;
    bytes_read_ += *size;
    return *size != 0;
}

Result<std::optional<std::string_view>> GrantStream::next_line() {
    std::size_t searched = 0;
    for (;;) {
        const std::string_view unread = std::string_view(buffer_).substr(begin_, end_ - begin_);
        const std::size_t feed = unread.find('\n', searched);
        searched = unread.size();
        // A line longer than the lint takes need not be read to its end.
        if (feed != std::string_view::npos || unread.size() > kMaxLine) {
            const std::string_view line = unread.substr(0, feed);
            begin_ += line.size() + (feed == std::string_view::npos ? 0 : 1);
            return std::optional(line);
        }
        const auto more = fill();
        if (!more) return more.failure();
        if (*more) continue;
        if (end_ == begin_) return std::optional<std::string_view>();
        const std::string_view last = std::string_view(buffer_).substr(begin_, end_ - begin_);
        begin_ = end_;
        return std::optional(last);
    }
}

Result<std::optional<GrantStream::Part>> GrantStream::next() {
    if (done_) return std::optional<Part>();
    const std::uint32_t first_line = table_line_ == 0 ? 1 : table_line_;
    part_.assign(table_line_ == 0 ? "" : "\n");
    for (;;) {
        const auto line = next_line();
        if (!line) return line.failure();
        if (!*line) {
            done_ = true;
            break;
        }
        const std::string_view text = **line;
        if (auto bad = lint_.line(text); !bad) return bad.failure();
        if (text == kTableLine) {
            table_line_ = lint_.number();
            break;
        }
        const std::size_t first = text.find_first_not_of(" \t");
        if (first != std::string_view::npos && text[first] == '[') {
            return fail_at(file_code::kLint, file_, lint_.number(),
                           static_cast<std::uint32_t>(first + 1),
                           "a line may begin with [ only as the exact line [[grant]]");
        }
        if (first != std::string_view::npos && text[first] != '#') part_ += text;
        part_ += '\n';
        if (part_.size() > kMaxTable) {
            return fail_at(file_code::kLint, file_, first_line, 0,
                           "table is larger than 64 KiB; split it");
        }
    }
    return std::optional(Part{part_, first_line});
}

}  // namespace jit::core
