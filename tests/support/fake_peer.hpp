// SPDX-License-Identifier: Apache-2.0
// A scripted D-Bus peer on a socket: a gate or a PID 1 that answers, errs, stalls or dies on
// request.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/handle.hpp"
#include "common/names.hpp"

namespace jit::test {

/** A method call as the peer saw it. */
struct SeenCall {
    std::string member;
    std::string first;                          // the first argument if it is a string
    std::map<std::string, std::string> values;  // of the first a{sv} or a(sv), as text; ay as hex
    std::size_t descriptors = 0;
    bool operator==(const SeenCall&) const = default;
};

/** What to do with a call: reply (0), or end the connection without a reply (negative). */
using OnCall = std::function<int(sd_bus_message* call, const SeenCall& seen)>;

class FakePeer;
/** What to do with one accepted connection; returns when it is over. */
using OnConnection = std::function<void(FakePeer& peer, int fd)>;

class FakePeer {
  public:
    /** The i-th connection gets the i-th script, all later ones the last. */
    FakePeer(const std::string& path, std::vector<OnConnection> scripts);
    FakePeer(const FakePeer&) = delete;
    FakePeer& operator=(const FakePeer&) = delete;
    ~FakePeer();

    [[nodiscard]] std::vector<SeenCall> calls() const;
    [[nodiscard]] std::size_t connections() const;
    /** Until no connection is open any more. */
    void wait_idle();

    // For scripts.
    /** Until `events` on `fd`, or `msec`; false when the test is over. */
    [[nodiscard]] bool wait(int fd, short events, int msec = -1) const;
    void note(const SeenCall& call);

  private:
    void run();

    Fd listen_, stop_;
    std::vector<OnConnection> scripts_;
    mutable std::mutex mutex_;
    std::condition_variable idle_;
    std::vector<SeenCall> calls_;
    std::size_t connections_ = 0, finished_ = 0;
    std::thread thread_;
};

// Scripts. All but `serve` never speak D-Bus, or not for long.
OnConnection serve(OnCall on_call);
OnConnection silent();
OnConnection close_at_once();
OnConnection drip();             // a byte of handshake per 50 ms, for ever
OnConnection garbage();          // after a correct handshake
OnConnection endless_signals();  // after a correct handshake
OnConnection silent_after_auth();

/** Hands a connection on to the peer at `path`, and lets `spoil` at each piece it answers. */
OnConnection relay(std::string path, std::function<void(std::string& piece)> spoil);

/** Extra entries of a Check answer: strings, numbers of type t, flags of type b. */
struct CheckAnswer {
    std::uint64_t verdict = kDeny;
    std::map<std::string, std::string> strings;
    std::map<std::string, std::uint64_t> numbers;
    std::vector<std::string> must;
    bool wrong_nonce = false;
    std::map<std::string, bool> flags;
};
int reply_check(sd_bus_message* call, const SeenCall& seen, const CheckAnswer& answer);
/** Answers every Check so and every other call with an empty reply. */
OnConnection answer_checks(CheckAnswer answer);

/** What a HasRole answers; an empty text is left out. */
struct RolesAnswer {
    std::vector<std::string> roles;
    std::string text;
};
int reply_roles(sd_bus_message* call, const RolesAnswer& answer);
/** Answers each account so; the others hold nothing. */
OnConnection answer_roles(std::map<std::string, RolesAnswer> answers);

}  // namespace jit::test
