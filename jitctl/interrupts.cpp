// SPDX-License-Identifier: Apache-2.0
#include "jitctl/interrupts.hpp"

#include <unistd.h>

#include <cstdio>

namespace jit::ctl {
namespace {

volatile std::sig_atomic_t noted = 0;

void note(int signal) { noted = signal; }

}  // namespace

Interrupts::Interrupts() {
    struct sigaction action {};
    action.sa_handler = note;
    noted = 0;
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        ::sigaction(kSignals[i], &action, &old_[i]);
        if (old_[i].sa_handler == SIG_IGN) ::sigaction(kSignals[i], &old_[i], nullptr);
    }
}

Interrupts::~Interrupts() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &old_[i], nullptr);
}

int Interrupts::seen() { return noted; }

void end_by(int signal) {
    std::fflush(nullptr);
    std::signal(signal, SIG_DFL);
    std::raise(signal);
    ::_exit(128 + signal);
}

}  // namespace jit::ctl
