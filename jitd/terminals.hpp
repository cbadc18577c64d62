// SPDX-License-Identifier: Apache-2.0
// What has to be seen at once: a line on the terminals of who takes messages, as wall(1) does. Never waits for one.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "common/handle.hpp"
#include "core/state.hpp"

namespace jit::daemon {

class Terminals {
  public:
    /** `dir`: /dev/pts. */
    explicit Terminals(std::string dir) : dir_(std::move(dir)) {}

    /**
     * A session begins: its terminal is kept open if it takes messages now. Root's profile of Debian says `mesg n`, which
     * nobody means as an answer to warnings. systemd keeps it over a restart, under the name "t-<session>".
     */
    void keep(const core::Session& session);
    void adopt(const std::string& session, Fd terminal);
    /** It is over. */
    void forget(const std::string& session);
    /** systemd kept one that belongs to no session any more. */
    static void discard(const std::string& session);

    /** On the session's terminal: the one that was kept, or a pseudo terminal of its person that takes messages now. */
    void tell(const core::Session& session, const std::string& text) const;
    /** On each that takes messages. */
    void tell_everybody(const std::string& text) const;

  private:
    std::string dir_;
    std::map<std::string, Fd> kept_;
};

}  // namespace jit::daemon
