// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "jitctl/manager_client.hpp"
#include "jitctl/verb.hpp"
#include "jitctl/view.hpp"

namespace jit::ctl {

int run(const Context& context, const ShowOptions& options) {
    const auto found = ManagerClient(context.env).show(options.id);
    if (!found) return context.out.fail(found.error());
    if (context.out.json())
        context.out.object(*found);
    else
        context.out.text(property("kind", text_of(*found, "kind")) +
                         describe((*found)["object"], context.env.now()));
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
