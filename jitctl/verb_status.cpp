// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "jitctl/manager_client.hpp"
#include "jitctl/status_view.hpp"
#include "jitctl/verb.hpp"

namespace jit::ctl {
namespace {

constexpr core::Usec kPromptTimeout =
    std::chrono::milliseconds(300);  // a shell prompt waits for it

int prompt(const Context& context) {
    const auto status = ManagerClient(context.env).status(kPromptTimeout);
    if (!status) return static_cast<int>(Exit::ok);
    if (const auto text = prompt_text(*status, context.env.now()); !text.empty()) context.out.text(text + "\n");
    return static_cast<int>(Exit::ok);
}

}  // namespace

int run(const Context& context, const StatusOptions& options) {
    if (options.prompt) return prompt(context);
    const auto status = ManagerClient(context.env).status();
    if (!status) return context.out.fail(status.error());
    if (context.out.json())
        context.out.object(*status);
    else
        context.out.text(status_text(context, *status));
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
