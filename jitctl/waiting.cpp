// SPDX-License-Identifier: Apache-2.0
#include "jitctl/waiting.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/text.hpp"
#include "jitctl/bus_signals.hpp"
#include "jitctl/interrupts.hpp"
#include "jitctl/manager_client.hpp"
#include "jitctl/request_view.hpp"
#include "jitctl/table.hpp"
#include "jitctl/view.hpp"

namespace jit::ctl {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kBlink = std::chrono::seconds(1);
constexpr auto kLookAgain = std::chrono::seconds(10);  // should a signal be lost, with the bus or with jitd
constexpr core::Usec kLongest = std::chrono::hours(24 * 365);

/** One line that is written over, on a terminal; nothing elsewhere. */
class LiveLine {
  public:
    explicit LiveLine(const Context& context)
        : env_(context.env), on_(context.env.err_tty && !context.out.json() && !context.out.quiet()) {}
    LiveLine(const LiveLine&) = delete;
    LiveLine& operator=(const LiveLine&) = delete;
    ~LiveLine() { clear(); }

    /** What changes comes first, so that a narrow terminal does not cut it off. */
    void show(const Json& request) {
        if (!on_) return;
        const std::string left = time_left(request, env_.now());
        const std::string text = fmt::format("{}{}waiting for {}", left, left.empty() ? "" : ", ", awaited(request));
        const auto width = static_cast<std::size_t>(std::max(env_.columns - 1, 20));
        fmt::print(env_.err, "\r\033[K{}", cut(core::escape(text), width));
        std::fflush(env_.err);
        shown_ = true;
    }
    void clear() {
        if (!std::exchange(shown_, false)) return;
        fmt::print(env_.err, "\r\033[K");
        std::fflush(env_.err);
    }

  private:
    const Environment& env_;
    bool on_, shown_ = false;
};

/** Tells when it is time to look at the request again. */
class News {
  public:
    News(const Environment& env, std::string id) : id_(std::move(id)) {
        if (!signals_.emplace().open(env)) signals_.reset();
    }

    /** True when something about the request changed; without signals, after every wait. */
    bool came(Clock::time_point until) {
        while (signals_) {
            const auto signal = signals_->next(until);
            if (!signal) break;
            if (!*signal) return false;
            if ((*signal)->member == "RequestChanged" && (*signal)->id == id_) return true;
        }
        signals_.reset();
        const auto rest = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
        ::poll(nullptr, 0, static_cast<int>(std::clamp<std::int64_t>(rest, 0, 1000)));
        return true;
    }

  private:
    std::optional<BusSignals> signals_;
    std::string id_;
};

/** The request as jitd showed it last. */
class Look {
  public:
    Look(const Environment& env, std::string id) : env_(env), id_(std::move(id)) {}

    /** Asks jitd when it has to. That jitd is away is no fault as long as the request would wait anyhow. */
    core::Result<void> look() {
        if (Clock::now() < next_) return {};
        next_ = Clock::now() + kLookAgain;
        const auto found = ManagerClient(env_).show(id_);
        if (found && text_of(*found, "kind") != "request")
            return core::fail("NOT_FOUND", fmt::format("wait: {}: not a request", core::escape(id_)));
        if (found) {
            request_ = (*found)["object"];
            return {};
        }
        if (request_.is_null() || found.error().code == "NOT_FOUND" || over()) return found.failure();
        next_ = Clock::now() + kBlink;
        return {};
    }
    void soon() { next_ = {}; }
    [[nodiscard]] const Json& request() const { return request_; }
    [[nodiscard]] bool pending() const { return exit_of_request(request_) == Exit::pending; }

  private:
    [[nodiscard]] bool over() const {
        const auto expires = time_of(request_, "expires_usec");
        return expires && *expires + kLookAgain < env_.now();
    }

    const Environment& env_;
    std::string id_;
    Json request_;
    Clock::time_point next_{};
};

int report(const Context& context, const Json& request) {
    if (context.out.json())
        context.out.object(request);
    else if (!context.out.quiet())
        context.out.text(request_line(request, context.env.now()) + "\n");
    return static_cast<int>(exit_of_request(request));
}

std::string still_waits(const std::string& id) {
    return fmt::format("request {0} still waits. Go on: jitctl wait {0}; take it back: jitctl cancel {0}", id);
}

}  // namespace

int wait_for(const Context& context, const std::string& id, std::optional<core::Usec> timeout) {
    const Interrupts interrupts;
    const auto end = timeout ? Clock::now() + std::min(*timeout, kLongest) : Clock::time_point::max();
    News news(context.env, id);
    Look look(context.env, id);
    LiveLine line(context);
    for (;;) {
        if (auto ok = look.look(); !ok) {
            line.clear();
            return context.out.fail(ok.error());
        }
        if (!look.pending()) break;
        if (const int signal = Interrupts::seen(); signal != 0) {
            line.clear();
            context.out.note(still_waits(id));
            end_by(signal);
        }
        if (Clock::now() >= end) {
            line.clear();
            return context.out.fail(Exit::timed_out, {std::string(code::kTimeout), "timed out: " + still_waits(id)});
        }
        line.show(look.request());
        if (news.came(std::min(end, Clock::now() + kBlink))) look.soon();
    }
    line.clear();
    return report(context, look.request());
}

}  // namespace jit::ctl
