// SPDX-License-Identifier: Apache-2.0
#include "jitctl/recording/plain_lines.hpp"

#include "core/text.hpp"

namespace jit::ctl::recording {
namespace {

constexpr std::size_t kLongest = 16U << 10;  // bytes; what is longer becomes several lines
constexpr char kEscape = '\033', kBell = '\a';

void drop_character(std::string& line) {
    while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xC0U) == 0x80U) line.pop_back();
    if (!line.empty()) line.pop_back();
}

}  // namespace

void PlainLines::feed(std::string_view bytes) {
    for (const char c : bytes) take(c);
}

void PlainLines::finish() {
    if (line_.find_first_not_of(' ') != std::string::npos) sink_(core::escape(line_));
    line_.clear();
}

void PlainLines::take(char c) {
    switch (state_) {
        case State::text:
            return take_text(c);
        case State::escape:
            return take_escape(c);
        case State::charset:
            state_ = State::text;
            return;
        case State::control:  // parameters and intermediates, then one final byte
            if (c == kEscape)
                state_ = State::escape;
            else if (c < ' ' || c >= '@')
                state_ = State::text;
            return;
        case State::string:
            if (c == kEscape) state_ = State::string_escape;
            if (c == kBell) state_ = State::text;
            return;
        case State::string_escape:
            state_ = c == '\\' ? State::text : State::string;
            return;
    }
}

void PlainLines::take_escape(char c) {
    if (c == '[')
        state_ = State::control;
    else if (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_')
        state_ = State::string;
    else
        state_ = c >= ' ' && c <= '/' ? State::charset : State::text;
}

void PlainLines::take_text(char c) {
    if (c == kEscape)
        state_ = State::escape;
    else if (c == '\n' || c == '\r')
        finish();
    else if (c == '\b')
        drop_character(line_);
    else if (c == '\t')
        line_ += ' ';
    else if (static_cast<unsigned char>(c) >= ' ' && c != '\177')
        line_ += c;
    if (line_.size() >= kLongest) finish();
}

}  // namespace jit::ctl::recording
