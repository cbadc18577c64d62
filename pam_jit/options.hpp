// SPDX-License-Identifier: Apache-2.0
// The words on a pam_jit line and the service it stands in; anything unknown is refused.
#pragma once

#include "pam_jit/refusal.hpp"

namespace jit::pam {

enum class Stack { account, session };
enum class Program { sudo, su, sshd };

struct Options {
    Program program = Program::sudo;
    const char* service = nullptr;  // PAM_SERVICE, lives as long as the handle
    bool permissive = false;        // nobody is denied, would-be denials are recorded
    bool scope = false;             // the last session line
    bool nest = false;              // an ungated su: keeps a nested su in its scope, denies nobody
};

/** PAM_SUCCESS, or refuses with CONFIG. */
[[nodiscard]] int read_options(pam_handle_t* pamh, Stack stack, int argc, const char** argv,
                               Options& out, Refusal& why) noexcept;

/** A string item, nullptr if it is missing or empty. */
[[nodiscard]] const char* item(pam_handle_t* pamh, int type) noexcept;

}  // namespace jit::pam
