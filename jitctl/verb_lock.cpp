// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <pwd.h>

#include <nlohmann/json.hpp>

#include "core/text.hpp"
#include "jitctl/manager_client.hpp"
#include "jitctl/verb.hpp"
#include "jitctl/view.hpp"

namespace jit::ctl {
namespace {

/** Shows what was done; words only where they are wanted. */
int done(const Context& context, const core::Result<Json>& result, const std::string& said) {
    if (!result) return context.out.fail(result.error());
    if (context.out.json())
        context.out.object(*result);
    else if (!context.out.quiet())
        context.out.text(said);
    return static_cast<int>(Exit::ok);
}

}  // namespace

int run(const Context& context, const LockOptions& options) {
    const auto result = ManagerClient(context.env).lock(options.user, options.reason);
    std::string said = fmt::format("locked {}\n", core::escape(options.user));
    if (result)
        for (const auto& id : texts_of(*result, "sessions"))
            said += fmt::format("told session {} to stop\n", core::escape(id));
    const int code = done(context, result, said);
    // Only now: a lock does not wait for the user database.
    if (result && ::getpwnam(options.user.c_str()) == nullptr)
        context.out.note(fmt::format("No account {} on this host; the lock is for when there is.",
                                     core::escape(options.user)));
    return code;
}

int run(const Context& context, const UnlockOptions& options) {
    const auto result = ManagerClient(context.env).unlock(options.user, options.reason);
    return done(context, result, fmt::format("unlocked {}\n", core::escape(options.user)));
}

}  // namespace jit::ctl
