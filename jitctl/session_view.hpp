// SPDX-License-Identifier: Apache-2.0
// A live session as people have to see it: where it is, and when it ends.
#pragma once

#include <string>

#include "core/time.hpp"
#include "jitctl/manager_client.hpp"
#include "jitctl/schema.hpp"
#include "jitctl/verb.hpp"

namespace jit::ctl {

/** "pts/1", also of "/dev/pts/1"; empty: it has none. Not escaped. */
std::string session_tty(const Json& session);
/** "12min 30s"; "-" of one that is told to end. */
std::string session_left(const Json& session, core::Wall now);
/** "sudo to root on pts/1, 12min left". Not escaped. */
std::string session_words(const Json& session, core::Wall now);
/** How one that is finishing is ended, whose grant is over already; empty: it is not finishing. Not escaped. */
std::string way_to_end(const Json& session);
/** That it ends before this active grant of its person, by the limit it was opened with; empty: it does not. Not escaped. */
std::string ends_before(const Json& session, const Json& grant, core::Wall now);
/** Says so of every session, after this grant was made or got a later end. */
void note_ends_before(const Context& context, ManagerClient& client, const Json& grant);

}  // namespace jit::ctl
