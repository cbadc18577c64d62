// SPDX-License-Identifier: Apache-2.0
// Deciding on this host: approve, deny, redeem.
#include <nlohmann/json.hpp>

#include "core/token.hpp"
#include "jitctl/file_io.hpp"
#include "jitctl/manager_client.hpp"
#include "jitctl/request_view.hpp"
#include "jitctl/session_view.hpp"
#include "jitctl/verb.hpp"
#include "jitctl/view.hpp"

namespace jit::ctl {
namespace {

/** What it was about, all of it, and what became of it. */
int answer(const Context& context, ManagerClient& client, const core::Result<Json>& request) {
    if (!request) return context.out.fail(request.error());
    if (context.out.json())
        context.out.object(*request);
    else if (!context.out.quiet())
        context.out.text(describe_request(*request, "", context.env.now()));
    if (text_of(*request, "state") == "approved" && !context.out.quiet() && !context.out.json())
        if (const auto grant = client.show(text_of(*request, "grant"))) note_ends_before(context, client, (*grant)["object"]);
    return static_cast<int>(Exit::ok);
}

}  // namespace

int run(const Context& context, const ApproveOptions& options) {
    ManagerClient client(context.env);
    return answer(context, client, client.approve(options.id, options.duration, options.reason));
}

int run(const Context& context, const DenyOptions& options) {
    ManagerClient client(context.env);
    return answer(context, client, client.deny(options.id, options.reason));
}

int run(const Context& context, const RedeemOptions& options) {
    const auto token = core::parse_token(options.token == "-" ? read_stdin(kMaxPaste) : options.token);
    if (!token) return context.out.fail({"BAD_TOKEN", "redeem: " + token.error().text});
    ManagerClient client(context.env);
    return answer(context, client, client.redeem(token->text()));
}

}  // namespace jit::ctl
