// SPDX-License-Identifier: Apache-2.0
#include "jitd/scopes.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>

#include "jitd/clock.hpp"

namespace jit::daemon {
namespace {

std::string cgroup_file(const Environment& environment, const std::string& session, const char* file) {
    return environment.cgroup_dir + "/jit-" + session + ".scope/" + file;
}

/** Keeps a descriptor over a crash. FDPOLL=0: systemd drops kernfs descriptors otherwise, they poll as errors. */
void store(const std::string& session, int fd) {
    const auto message = "FDSTORE=1\nFDPOLL=0\nFDNAME=k-" + session;
    (void)sd_pid_notify_with_fds(0, 0, message.c_str(), &fd, 1);
}

void unstore(const std::string& session) {
    (void)sd_notify(0, ("FDSTOREREMOVE=1\nFDNAME=k-" + session).c_str());
}

constexpr std::uint64_t kLookAgainUsec = 100'000;

bool write_byte(int fd, char byte) { return ::write(fd, &byte, 1) == 1; }

}  // namespace

core::Result<void> Scopes::start(sd_event* event) {
    event_ = event;
    int r = report_.init(event, CLOCK_MONOTONIC, kPriorityTimer, [this] { report(); });
    if (r >= 0) r = look_again_.init(event, CLOCK_MONOTONIC, kPriorityTimer, [this] { look_again(); });
    if (r < 0) return core::fail("Failed", "scopes: timer");
    return {};
}

void Scopes::adopt(const std::string& session, Fd kill) {
    auto& scope = scopes_[session];
    if (!scope) scope = std::make_unique<Scope>();
    scope->kill = std::move(kill);
}

void Scopes::discard(const std::string& session) { unstore(session); }

bool Scopes::attach(const std::string& session, Fd kill) {
    Fd events(::open(cgroup_file(environment_, session, "cgroup.events").c_str(), O_RDONLY | O_CLOEXEC));
    const int error = events ? 0 : errno;
    if (error == ENOENT || error == ENODEV) {
        scopes_.erase(session);
        unstore(session);
        return false;
    }
    auto& scope = scopes_[session];
    if (!scope) scope = std::make_unique<Scope>();
    if (kill) {
        store(session, kill.get());
        scope->kill = std::move(kill);
    }
    scope->events = std::move(events);
    const int r = error != 0 ? -error : scope->watch.start(event_, scope->events.get(), EPOLLPRI, kPriorityTimer,
                                     [this, session](std::uint32_t) { look(session); });
    if (r < 0) {
        std::fprintf(stderr, "<4>jitd: session %s: its end can't be watched: %s\n", session.c_str(), std::strerror(-r));
        return true;
    }
    scope->look_again = monotonic() + kLookAgainUsec;
    if (!std::exchange(look_again_due_, true)) look_again_.arm(scope->look_again);
    look(session);  // an end before the watch raises no event
    return true;
}

/** The kernel holds back a change that follows another within 10 ms, and forgets it when systemd has removed the cgroup
 *  by then: the end of a short session may raise no event at all. */
void Scopes::look_again() {
    const auto now = monotonic();
    std::uint64_t next = 0;
    std::vector<std::string> due;
    for (const auto& [session, scope] : scopes_) {
        if (scope->look_again > now) next = next == 0 ? scope->look_again : std::min(next, scope->look_again);
        else if (std::exchange(scope->look_again, 0) != 0) due.push_back(session);
    }
    for (const auto& session : due) look(session);
    look_again_due_ = next != 0;
    if (look_again_due_) look_again_.arm(next);
}

void Scopes::look(const std::string& session) {
    const auto it = scopes_.find(session);
    if (it == scopes_.end()) return;
    char text[256];
    const auto n = ::pread(it->second->events.get(), text, sizeof text, 0);
    const bool empty = n < 0 ? errno == ENODEV
                             : std::string_view(text, static_cast<std::size_t>(n)).find("populated 0") !=
                                   std::string_view::npos;
    if (empty) gone(session);
}

void Scopes::gone(const std::string& session) {
    if (const auto it = scopes_.find(session); it != scopes_.end()) {
        if (it->second->kill) unstore(session);
        it->second->watch.stop();
        dead_.push_back(std::move(it->second));
        scopes_.erase(it);
    }
    gone_.push_back(session);
    report_.arm(0);
}

void Scopes::report() {
    dead_.clear();
    for (const auto& session : std::exchange(gone_, {})) empty_(session);
}

std::vector<std::string> Scopes::found() const {
    std::vector<std::string> out;
    const std::unique_ptr<DIR, Deleter<::closedir>> dir(::opendir(environment_.cgroup_dir.c_str()));
    while (const auto* entry = dir ? ::readdir(dir.get()) : nullptr) {
        const std::string_view name = entry->d_name;
        if (name.starts_with("jit-") && name.ends_with(".scope")) out.emplace_back(name.substr(4, name.size() - 10));
    }
    return out;
}

bool Scopes::exists(const std::string& session) const {
    return ::access(cgroup_file(environment_, session, "cgroup.events").c_str(), F_OK) == 0;
}

bool Scopes::pull_switch(const std::string& session) const {
    const Fd fifo(::open((environment_.end_dir + "/" + session).c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    return fifo && write_byte(fifo.get(), '1');
}

void Scopes::stop(const std::string& session, core::OnEnd how) {
    if (how == core::OnEnd::kill) {
        kill(session);
        return;
    }
    if (pull_switch(session) || !exists(session)) return;  // no scope yet: its scope line will be refused
    std::fprintf(stderr, "<4>jitd: session %s: its end switch is missing, killing it\n", session.c_str());
    kill(session);
}

void Scopes::kill(const std::string& session) {
    if (!exists(session)) {
        gone(session);
        return;
    }
    const auto it = scopes_.find(session);
    if (it != scopes_.end() && it->second->kill && write_byte(it->second->kill.get(), '1')) return;
    if (pull_switch(session)) return;
    std::fprintf(stderr, "<3>jitd: session %s can't be ended; run: systemctl kill -s KILL jit-%s.scope\n",
                 session.c_str(), session.c_str());
}

}  // namespace jit::daemon
