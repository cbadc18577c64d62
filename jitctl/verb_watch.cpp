// SPDX-License-Identifier: Apache-2.0
// What changes, a JSON object a line: for notifiers. Signals carry ids and states alone; what else there is to say is
// asked for, and jitd tells it to those who may see it.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>

#include "jitctl/bus_signals.hpp"
#include "jitctl/manager_client.hpp"
#include "jitctl/verb.hpp"

namespace jit::ctl {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kRestart = std::chrono::seconds(5);  // how long jitd may be away before a line goes without its object
constexpr int kAskAgainMs = 100;
constexpr auto kTellDropped = std::chrono::minutes(1);

std::string_view kind_of(std::string_view member) {
    if (member == "RequestChanged") return "request";
    if (member == "GrantChanged") return "grant";
    if (member == "SessionChanged") return "session";
    if (member == "FileChanged") return "file";
    return {};
}

Json line_of(const Signal& signal, const Json& object) {
    const auto kind = kind_of(signal.member);
    // A file has no id: its two words are a state and a code.
    const bool file = kind == "file";
    const auto text = [](const std::string& value) { return value.empty() ? Json(nullptr) : Json(value); };
    Json out = Json::object();
    out["time_usec"] = core::to_usec(signal.heard);
    out["event"] = kind;
    out["id"] = file ? Json(nullptr) : text(signal.id);
    out["state"] = text(file ? signal.id : signal.state);
    out["code"] = file ? text(signal.state) : Json(nullptr);
    out["object"] = object;
    return out;
}

bool may_be_back(const core::Error& error) {
    return error.code == code::kUnreachable || error.code == code::kTimeout || error.code == "LIMITS_EXCEEDED";
}

enum class Reader { listens, gone };

/** stdout, without ever waiting for who reads it. */
class Lines {
  public:
    explicit Lines(std::FILE* out) : fd_(::fileno(out)) {}

    [[nodiscard]] bool written() const { return rest_.empty(); }
    void put(const std::string& line) { rest_ += line + "\n"; }
    [[nodiscard]] pollfd wanted() const { return {fd_, static_cast<short>(written() ? 0 : POLLOUT), 0}; }

    /** As much as poll(2) said there is room for. */
    core::Result<Reader> write(short ready) {
        if ((ready & (POLLERR | POLLHUP)) != 0) return Reader::gone;
        if ((ready & POLLNVAL) != 0) return failure(EBADF);
        if ((ready & POLLOUT) == 0) return Reader::listens;
        const ssize_t n = ::write(fd_, rest_.data(), std::min<std::size_t>(rest_.size(), PIPE_BUF));
        if (n >= 0) rest_.erase(0, static_cast<std::size_t>(n));
        if (n >= 0 || errno == EAGAIN || errno == EINTR) return Reader::listens;
        if (errno == EPIPE) return Reader::gone;
        return failure(errno);
    }

  private:
    static core::Failure failure(int error) {
        return core::fail(code::kFailed, fmt::format("watch: stdout: {}", std::strerror(error)));
    }

    int fd_;
    std::string rest_;
};

class Watch {
  public:
    explicit Watch(const Context& context)
        : context_(context),
          mode_(JsonMode::brief),  // whatever reads it, reads lines
          lines_(context.env.out) {}

    int run() {
        if (auto ok = signals_.open(context_.env); !ok) return context_.out.fail(ok.error());
        for (;;) {
            if (auto ok = signals_.collect(); !ok) return context_.out.fail(ok.error());
            tell_dropped();
            const bool written = !lines_.written() || next_line();
            pollfd ready[] = {signals_.wanted(), lines_.wanted()};
            if (::poll(ready, std::size(ready), written ? 60'000 : kAskAgainMs) < 0) continue;
            const auto reader = lines_.write(ready[1].revents);
            if (!reader) return context_.out.fail(reader.error());
            if (*reader == Reader::gone) return static_cast<int>(Exit::ok);
        }
    }

  private:
    /** Makes the next line, if there is one to make. False: jitd is away, so ask again. */
    bool next_line() {
        while (!event_) {
            event_ = signals_.take();
            if (!event_) return true;
            if (kind_of(event_->member).empty()) event_.reset();  // a later jitd's
        }
        const auto object = look();
        if (!object) return false;
        lines_.put(json_text(versioned(line_of(*event_, *object)), mode_));
        event_.reset();
        return true;
    }

    /** What jitd tells about the object: null when that is nothing, none when it may be back in a moment. */
    std::optional<Json> look() {
        if (event_->member == "FileChanged" || event_->id.empty()) return Json(nullptr);
        const auto found = ManagerClient(context_.env).show(event_->id);
        if (found || !may_be_back(found.error())) {
            away_.reset();
            return found ? (*found)["object"] : Json(nullptr);
        }
        if (!away_) away_ = Clock::now();
        if (Clock::now() - *away_ < kRestart) return std::nullopt;
        say({found.error().code, fmt::format("watch: {}: {}", event_->id, found.error().text)});
        return Json(nullptr);
    }

    /** At once when it begins, then each minute, and when nothing waits any more. */
    void tell_dropped() {
        const auto now = Clock::now();
        const auto count = signals_.dropped();
        if (count == 0 || (told_ && now - *told_ < kTellDropped && !signals_.empty())) return;
        say({"DROPPED", fmt::format("watch: {} {} dropped, those of sessions first: the reader is too slow", count,
                                    count == 1 ? "event was" : "events were")});
        signals_.forget_dropped();
        told_ = now;
    }

    void say(const core::Error& error) const { (void)context_.out.fail(Exit::failure, error); }

    const Context& context_;
    JsonMode mode_;
    Lines lines_;
    BusSignals signals_;
    std::optional<Signal> event_;  // taken, and not a line yet
    std::optional<Clock::time_point> away_;  // since when jitd does not answer
    std::optional<Clock::time_point> told_;
};

}  // namespace

int run(const Context& context, const WatchOptions&) {
    // A reader that has heard enough is no failure: `jitctl watch | head -n 1`.
    std::signal(SIGPIPE, SIG_IGN);
    return Watch(context).run();
}

}  // namespace jit::ctl
