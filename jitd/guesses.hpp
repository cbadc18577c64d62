// SPDX-License-Identifier: Apache-2.0
// Bad tokens of each account: who guesses waits.
#pragma once

#include <cstdint>
#include <deque>
#include <map>

#include "core/time.hpp"

namespace jit::daemon {

class Guesses {
  public:
    static constexpr std::size_t kFree = 10;  // within kWindow
    static constexpr core::Usec kWindow = std::chrono::seconds(60);

    /** How long this account has to wait before its next token is looked at; 0: not at all. */
    [[nodiscard]] core::Usec wait(std::uint32_t uid, core::Boot now) const;
    /** One that fitted nothing. True when it was the last that is free. Where too many accounts guess, the one that has
        guessed least lately is forgotten: nobody who did not guess waits. */
    bool note(std::uint32_t uid, core::Boot now);

  private:
    static constexpr std::size_t kMaxAccounts = 1024;
    struct Account {
        std::deque<core::Boot> bad;  // within the window
        core::Boot until{}, last{};
    };
    void forget(core::Boot now);
    std::map<std::uint32_t, Account> accounts_;
};

}  // namespace jit::daemon
