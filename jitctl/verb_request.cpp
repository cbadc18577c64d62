// SPDX-License-Identifier: Apache-2.0
#include "jitctl/verb.hpp"

namespace jit::ctl {

/** Nobody who follows a denial's advice is left with a usage error. */
int run(const Context& context, const RequestOptions&) {
    return context.out.fail(
        Exit::failure, {"UNSUPPORTED",
                        "request: this version takes no requests; ask an admin, who runs: jitctl "
                        "grant USER --for 30m --reason \"...\""});
}

}  // namespace jit::ctl
