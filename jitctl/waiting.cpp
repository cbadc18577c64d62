// SPDX-License-Identifier: Apache-2.0
#include "jitctl/waiting.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/text.hpp"
#include "jitctl/bus_signals.hpp"
#include "jitctl/manager_client.hpp"
#include "jitctl/request_view.hpp"

namespace jit::ctl {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kBlink = std::chrono::seconds(1);
constexpr auto kLookAgain = std::chrono::seconds(10);  // should a signal be lost, with the bus or with jitd

volatile std::sig_atomic_t interrupted = 0;

void on_interrupt(int signal) { interrupted = signal; }

/** While it lives, an interrupt only ends the wait. */
class Interrupts {
  public:
    Interrupts() {
        struct sigaction action {};
        action.sa_handler = on_interrupt;
        interrupted = 0;
        for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &action, &old_[i]);
    }
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;
    ~Interrupts() {
        for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &old_[i], nullptr);
    }

  private:
    static constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};
    std::array<struct sigaction, 3> old_{};
};

/** One line that is written over, on a terminal; nothing elsewhere. */
class LiveLine {
  public:
    explicit LiveLine(const Context& context)
        : env_(context.env), on_(context.env.err_tty && !context.out.json() && !context.out.quiet()) {}
    LiveLine(const LiveLine&) = delete;
    LiveLine& operator=(const LiveLine&) = delete;
    ~LiveLine() { clear(); }

    void show(const std::string& text) {
        if (!on_) return;
        const auto width = static_cast<std::size_t>(env_.columns > 1 ? env_.columns - 1 : 79);
        fmt::print(env_.err, "\r\033[K{}", text.substr(0, width));
        std::fflush(env_.err);
        shown_ = true;
    }
    void clear() {
        if (std::exchange(shown_, false)) fmt::print(env_.err, "\r\033[K");
        std::fflush(env_.err);
    }

  private:
    const Environment& env_;
    bool on_, shown_ = false;
};

int report(const Context& context, const Json& request) {
    if (context.out.json())
        context.out.object(request);
    else if (!context.out.quiet())
        context.out.text(request_line(request, context.env.now()) + "\n");
    return static_cast<int>(exit_of_request(request));
}

/** Until something about this request changes, or for a second. */
bool changed(BusSignals* signals, const std::string& id, Clock::time_point until) {
    if (!signals) {
        ::poll(nullptr, 0, 1000);
        return true;
    }
    for (;;) {
        const auto signal = signals->next(until);
        if (!signal) return true;
        if (!*signal) return false;
        if ((*signal)->member == "RequestChanged" && (*signal)->id == id) return true;
    }
}

}  // namespace

int wait_for(const Context& context, const std::string& id, std::optional<core::Usec> timeout) {
    const Interrupts interrupts;
    std::optional<BusSignals> signals;
    if (!signals.emplace().open(context.env)) signals.reset();  // then it looks every second
    std::optional<LiveLine> line(std::in_place, context);
    const auto end = timeout ? Clock::now() + *timeout : Clock::time_point::max();
    Json request;
    for (Clock::time_point looked{};;) {
        if (Clock::now() - looked >= kLookAgain || looked == Clock::time_point{}) {
            auto found = ManagerClient(context.env).show(id);
            if (found && text_of(*found, "kind") != "request")
                return context.out.fail({"NOT_FOUND", fmt::format("wait: {}: not a request", core::escape(id))});
            const bool restarting = !found && !request.is_null() && found.error().code != "NOT_FOUND";
            if (!found && !restarting) return context.out.fail(found.error());
            if (found) request = (*found)["object"];
            looked = restarting ? Clock::now() - kLookAgain + kBlink : Clock::now();
        }
        if (exit_of_request(request) != Exit::pending) break;
        if (interrupted != 0) {
            line.reset();
            context.out.note(fmt::format("Request {0} still waits. Go on: jitctl wait {0}; take it back: jitctl cancel {0}", id));
            break;
        }
        if (Clock::now() >= end) {
            line.reset();
            const core::Error error{"TIMEOUT", fmt::format("wait: request {} still waits", id)};
            return context.out.fail(Exit::timed_out, error);
        }
        line->show(request_line(request, context.env.now()));
        if (changed(signals ? &*signals : nullptr, id, std::min(end, Clock::now() + kBlink))) looked = {};
    }
    line.reset();
    if (const int signal = interrupted; signal != 0 && exit_of_request(request) == Exit::pending) {
        std::fflush(context.env.err);
        std::signal(signal, SIG_DFL);
        std::raise(signal);
    }
    return report(context, request);
}

}  // namespace jit::ctl
