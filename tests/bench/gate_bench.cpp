// SPDX-License-Identifier: Apache-2.0
// gate_bench ACCOUNT UID MODE ...: asks a live jitd as pam_jit does, and prints figures in microseconds, one a line.
//   pairs ROUNDS              account and session check, by the gate and over the system bus in turn
//   watch SECONDS             account checks one after the other: the time of each
//   rate SECONDS CLIENTS gate|bus|polkit PID   checks per second, each on a fresh connection; PID: of that account
//   restart PID               kills jitd, and asks until the next one answers
//   ask                       one check: "allowed" or "denied"
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "tests/bench/checks.hpp"

namespace {

using namespace jit::bench;
using Clock = std::chrono::steady_clock;
using Usec = std::chrono::duration<double, std::micro>;

constexpr useconds_t kPause = 2000;  // between two rounds: jitd sleeps before a person's check, too

int complain(const char* what) {
    std::fprintf(stderr, "gate_bench: %s\n", what);
    return 1;
}

template <class Ask>
bool time_pair(const char* name, const Subject& subject, Ask ask) {
    const auto start = Clock::now();
    const bool allowed = ask(subject, "account") == Answer::allowed && ask(subject, "session") == Answer::allowed;
    std::printf("%s %.1f\n", name, Usec(Clock::now() - start).count());
    ::usleep(kPause);
    return allowed;
}

int pairs(const Subject& subject, int rounds) {
    for (int i = 0; i < rounds; ++i) {
        if (!time_pair("gate", subject, ask_gate)) return complain("not allowed at the gate");
        if (!time_pair("bus", subject, ask_bus)) return complain("not allowed over the bus");
    }
    return 0;
}

int watch(const Subject& subject, double seconds) {
    const auto begin = Clock::now();
    std::vector<double> took;
    while (Usec(Clock::now() - begin).count() < seconds * 1e6) {
        const auto start = Clock::now();
        if (ask_gate(subject, "account") == Answer::failed) return complain("no answer");
        took.push_back(Usec(Clock::now() - start).count());
        ::usleep(kPause);
    }
    for (const double usec : took) std::printf("check %.1f\n", usec);
    return 0;
}

Answer ask(const char* way, const Subject& subject) {
    if (std::strcmp(way, "polkit") == 0) return ask_polkit(subject);
    return std::strcmp(way, "bus") == 0 ? ask_bus(subject, "account") : ask_gate(subject, "account");
}

/** One client: how many checks it got through, or -1. */
long count(const Subject& subject, double seconds, const char* way) {
    long done = 0;
    for (const auto begin = Clock::now(); Usec(Clock::now() - begin).count() < seconds * 1e6; ++done) {
        if (ask(way, subject) != Answer::allowed) return -1;
    }
    return done;
}

int rate(const Subject& subject, double seconds, int clients, const char* way) {
    int ends[2];
    if (::pipe(ends) < 0) return complain("pipe");
    for (int i = 0; i < clients; ++i) {
        if (::fork() == 0) {
            const long done = count(subject, seconds, way);
            ::_exit(::write(ends[1], &done, sizeof done) == sizeof done ? 0 : 1);
        }
    }
    double total = 0;
    for (int i = 0; i < clients; ++i) {
        long done = 0;
        if (::read(ends[0], &done, sizeof done) != sizeof done || done < 0) return complain("a check was not allowed");
        total += static_cast<double>(done);
    }
    while (::wait(nullptr) > 0) {
    }
    std::printf("%s %.1f\n", way, total / seconds);
    return 0;
}

int restart(const Subject& subject, pid_t pid) {
    const auto start = Clock::now();
    if (::kill(pid, SIGKILL) < 0) return complain("kill");
    if (ask_gate(subject, "account") != Answer::allowed) return complain("not allowed after the restart");
    std::printf("restart %.1f\n", Usec(Clock::now() - start).count());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) return 2;
    Subject subject{argv[1], static_cast<uid_t>(std::atoi(argv[2])), 0};
    const std::string mode = argv[3];
    if (mode == "pairs" && argc == 5) return pairs(subject, std::atoi(argv[4]));
    if (mode == "watch" && argc == 5) return watch(subject, std::atof(argv[4]));
    if (mode == "restart" && argc == 5) return restart(subject, std::atoi(argv[4]));
    if (mode == "ask" && argc == 4) {
        const Answer answer = ask_gate(subject, "account");
        std::puts(answer == Answer::allowed ? "allowed" : answer == Answer::denied ? "denied" : "failed");
        return 0;
    }
    if (mode != "rate" || argc != 8) return 2;
    subject.pid = std::atoi(argv[7]);
    return rate(subject, std::atof(argv[4]), std::atoi(argv[5]), argv[6]);
}
