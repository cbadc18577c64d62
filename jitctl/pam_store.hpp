// SPDX-License-Identifier: Apache-2.0
// What /var/lib/jit-pam remembers of each service, in files that pam-lines.sh reads and writes,
// too: enabled-SERVICE, so that a package which replaces the PAM file does not undo the gate;
// pending-SERVICE, a change that somebody has to confirm; reverted-SERVICE, one that nobody did.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/handle.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace jit::ctl {

/** A change that is undone when either clock reaches its deadline, and when the host was down. */
struct PamPending {
    std::string undo;  // what it goes back to: off, permissive, on, nest (su: off)
    core::Wall wall;   // whole seconds, as all times here
    core::Boot boot;
    std::string boot_id;
    std::string timer;  // the unit that will do it
};

struct PamReverted {
    std::string undo;
    std::string why;  // deadline, reboot
    core::Wall wall;
};

/** In the words of `pam status`: off, permissive or on. */
template <class Change>
std::string_view state_after(const Change& undone) {
    return undone.undo == "nest" ? std::string_view("off") : std::string_view(undone.undo);
}

class PamStore {
  public:
    explicit PamStore(std::string root);

    /** Makes the folder (0700) and keeps others out of it until this object goes. */
    core::Result<void> lock();

    /** Nothing is the answer also when the file can't be understood; UNREADABLE if it can't be
     * read. */
    [[nodiscard]] core::Result<std::optional<PamPending>> pending(std::string_view service) const;
    [[nodiscard]] core::Result<std::optional<PamReverted>> reverted(std::string_view service) const;
    [[nodiscard]] bool is_enabled(std::string_view service) const;

    /** Each is on disk when it returns. */
    [[nodiscard]] core::Result<void> set_pending(std::string_view service,
                                                 const PamPending& pending);
    [[nodiscard]] core::Result<void> set_enabled(std::string_view service, bool permissive);
    [[nodiscard]] core::Result<void> forget_enabled(std::string_view service);
    [[nodiscard]] core::Result<void> forget_pending(std::string_view service);
    [[nodiscard]] core::Result<void> forget_reverted(std::string_view service);

  private:
    [[nodiscard]] std::string file(std::string_view kind, std::string_view service) const;
    [[nodiscard]] core::Result<void> write(const std::string& file, const std::string& text);
    [[nodiscard]] core::Result<void> forget(const std::string& file);

    std::string folder_;
    Fd lock_;
};

/** The clocks of this boot, as /proc tells them to pam-lines.sh. */
core::Result<core::Now> read_clocks(const std::string& root);

}  // namespace jit::ctl
