// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "jitctl/manager_client.hpp"
#include "jitctl/request_view.hpp"
#include "jitctl/verb.hpp"
#include "jitctl/view.hpp"

namespace jit::ctl {

namespace {

/** What an approver has to know; and what one on another machine signs, ready to be copied. */
std::string request(const Context& context, const Json& object) {
    std::string host;
    if (const auto status = ManagerClient(context.env).status()) host = text_of((*status)["host"], "name");
    std::string out = describe_request(object, host, context.env.now());
    const std::string text = text_of(object, "text"), id = text_of(object, "id");
    if (text.empty()) return out;
    const bool breakglass = text_of(object, "kind") == "break-glass";
    if (!breakglass) out += fmt::format("\nTo approve here: jitctl approve {}\n", id);
    out += fmt::format("{}To approve elsewhere, give this to: jitctl token {} --key KEY\n\n", breakglass ? "\n" : "", id);
    return out + text;
}

}  // namespace

int run(const Context& context, const ShowOptions& options) {
    if (options.reviewed) {
        const auto reviewed = ManagerClient(context.env).review(options.id);
        if (!reviewed) return context.out.fail(reviewed.error());
    }
    const auto found = ManagerClient(context.env).show(options.id);
    if (!found) return context.out.fail(found.error());
    if (context.out.json())
        context.out.object(*found);
    else if (text_of(*found, "kind") == "request")
        context.out.text(request(context, (*found)["object"]));
    else
        context.out.text(property("kind", text_of(*found, "kind")) +
                         describe((*found)["object"], context.env.now()));
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
