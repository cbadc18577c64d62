// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/text.hpp"
#include "jitctl/manager_client.hpp"
#include "jitctl/verb.hpp"
#include "jitctl/view.hpp"

namespace jit::ctl {

int run(const Context& context, const StateOptions& options) {
    const auto result = ManagerClient(context.env).recover(options.clock ? "clock" : "state", options.reason);
    if (!result) return context.out.fail(result.error());
    const auto aside = text_of(*result, "aside");
    if (context.out.json()) {
        context.out.object({{"recovered", text_of(*result, "recovered")}, {"aside", aside.empty() ? Json(nullptr) : Json(aside)}});
        return static_cast<int>(Exit::ok);
    }
    const auto old = aside.empty() ? "nothing is left of the old one" : "the old one is " + core::escape(aside);
    if (!context.out.quiet())
        context.out.text(options.clock ? "the clock counts as it is\n" : fmt::format("began a new state; {}\n", old));
    if (!options.clock)
        context.out.note("What was revoked or given back is not known any more: see jitctl list, and revoke it again.");
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
