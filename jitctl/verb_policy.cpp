// SPDX-License-Identifier: Apache-2.0
#include "jitctl/policy_verbs.hpp"

namespace jit::ctl {

int run(const Context& context, const PolicyOptions& options) {
    return options.action == "suggest" ? suggest_policy(context, options) : check_policy(context, options);
}

}  // namespace jit::ctl
