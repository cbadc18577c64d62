// SPDX-License-Identifier: Apache-2.0
// Tells what changes in folders; see inotify(7).
#pragma once

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <string>

#include "common/handle.hpp"
#include "jitd/loop.hpp"

namespace jit::daemon {

class FolderWatch {
  public:
    using Callback = std::function<void()>;

    /** `changed` is called when each() has something to tell, and has to call it. Returns 0 or a negative errno. */
    int start(sd_event* event, Callback changed) {
        inotify_ = Fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
        if (!inotify_) return -errno;
        return watch_.start(event, inotify_.get(), EPOLLIN, kPriorityBus, [changed = std::move(changed)](std::uint32_t) { changed(); });
    }

    /** The folder's number, the same when it was watched before; or -1. Only what is added by its present name is watched. */
    int add(const std::string& folder, std::uint32_t events) {
        return ::inotify_add_watch(inotify_.get(), folder.c_str(), events | IN_ONLYDIR);
    }
    void remove(int folder) { (void)::inotify_rm_watch(inotify_.get(), folder); }

    /** Hands over each event since the last time, with the name of what changed in the folder, or "". */
    template <class Seen>
    void each(Seen seen) {
        alignas(inotify_event) char buffer[8192];
        ssize_t size = 0;
        while ((size = ::read(inotify_.get(), buffer, sizeof buffer)) > 0) {
            for (ssize_t at = 0; at < size;) {
                const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
                seen(*event, event->len > 0 ? event->name : "");
                at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
            }
        }
    }

  private:
    Fd inotify_;
    Watch watch_;
};

}  // namespace jit::daemon
