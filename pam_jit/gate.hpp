// SPDX-License-Identifier: Apache-2.0
// What each PAM line does. All return a PAM result, and fill `why` unless that is PAM_SUCCESS.
#pragma once

#include "common/gate_client.hpp"
#include "pam_jit/kept.hpp"
#include "pam_jit/options.hpp"

namespace jit::pam {

/** One call of the module: the handle, its line, and the time it has. */
struct Context {
    pam_handle_t* pamh;
    const Options& options;
    const Environment& env;
    GateClient& gate;
    Deadline deadline;
};

/** account: may this person use this service here now? */
[[nodiscard]] int gate_account(const Context& context, Refusal& why) noexcept;
/** First session line: the same for this target; notes the session and the outer scope. For sudo it
 * puts the session into its scope at once: a line that ends the stack early must not leave it out. */
[[nodiscard]] int gate_session(const Context& context, Refusal& why) noexcept;
/** Last session line: puts the session into its scope, or back into the outer one. */
[[nodiscard]] int enter_scope(const Context& context, Refusal& why) noexcept;
/** Asks about the session of the person and target known by now, and notes it. */
[[nodiscard]] int open_session(const Context& context, Kept& kept, Refusal& why) noexcept;
/** Starts the scope of an open session, with this process in it, and gives it to jitd. */
[[nodiscard]] int make_scope(const Context& context, Kept& kept, Refusal& why) noexcept;
/** Both lines of an ungated su: note the outer scope, then return to it. */
void note_outer(const Context& context) noexcept;
void return_to_outer(const Context& context) noexcept;
/** Tells jitd that the session is over; a hint. */
void close_session(const Context& context) noexcept;

}  // namespace jit::pam
