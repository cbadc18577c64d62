// SPDX-License-Identifier: Apache-2.0
// From argv to options.hpp.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/time.hpp"
#include "jitctl/environment.hpp"
#include "jitctl/options.hpp"

namespace jit::ctl {

/** The command line asked for words only: help or version, or it is wrong. */
struct CliStop {
    bool wrong = false;
    std::string text;
    JsonMode json = JsonMode::off;  // how to say what is wrong
};

std::variant<Invocation, CliStop> parse_command_line(std::span<const std::string> args,
                                                     const Environment& env);

/** The verb closest to a mistyped one; empty when none is close. */
std::string_view closest_verb(std::string_view word);
std::span<const std::string_view> verbs();

}  // namespace jit::ctl
