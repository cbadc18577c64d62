// SPDX-License-Identifier: Apache-2.0
// A recording as asciicast v2, line by line: https://docs.asciinema.org/manual/asciicast/v2/
#pragma once

#include <map>
#include <string>

#include "jitctl/recording/recording.hpp"

namespace jit::ctl::recording {

class Asciicast {
  public:
    /** `about` outlives it. */
    explicit Asciicast(const About& about) : about_(about) {}

    /** The first line, pure ASCII as all lines are. */
    [[nodiscard]] std::string header(const std::string& title) const;
    /** The line for a moment; empty when it only holds the beginning of a character. */
    std::string line(const Moment& moment);

  private:
    std::string text(const Shown& shown);

    const About& about_;
    std::map<Stream, std::string> begun_;  // the bytes of a character whose rest is still to come
};

}  // namespace jit::ctl::recording
