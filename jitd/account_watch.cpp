// SPDX-License-Identifier: Apache-2.0
#include "jitd/account_watch.hpp"

#include <cstring>
#include <set>

#include "jitd/accounts.hpp"
#include "jitd/clock.hpp"

namespace jit::daemon {
namespace {
constexpr std::uint64_t kLookEvery = 60'000'000;
}

core::Result<void> AccountWatch::start(sd_event* event) {
    int r = folders_.start(event, [this] { on_change(); });
    if (r >= 0) r = timer_.init(event, CLOCK_MONOTONIC, kPriorityBus, [this] { look(); });
    if (r < 0) return core::fail("Failed", std::string("accounts: ") + std::strerror(-r));
    sessions_changed();
    return {};
}

void AccountWatch::sessions_changed() {
    if (engine_.state().sessions.empty()) {  // the watch stays until it wakes us: a session a second needs no new one
        timer_.disarm();
        waiting_ = false;
        return;
    }
    if (folder_ < 0) {
        const auto folder = environment_.accounts_file.substr(0, environment_.accounts_file.rfind('/'));
        folder_ = folders_.add(folder, IN_CLOSE_WRITE | IN_MOVED_TO);
    }
    if (!waiting_) timer_.arm(monotonic() + kLookEvery);
    waiting_ = true;
}

void AccountWatch::on_change() {
    const auto name = environment_.accounts_file.substr(environment_.accounts_file.rfind('/') + 1);
    bool changed = false;
    folders_.each([&](const inotify_event& event, std::string_view changed_name) {
        if ((event.mask & IN_IGNORED) != 0 && event.wd == folder_) folder_ = -1;
        changed = changed || (event.mask & IN_Q_OVERFLOW) != 0 || changed_name == name;
    });
    if (engine_.state().sessions.empty()) {
        if (folder_ >= 0) folders_.remove(folder_);
        folder_ = -1;
    } else if (changed) {
        timer_.arm(monotonic() + static_cast<std::uint64_t>(environment_.quiet.count()));
        waiting_ = true;
    }
}

void AccountWatch::look() {
    waiting_ = false;
    sessions_changed();  // the next time
    std::set<std::string> names;
    for (const auto& [id, session] : engine_.state().sessions) names.insert(session.account);
    again_ = looking_;
    if (names.empty() || looking_) return;
    looking_ = worker_.post([this, names = std::move(names)]() -> Worker::Completion {
        core::AccountsEvent event;
        (void)guarded([&] {
            for (const auto& name : names) {
                if (const auto answer = look_up_account(name); answer.certain) event.uids[name] = answer.uid;
            }
            return 0;
        });
        return [this, event = std::move(event)] {
            looking_ = false;
            engine_.handle(event);
            if (again_) look();
        };
    });
}

}  // namespace jit::daemon
