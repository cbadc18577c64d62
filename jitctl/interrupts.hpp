// SPDX-License-Identifier: Apache-2.0
// While one lives, an interrupt is noted instead of ending the program at once: for verbs that clean up first.
#pragma once

#include <array>
#include <csignal>

namespace jit::ctl {

/** SIGINT, SIGTERM and SIGHUP, unless the caller had them ignored, as nohup(1) does. One at a time. */
class Interrupts {
  public:
    Interrupts();
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;
    ~Interrupts();

    /** The signal that came since the last one was made; 0: none. */
    static int seen();

  private:
    static constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};
    std::array<struct sigaction, 3> old_{};
};

/** Ends the program by this signal, so that a shell sees that it was interrupted. */
[[noreturn]] void end_by(int signal);

}  // namespace jit::ctl
