// SPDX-License-Identifier: Apache-2.0
// What may be long goes through the reader's pager, on a terminal.
#pragma once

#include <cstdio>
#include <optional>

#include "jitctl/pager.hpp"
#include "jitctl/verb.hpp"

namespace jit::ctl {

class Paged {
  public:
    Paged(const Context& context, bool wanted) : env_(context.env), out_(env_, context.out.options()) {
        if (wanted && env_.out_tty && out_.options().pager && !out_.json()) env_.out = pager_.emplace(env_.out).file();
    }

    [[nodiscard]] const Output& out() const { return out_; }
    /** False when the reader has left. */
    [[nodiscard]] bool good() const { return std::ferror(env_.out) == 0; }
    void flush() const { std::fflush(env_.out); }

  private:
    Environment env_;
    Output out_;
    std::optional<Pager> pager_;
};

}  // namespace jit::ctl
