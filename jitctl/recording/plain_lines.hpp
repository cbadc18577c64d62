// SPDX-License-Identifier: Apache-2.0
// The lines of what a terminal was sent, without what only moves or paints: for searching, not for looking at.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace jit::ctl::recording {

/** A line that is not empty, printable on any terminal (core::escape). */
using LineSink = std::function<void(const std::string& line)>;

class PlainLines {
  public:
    explicit PlainLines(LineSink sink) : sink_(std::move(sink)) {}

    /** Sequences of ECMA-48 are left out, also those that begin in one call and end in another. A carriage return ends a
        line, so that what was written over it is found, too. */
    void feed(std::string_view bytes);
    /** The last line, which has no end. */
    void finish();

  private:
    enum class State { text, escape, charset, control, string, string_escape };

    void take(char c);
    void take_text(char c);
    void take_escape(char c);

    LineSink sink_;
    State state_ = State::text;
    std::string line_;
};

}  // namespace jit::ctl::recording
