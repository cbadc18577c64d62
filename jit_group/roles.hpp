// SPDX-License-Identifier: Apache-2.0
// The question which roles a person holds now, and its answer, read strictly: what is no list of
// roles is none.
#pragma once

#include <sys/types.h>

#include <optional>
#include <span>

#include "common/fixed_text.hpp"
#include "common/gate_client.hpp"

namespace jit::group {

struct Question {
    uid_t uid;
    const char* account;
    std::optional<std::span<const gid_t>> groups;  // of the person's process, where we are in it
};

class Roles {
  public:
    /** False for a name that is too long, and for one too many. */
    [[nodiscard]] bool add(const char* name) noexcept;
    [[nodiscard]] bool has(const char* name) const noexcept;

    FixedText<1025> text;  // why there is none, for the person; may be empty

  private:
    static constexpr std::size_t kMax = 64;

    FixedText<65> names_[kMax];
    std::size_t count_ = 0;
};

/** 0, or a negative errno, -EBADMSG for an answer that is none: then `out` is not to be used. */
[[nodiscard]] int ask_roles(GateClient& gate, const Question& question, Deadline deadline,
                            Roles& out) noexcept;

}  // namespace jit::group
